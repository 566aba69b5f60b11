/**
 * Deadline propagation: a call inside a call has at most what is left of the outer one's time.
 * Sources: gRPC guide "Deadlines" (a server's own calls use the deadline that it was given, less
 * what has passed); gRPC over HTTP/2, `grpc-timeout` (at most 8 digits and a unit).
 */

/**
 * Moment until which an inner call waits.
 *
 * @param deadlineMs of the caller; undefined for none
 * @param timeoutMs of the call itself; undefined for none
 * @returns the earlier of both; undefined where nothing limits it
 *
 * Example: a deadline at 1000 ms, and a timeout of 500 ms at 800 ms: 1000 ms.
 */
export function innerDeadlineMs(
  nowMs: number,
  deadlineMs: number | undefined,
  timeoutMs: number | undefined,
): number | undefined {
  const ownMs = timeoutMs === undefined ? undefined : nowMs + timeoutMs;
  if (deadlineMs === undefined || ownMs === undefined) return ownMs ?? deadlineMs;
  return Math.min(deadlineMs, ownMs);
}

/** What is left of a deadline: 0 or less when it has passed, and nothing may be begun any more. */
export function leftMs(nowMs: number, deadlineMs: number): number {
  return deadlineMs - nowMs;
}

const UNITS = [
  { unit: 'n', ms: 1e-6 },
  { unit: 'u', ms: 1e-3 },
  { unit: 'm', ms: 1 },
  { unit: 'S', ms: 1000 },
  { unit: 'M', ms: 60_000 },
  { unit: 'H', ms: 3_600_000 },
] as const;

const MOST_VALUE = 99_999_999;

/**
 * A timeout as it stands in the header `grpc-timeout`: the finest unit in which it has at most 8
 * digits, rounded up so that nobody waits for less than was meant.
 * Example: 2500 ms is `2500000u`, 100,000,000 ms is `100000S`.
 */
export function grpcTimeout(timeoutMs: number): string {
  const left = Math.max(0, timeoutMs);
  for (const { unit, ms } of UNITS) {
    const value = Math.ceil(Number((left / ms).toPrecision(15)));
    if (value <= MOST_VALUE) return `${value}${unit}`;
  }
  return `${MOST_VALUE}H`;
}
