import type { Plain, PlainMap } from '../placed.ts';
import { type Complaint, mismatch, type Path, unknown } from '../problem.ts';
import {
  addMs,
  formatCount,
  formatDuration,
  parseDuration,
  parseRate,
  significant,
} from '../units.ts';
import { asList, asMap, asNumber, named, read } from './look.ts';

/** A run with more arrivals, or bursts, would take hours. */
const MOST_ARRIVALS = 1e9;
const MOST_BURSTS = 1e8;
/** 3219 times 0.1 ms is a little more than 321.9 ms. */
const ROUNDING = 1 + 1e-9;

/** Traffic does journeys that exist, and somebody arrives. */
export function* trafficRules(root: PlainMap): Generator<Complaint> {
  const journeys = asMap(root['journeys']);
  for (const [name, value] of named(root['traffic'])) {
    const { does, rate } = asMap(value);
    const path = ['traffic', name];
    if (typeof does === 'string' && !(does in journeys)) {
      yield unknown('journey', [...path, 'does'], does, Object.keys(journeys));
    }
    yield* eitherRules(asMap(value), path);
    yield* burstRules(asMap(value), path, root['duration']);
    yield* pieceRules(asList(rate), [...path, 'rate'], root['duration']);
  }
  yield* arrivalRules(root);
  yield* phaseRules(root);
}

/** Arrivals come by a rate, or when those of a capture came. */
function* eitherRules({ rate, arrivals }: PlainMap, path: Path): Generator<Complaint> {
  const isReplayed = asMap(arrivals)['replayed'] !== undefined;
  if (isReplayed && rate !== undefined) {
    const expected = 'no rate beside replayed arrivals (an overlay takes it away with rate: null)';
    const against = [[...path, 'arrivals']];
    yield mismatch([...path, 'rate'], expected, 'one', { about: 'key', against });
  }
  if (!isReplayed && rate === undefined) {
    yield mismatch(path, 'a rate such as 200/s, or arrivals: { replayed: … }', 'neither');
  }
}

/** Bursts end before the next one begins, and take no more than all of the mean rate. */
function* burstRules(
  { arrivals }: PlainMap,
  trafficPath: Path,
  duration: Plain | undefined,
): Generator<Complaint> {
  const { every, for: length, times } = asMap(asMap(arrivals)['bursts']);
  const [everyMs, forMs] = [read(every, parseDuration), read(length, parseDuration)];
  if (everyMs === undefined || forMs === undefined) return;
  const path = [...trafficPath, 'arrivals', 'bursts'];
  const against = [[...path, 'every']];
  if (forMs === 0 || forMs >= everyMs) {
    const expected = `a duration above 0s and below ${every} (every)`;
    yield mismatch([...path, 'for'], expected, String(length), { against });
  } else if ((asNumber(times) ?? 0) * forMs > everyMs * ROUNDING) {
    const most = `at most ${significant(everyMs / forMs)} (nobody comes in between)`;
    yield mismatch([...path, 'times'], most, String(times), { against });
  } else if ((read(duration, parseDuration) ?? 0) / everyMs > MOST_BURSTS) {
    const expected = `at most ${formatCount(MOST_BURSTS)} bursts in ${duration}`;
    yield mismatch([...path, 'every'], expected, 'more', { against: [['duration']] });
  }
}

/** Pieces last for some time, and together no longer than the model. */
function* pieceRules(
  pieces: readonly Plain[],
  path: Path,
  duration: Plain | undefined,
): Generator<Complaint> {
  const durationMs = read(duration, parseDuration) ?? Number.POSITIVE_INFINITY;
  let endMs = 0;
  for (const [index, piece] of pieces.entries()) {
    const { to, for: length } = asMap(piece);
    const lengthMs = read(length, parseDuration);
    if (lengthMs === 0)
      yield mismatch([...path, index, 'for'], 'a duration above 0', String(length));
    if (index === 0 && to !== undefined) {
      const expected = 'a first piece with a rate to start from such as { at: 80/s, for: 15s }';
      yield mismatch([...path, 0, 'to'], expected, 'a ramp', { about: 'key' });
    }
    const startMs = endMs;
    endMs = addMs(endMs, lengthMs ?? 0);
    if (startMs <= durationMs && endMs > durationMs) {
      const expected = `pieces that last at most ${duration} together`;
      const found = `${formatDuration(endMs)} up to the end of this one`;
      yield mismatch([...path, index, 'for'], expected, found, { against: [['duration']] });
    }
  }
}

/** Highest rate of a traffic per second; undefined while any of it cannot be read. */
function highestRate(rate: Plain | undefined): number | undefined {
  if (typeof rate === 'string') return parseRate(rate);
  const rates = asList(rate).map((piece) => {
    const { at, to } = asMap(piece);
    return read(at ?? to, parseRate);
  });
  const known = rates.filter((one) => one !== undefined);
  return rates.length > 0 && known.length === rates.length ? Math.max(...known) : undefined;
}

function* arrivalRules(root: PlainMap): Generator<Complaint> {
  const all = named(root['traffic']).map(([name, value]) => {
    return { path: ['traffic', name, 'rate'], highest: highestRate(asMap(value)['rate']) };
  });
  const first = all[0];
  if (first !== undefined && all.every(({ highest }) => highest === 0)) {
    yield mismatch(first.path, 'some arrivals', 'a rate of 0 all the time');
  }
  const seconds = (read(root['duration'], parseDuration) ?? 0) / 1000;
  for (const { path, highest } of all) {
    if ((highest ?? 0) * seconds > MOST_ARRIVALS) {
      const expected = `at most ${MOST_ARRIVALS} arrivals in ${root['duration']}`;
      yield mismatch(path, expected, 'more', { against: [['duration']] });
    }
  }
}

/** Comparison windows are one stretch of time each, and named by one traffic only. */
function* phaseRules(root: PlainMap): Generator<Complaint> {
  let namer: string | undefined;
  for (const [name, value] of named(root['traffic'])) {
    const seen: string[] = [];
    for (const [index, piece] of asList(asMap(value)['rate']).entries()) {
      const { phase } = asMap(piece);
      if (typeof phase !== 'string') continue;
      const path = ['traffic', name, 'rate', index, 'phase'];
      namer ??= name;
      if (namer !== name) yield mismatch(path, `phases in one traffic (${namer})`, 'another');
      else if (seen.includes(phase) && seen.at(-1) !== phase) {
        yield mismatch(
          path,
          'each phase in one stretch',
          `"${phase}" again after "${seen.at(-1)}"`,
        );
      }
      seen.push(phase);
    }
  }
}
