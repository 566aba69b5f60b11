import { exp } from '../engine/maths.ts';
import type { Distribution } from '../model/model.ts';
import { sigmaOf } from './lognormal.ts';

/**
 * Mean of a distribution in ms, exact: what offered load is made of. That of a lognormal is
 * median·e^(σ²/2). Example: median 18 ms and p99 45 ms is 19.45 ms.
 */
export function meanMsOf(distribution: Distribution): number {
  switch (distribution.type) {
    case 'constant':
      return distribution.ms;
    case 'exponential':
    case 'phase-type':
      return distribution.meanMs;
    case 'pareto':
      return (distribution.minMs * distribution.shape) / (distribution.shape - 1);
    case 'lognormal': {
      const sigma = sigmaOf(distribution);
      return distribution.medianMs * exp((sigma * sigma) / 2);
    }
    case 'empirical':
      return meanOf(distribution.valuesMs);
    default:
      throw new Error(`unknown distribution ${distribution satisfies never}`);
  }
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
