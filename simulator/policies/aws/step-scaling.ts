/**
 * AWS step scaling. Source: EC2 Auto Scaling user guide, "Step and simple scaling policies".
 * Example: threshold 120/s, steps [0, 60): +1, [60, ∞): +2; metric 143/s on 1 instance → 2.
 */
import type { StepAdjustment, StepScalingSettings } from '../../model/model.ts';
import { formatMetric } from '../metrics.ts';
import type { Proposal, ScalingObservation } from '../scaling.ts';

/**
 * What the policy asks for when its alarm's action is invoked with the newest datapoint `value`.
 *
 * Instances that boot or warm up count as capacity already asked for: a scale-out is reckoned from
 * the capacity without them and only what exceeds `desired` is added; they block a scale-in.
 */
export function stepScaling(
  settings: StepScalingSettings,
  value: number,
  observation: ScalingObservation,
): Proposal {
  const { alarm } = settings;
  const seen =
    `step-scaling: ${alarm.metric} ${formatMetric(alarm.metric, value)} ${alarm.comparison} ` +
    formatMetric(alarm.metric, alarm.threshold);
  const step = settings.steps.find((candidate) => holds(candidate, settings, value));
  if (step === undefined) return { desired: undefined, reason: `${seen}: no step covers it` };
  const underWay = observation.booting + observation.warming;
  const base = observation.desired - underWay;
  const fromBase = adjusted(base, step.change, settings.minMagnitude);
  if (
    fromBase > base ||
    (step.change.type === 'exact-capacity' && fromBase > observation.desired)
  ) {
    const desired = Math.max(observation.desired, fromBase);
    const note = underWay > 0 ? `, ${underWay} already on the way` : '';
    return { desired, reason: `${seen}: ${base} → ${fromBase}${note}` };
  }
  if (underWay > 0) {
    return { desired: undefined, reason: `${seen}: scale-in waits for ${underWay} warming up` };
  }
  return { desired: fromBase, reason: `${seen}: ${base} → ${fromBase}` };
}

/**
 * Bounds are offsets from the threshold. Above it the lower bound is inclusive and the upper
 * exclusive; below it the other way round.
 */
function holds(step: StepAdjustment, settings: StepScalingSettings, value: number): boolean {
  const offset = value - settings.alarm.threshold;
  const lower = step.lower ?? Number.NEGATIVE_INFINITY;
  const upper = step.upper ?? Number.POSITIVE_INFINITY;
  return settings.alarm.comparison === 'above'
    ? lower <= offset && offset < upper
    : lower < offset && offset <= upper;
}

/** Capacity after one adjustment; `minMagnitude` holds for percent adjustments only. */
function adjusted(base: number, change: StepAdjustment['change'], minMagnitude: number): number {
  switch (change.type) {
    case 'change-in-capacity':
      return base + change.by;
    case 'exact-capacity':
      return change.to;
    case 'percent-change-in-capacity': {
      const delta = roundPercentChange(base * change.byRatio);
      const magnitude = Math.max(Math.abs(delta), delta === 0 ? 0 : minMagnitude);
      return base + (delta < 0 ? -magnitude : magnitude);
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
