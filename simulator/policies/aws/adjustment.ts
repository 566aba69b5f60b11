/**
 * The three adjustment types that step scaling and simple scaling share. Source: EC2 Auto Scaling
 * user guide, "Step and simple scaling policies", scaling adjustment types.
 */
import type { StepAdjustment } from '../../model/scaling-settings.ts';

export type CapacityChange = StepAdjustment['change'];

/**
 * Capacity after one adjustment of `base`, at least 0; `minMagnitude` (units) holds for percent
 * adjustments only, and moves a group of zero, too.
 * Example: 4 and +25 % with a minimum of 2 → 6; 10 and −30 % → 7; 3 and +5 → 8.
 */
export function adjustCapacity(base: number, change: CapacityChange, minMagnitude: number): number {
  switch (change.type) {
    case 'change-in-capacity':
      return Math.max(0, base + change.by);
    case 'exact-capacity':
      return change.to;
    case 'percent-change-in-capacity': {
      if (change.byRatio === 0) return base;
      const delta = roundPercentChange(base * change.byRatio);
      const magnitude = Math.max(Math.abs(delta), minMagnitude);
      return Math.max(0, base + (change.byRatio < 0 ? -magnitude : magnitude));
    }
    default:
      throw new Error(`unknown adjustment ${change satisfies never}`);
  }
}

/**
 * AWS rounds a percent change beyond one instance toward zero, and one below one instance away from
 * it: 12.7 → 12, 0.67 → 1, −0.58 → −1, −6.67 → −6.
 */
export function roundPercentChange(change: number): number {
  if (change > 0 && change < 1) return 1;
  if (change < 0 && change > -1) return -1;
  // A product such as 10 · 0.3 may fall one ulp short of the whole number that is meant.
  const nearest = Math.round(change);
  return Math.abs(change - nearest) < 1e-9 ? nearest : Math.trunc(change);
}
