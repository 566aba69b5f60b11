/** What a worker thread does: it tries one claim. */
import { CLAIMS } from './claims.ts';

export interface ClaimTask {
  readonly says: string;
  readonly seed: number;
  readonly models: number;
  /** Shared with whoever shows progress: one more for every model tried. */
  readonly tried: Int32Array;
}

export function tryClaim({ says, seed, models, tried }: ClaimTask): string | undefined {
  const claim = CLAIMS.find((one) => one.says === says)!;
  return claim.broken({ seed, models, onModel: () => Atomics.add(tried, 0, 1) });
}
