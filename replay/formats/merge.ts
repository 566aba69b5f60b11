/**
 * Several files as one, by time. Of hundreds of chunks that follow each other only those are open
 * whose times overlap.
 */
export interface Timed {
  readonly atNs: bigint;
}

export interface TimedFile<T extends Timed> {
  /** Undefined at the end. */
  readonly read: () => Promise<readonly T[] | undefined>;
  readonly close: () => Promise<void>;
}

export interface Unopened<T extends Timed> {
  /** Of its first item, or undefined where it has none. */
  readonly firstNs: bigint | undefined;
  readonly open: () => Promise<TimedFile<T>>;
}

interface Reading<T extends Timed> {
  readonly file: TimedFile<T>;
  items: readonly T[];
  index: number;
}

/**
 * Yields the items of all files, the earliest first, as far as each file is in order itself. Each
 * file is closed when it is at its end, and all of them when nobody wants more.
 */
export async function* merged<T extends Timed>(
  files: readonly Unopened<T>[],
): AsyncGenerator<readonly T[], void, void> {
  const waiting = files
    .filter(({ firstNs }) => firstNs !== undefined)
    .sort((a, b) => compare(a.firstNs!, b.firstNs!));
  const open: Reading<T>[] = [];
  try {
    for (;;) {
      await openDue(waiting, open);
      if (open.length === 0) return;
      const [first, bound] = earliest(open, waiting[0]?.firstNs);
      yield taken(first, bound);
      if (first.index === first.items.length) await refill(first, open);
    }
  } finally {
    for (const { file } of open) await file.close();
  }
}

function compare(a: bigint, b: bigint): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Opens what begins before the earliest open item ends its turn: at least one, if there is any. */
async function openDue<T extends Timed>(waiting: Unopened<T>[], open: Reading<T>[]): Promise<void> {
  while (waiting.length > 0) {
    const nextNs = open.length === 0 ? undefined : earliest(open, undefined)[0];
    if (nextNs !== undefined && at(nextNs) < waiting[0]!.firstNs!) return;
    const file = await waiting.shift()!.open();
    const reading = { file, items: [], index: 0 };
    open.push(reading);
    await refill(reading, open);
  }
}

async function refill<T extends Timed>(reading: Reading<T>, open: Reading<T>[]): Promise<void> {
  const items = await reading.file.read();
  if (items === undefined) {
    open.splice(open.indexOf(reading), 1);
    await reading.file.close();
    return;
  }
  reading.items = items;
  reading.index = 0;
}

function at<T extends Timed>({ items, index }: Reading<T>): bigint {
  return items[index]!.atNs;
}

/** Whose turn it is, and until when: the time of whoever is next. */
function earliest<T extends Timed>(
  open: readonly Reading<T>[],
  waitingNs: bigint | undefined,
): [Reading<T>, bigint | undefined] {
  let first = open[0]!;
  let bound = waitingNs;
  for (const other of open.slice(1)) {
    let later = other;
    if (at(other) < at(first)) [first, later] = [other, first];
    if (bound === undefined || at(later) < bound) bound = at(later);
  }
  return [first, bound];
}

/** Its items up to the bound: at least one. */
function taken<T extends Timed>(reading: Reading<T>, bound: bigint | undefined): readonly T[] {
  const { items, index: from } = reading;
  if (bound === undefined && from === 0) {
    reading.index = items.length;
    return items;
  }
  do reading.index++;
  while (reading.index < items.length && (bound === undefined || at(reading) <= bound));
  return items.slice(from, reading.index);
}
