/** How well the caches of the model do. */
import { summarizeCaches } from '../simulator/analysis/caches.ts';
import type { Results } from '../simulator/results/results.ts';
import { type Section, section, table } from './html-elements.ts';
import { formatEstimate } from './text-numbers.ts';

/** Hits and look-ups as predicted; nothing of a model without caches. */
export function cachesSection(predicted: Results): Section[] {
  const all = summarizeCaches(predicted);
  if (all.length === 0) return [];
  const content = table({
    caption: 'As predicted, with 95 % intervals',
    heads: ['cache', 'hit ratio', 'look-ups'],
    rows: all.map(({ cache, hitRatio, lookUpsPerSecond }) => [
      cache,
      formatEstimate(hitRatio, 'ratio'),
      formatEstimate(lookUpsPerSecond, 'per-second'),
    ]),
    isNarrow: true,
  });
  const lead = 'Look-ups that found what they asked for, of the whole run with its warm-up.';
  return [section('caches', 'Caches', lead, [content])];
}
