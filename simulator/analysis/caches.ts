/** How well each cache does, over the replications. */
import type { CacheCounters, Results } from '../results/results.ts';
import { confidenceInterval, type Estimate } from './estimate.ts';

export interface CacheSummary {
  readonly cache: string;
  /** Look-ups that found their key ÷ all of them, 0..1; NaN where nobody looked anything up. */
  readonly hitRatio: Estimate;
  readonly lookUpsPerSecond: Estimate;
}

/**
 * One summary per cache that any run knows, in order of their names; none of a model without
 * caches. Counted is the whole run, warm-up included; a run without the cache makes NaN of it.
 */
export function summarizeCaches({ runs, durationMs }: Results): CacheSummary[] {
  const names = new Set(runs.flatMap(({ caches = {} }) => Object.keys(caches)));
  return [...names].sort().map((cache) => {
    const found = runs.map(({ caches = {} }) =>
      Object.hasOwn(caches, cache) ? caches[cache]! : NOTHING,
    );
    return {
      cache,
      hitRatio: confidenceInterval(found.map(({ hits, lookUps }) => hits / lookUps)),
      lookUpsPerSecond: confidenceInterval(
        found.map(({ lookUps }) => lookUps / (durationMs / 1000)),
      ),
    };
  });
}

const NOTHING: CacheCounters = { hits: Number.NaN, lookUps: Number.NaN };
