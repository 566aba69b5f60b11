/**
 * What stands between two records of a `.gor` file: LF, three monkeys, LF. The first LF is a part of
 * it and not of the body. An editor of Windows may have made CR LF of both.
 */
const CR = 13;
const LF = 10;
const MONKEYS: Buffer = Buffer.from('🐵🙈🙉');
const LF_MONKEYS: Buffer = Buffer.concat([Buffer.from('\n'), MONKEYS]);
/** 14 bytes. */
export const SEPARATOR: Buffer = Buffer.concat([LF_MONKEYS, Buffer.from('\n')]);
/** The longest form: CR LF, monkeys, CR LF. */
export const MOST_SEPARATOR_BYTES: number = MONKEYS.length + 4;

/** Whether a body has a line that would end its record early, in GoReplay at least. */
export function holdsSeparator(body: Uint8Array): boolean {
  return Buffer.from(body.buffer, body.byteOffset, body.length).includes(LF_MONKEYS);
}

export interface Place {
  readonly start: number;
  readonly end: number;
}

/**
 * Index after the separator that begins at `at`; 0 where none does; −1 where the bytes end too early
 * to tell. With `isLast` what the bytes end with may be the beginning of one, or lone line ends.
 */
export function separatorEnd(bytes: Uint8Array, at: number, isLast: boolean): number {
  const to = bytes.length;
  let next = at;
  if (bytes[next] === CR) next++;
  const hasCr = next > at;
  if (next < to && bytes[next] !== LF) return 0;
  next++;
  for (let index = 0; index < MONKEYS.length && next < to; index++, next++) {
    if (bytes[next] !== MONKEYS[index]) return isLast ? blankEnd(bytes, at) : 0;
  }
  if (hasCr && bytes[next] === CR) next++;
  if (next < to) return bytes[next] === LF ? next + 1 : 0;
  return isLast ? to : -1;
}

/** The end of the bytes where nothing but line ends is left. */
function blankEnd(bytes: Uint8Array, at: number): number {
  for (let index = at; index < bytes.length; index++) {
    if (bytes[index] !== CR && bytes[index] !== LF) return 0;
  }
  return bytes.length;
}

/** The first separator at or after `from`; undefined where there is no whole one. */
export function findSeparator(bytes: Buffer, from: number, isLast: boolean): Place | undefined {
  for (let at = from; ; ) {
    const found = bytes.indexOf(LF_MONKEYS, at);
    if (found < 0) return undefined;
    const start = found > from && bytes[found - 1] === CR ? found - 1 : found;
    const end = start < found ? separatorEnd(bytes, start, isLast) : 0;
    // CR LF before the monkeys and LF alone after them: the CR belongs to the body.
    if (end > 0 && bytes[end - 2] === CR) return { start, end };
    const plainEnd = separatorEnd(bytes, found, isLast);
    if (plainEnd > 0) return { start: found, end: plainEnd };
    at = found + 1;
  }
}

/**
 * Index after separators and empty lines at `from`, where a record may begin; −1 where the bytes end
 * too early to tell.
 */
export function afterSeparators(bytes: Buffer, from: number, isLast: boolean): number {
  let at = from;
  for (;;) {
    while (bytes[at] === CR || bytes[at] === LF) at++;
    if (at >= bytes.length || bytes[at] !== MONKEYS[0]) return at;
    const end = monkeysEnd(bytes, at, isLast);
    if (end <= 0) return end === 0 ? at : -1;
    at = end;
  }
}

/** As `separatorEnd`, for a separator without its first line end. */
function monkeysEnd(bytes: Buffer, at: number, isLast: boolean): number {
  let next = at;
  for (const monkey of MONKEYS) {
    if (next === bytes.length) return isLast ? next : -1;
    if (bytes[next++] !== monkey) return 0;
  }
  if (bytes[next] === CR) next++;
  if (next >= bytes.length) return isLast ? bytes.length : -1;
  return bytes[next] === LF ? next + 1 : 0;
}
