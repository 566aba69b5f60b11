/**
 * How long a caller waits before it tries again. Chance is an argument; `retry` counts from 1, the
 * pause before the second attempt.
 *
 *     none           base · factor^(n−1)                      capped by `mostMs`, as all of them
 *     full           uniform(0, that)                         AWS; gRPC A6; AWS SDKs; Envoy
 *     equal          that/2 + uniform(0, that/2)              AWS
 *     decorrelated   uniform(base, 3 · the pause before)      AWS
 *
 * Sources: AWS Architecture Blog, "Exponential Backoff And Jitter"; gRFC A6, "Exponential Backoff";
 * Envoy `common/backoff_strategy.cc` (`JitteredExponentialBackOffStrategy`).
 */

export const JITTERS = ['none', 'full', 'equal', 'decorrelated'] as const;
export type Jitter = (typeof JITTERS)[number];

export interface BackoffSettings {
  readonly baseMs: number;
  /** Of one pause to the next; 1 is a fixed pause. */
  readonly factor: number;
  readonly mostMs: number;
  readonly jitter: Jitter;
}

/**
 * Length of the pause before a retry.
 *
 * @param previousMs pause before the last retry; of no use but for `decorrelated`, where it is the
 *   base before the first one
 * @param uniform in [0, 1)
 *
 * Example: base 100 ms, factor 2, at most 1 s: the 3rd pause is 400 ms, with full jitter and a
 * uniform number of 0.25 it is 100 ms, with equal jitter 250 ms.
 */
export function backoffMs(
  settings: BackoffSettings,
  retry: number,
  previousMs: number,
  uniform: () => number,
): number {
  const { baseMs, mostMs, jitter } = settings;
  switch (jitter) {
    case 'none':
      return ceilingMs(settings, retry);
    case 'full':
      return uniform() * ceilingMs(settings, retry);
    case 'equal':
      return ((1 + uniform()) * ceilingMs(settings, retry)) / 2;
    case 'decorrelated':
      return Math.min(mostMs, decorrelatedMs(baseMs, previousMs, uniform()));
    default:
      throw new Error(`unknown jitter ${jitter satisfies never}`);
  }
}

/** min(most, base · factor^(retry − 1)), by multiplication, so that it is the same everywhere. */
export function ceilingMs(
  { baseMs, factor, mostMs }: Omit<BackoffSettings, 'jitter'>,
  retry: number,
): number {
  let pauseMs = baseMs;
  for (let again = 1; again < retry && pauseMs < mostMs; again++) pauseMs *= factor;
  return Math.min(pauseMs, mostMs);
}

/** Uniform from the base to three times the pause before. */
export function decorrelatedMs(baseMs: number, previousMs: number, uniform: number): number {
  const upToMs = Math.max(baseMs, 3 * previousMs);
  return baseMs + uniform * (upToMs - baseMs);
}

/**
 * Envoy's pause before retry n in whole milliseconds: below base · 2^(n−1), or the most (10 · base
 * unless set) once doubling would come over half of it.
 *
 * @param below uniform integer in 0 … n − 1
 *
 * Example: base 25 ms, most 250 ms: bounds are 25, 50, 100, 200, 250, 250 … ms.
 */
export function envoyBackoffMs(
  baseMs: number,
  mostMs: number,
  retry: number,
  below: (n: number) => number,
): number {
  let boundMs = baseMs;
  for (let again = 1; again < retry; again++) boundMs = Math.min(2 * boundMs, mostMs);
  return below(boundMs);
}
