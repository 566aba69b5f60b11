/**
 * Ceilings of a run. Where the target is another machine all four have to be said: whoever cannot
 * say how much is too much has not thought about it.
 */
import { UsageError } from '../../simulator/model/usage-error.ts';
import { isOnThisMachine } from '../guard.ts';

export interface Caps {
  /** Requests in any second by the clock. */
  readonly mostPerSecond?: number | undefined;
  readonly mostInFlight?: number | undefined;
  readonly mostRequests?: number | undefined;
  readonly mostDurationMs?: number | undefined;
}

/** Throws a UsageError that lists the caps that are missing for a target elsewhere. */
export function requireCaps(target: string, caps: Caps): void {
  requireCeilings(target, {
    '--max-rate': caps.mostPerSecond,
    '--max-in-flight': caps.mostInFlight,
    '--max-requests': caps.mostRequests,
    '--max-duration': caps.mostDurationMs,
  });
}

/** The same of whatever a command calls its ceilings. */
export function requireCeilings(
  target: string,
  byFlag: Readonly<Record<string, number | undefined>>,
): void {
  if (isOnThisMachine(target)) return;
  const missing = Object.keys(byFlag).filter((flag) => byFlag[flag] === undefined);
  if (missing.length === 0) return;
  throw new UsageError(
    `the target is not this machine: expected a ceiling for each, missing ${missing.join(', ')}`,
  );
}

const SECOND_BITS = 11;
const COUNT_BITS = 20;
/** What fits into the cell beside the second. */
export const MOST_COUNTED_PER_SECOND: number = (1 << COUNT_BITS) - 1;

/**
 * Counts the requests of a second, for all threads that share the cell; a request too many gets
 * false, and so do all of `several` where one of them is. The cell holds the second (modulo 2048) and its count.
 */
export function takeFromSecond(
  cells: Int32Array,
  cell: number,
  nowMs: number,
  mostPerSecond: number,
  several: number = 1,
): boolean {
  const second = Math.floor(nowMs / 1000) & ((1 << SECOND_BITS) - 1);
  for (;;) {
    const seen = Atomics.load(cells, cell);
    const isSame = seen >>> COUNT_BITS === second;
    const count = isSame ? seen & MOST_COUNTED_PER_SECOND : 0;
    if (count + several > mostPerSecond) return false;
    const next = (second << COUNT_BITS) | (count + several);
    if (Atomics.compareExchange(cells, cell, seen, next) === seen) return true;
  }
}
