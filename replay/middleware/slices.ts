/** Requests that come close to each other: they go to a middleware together. */
import type { RecordedRequest } from '../formats/capture.ts';

const MOST = 100;
const LONGEST_NS = 100_000_000n;

/** In the same order; of a slice, the last comes less than 0.1 s after the first. */
export function* sliced(
  batch: readonly RecordedRequest[],
): Generator<readonly RecordedRequest[], void> {
  let from = 0;
  for (let index = 1; index <= batch.length; index++) {
    const isLast = index === batch.length || index - from === MOST;
    if (!isLast && batch[index]!.atNs - batch[from]!.atNs < LONGEST_NS) continue;
    yield batch.slice(from, index);
    from = index;
  }
}
