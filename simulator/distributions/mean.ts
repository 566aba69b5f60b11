import type { Distribution } from '../model/model.ts';
import { lognormalMeanMs } from './lognormal.ts';

/** Mean of a distribution, in milliseconds; capacity and virtual users are reckoned from it. */
export function meanMs(distribution: Distribution): number {
  switch (distribution.type) {
    case 'constant':
      return distribution.ms;
    case 'exponential':
      return distribution.meanMs;
    case 'lognormal':
      return lognormalMeanMs(distribution);
    case 'empirical':
      return distribution.valuesMs.reduce((sum, ms) => sum + ms, 0) / distribution.valuesMs.length;
    default:
      throw new Error(`unknown distribution ${distribution satisfies never}`);
  }
}
