/**
 * Controlled delay: sheds from a queue whose requests have all waited too long for a while.
 * Source: RFC 8289, sections 4 and 5 (pseudo-code `dodequeue`, `control_law`).
 *
 *     every sojourn ≥ target for one interval ──► drop one, the next after interval / √count
 *
 * Mutable, because every request that leaves the queue is judged.
 */

export interface CodelSettings {
  /** Wait that is acceptable; default 5 ms. */
  readonly targetMs?: number;
  /** How long waits may be longer; default 100 ms. */
  readonly intervalMs?: number;
}

export interface Codel {
  /** When waits will have been too long for an interval; 0 while they are not. */
  firstAboveMs: number;
  dropping: boolean;
  dropNextMs: number;
  /** Drops since it began to drop; and of the time before. */
  count: number;
  lastCount: number;
}

export function newCodel(): Codel {
  return { firstAboveMs: 0, dropping: false, dropNextMs: 0, count: 0, lastCount: 0 };
}

/**
 * Judges a request that is next; true when it is shed, and the next one is to be judged.
 *
 * @param sojournMs how long it has waited
 * @param isLast whether nobody waits behind it: the last one is always served
 */
export function codelDrops(
  settings: CodelSettings,
  codel: Codel,
  sojournMs: number,
  isLast: boolean,
  nowMs: number,
): boolean {
  const { intervalMs = 100 } = settings;
  const isBad = isTooLong(settings, codel, sojournMs, isLast, nowMs);
  if (!isBad) {
    codel.dropping = false;
    return false;
  }
  if (codel.dropping) {
    if (nowMs < codel.dropNextMs) return false;
    codel.count++;
    codel.dropNextMs += intervalMs / Math.sqrt(codel.count);
    return true;
  }
  begin(codel, intervalMs, nowMs);
  return true;
}

/** Goes on near the rate of the last time, if that was not long ago. */
function begin(codel: Codel, intervalMs: number, nowMs: number): void {
  const delta = codel.count - codel.lastCount;
  const isRecent = nowMs - codel.dropNextMs < 16 * intervalMs;
  codel.dropping = true;
  codel.count = delta > 1 && isRecent ? delta : 1;
  codel.lastCount = codel.count;
  codel.dropNextMs = nowMs + intervalMs / Math.sqrt(codel.count);
}

function isTooLong(
  { targetMs = 5, intervalMs = 100 }: CodelSettings,
  codel: Codel,
  sojournMs: number,
  isLast: boolean,
  nowMs: number,
): boolean {
  if (sojournMs < targetMs || isLast) {
    codel.firstAboveMs = 0;
    return false;
  }
  if (codel.firstAboveMs === 0) {
    codel.firstAboveMs = nowMs + intervalMs;
    return false;
  }
  return nowMs >= codel.firstAboveMs;
}
