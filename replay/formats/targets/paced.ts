/**
 * Moments of targets that have none: evenly spaced, as the tool that they are for would send them.
 */
import type { LineSink } from '../text/line-source.ts';
import type { Moment } from '../text/stamps.ts';

const VEGETA_RATE = 50;
export const PACED = 'target without a time: evenly spaced';

/** Moments from the epoch on, `ratePerSecond` of them a second. */
export function pacer(sink: LineSink, ratePerSecond: number = VEGETA_RATE): () => Moment {
  let count = 0;
  return () => {
    const seconds = count++ / ratePerSecond;
    sink.note(PACED);
    const second = Math.floor(seconds);
    return { second, nanos: Math.min(999_999_999, Math.round((seconds - second) * 1e9)) };
  };
}
