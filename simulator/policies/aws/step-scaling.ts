/**
 * AWS step scaling. Source: EC2 Auto Scaling user guide, "Step and simple scaling policies".
 * Example: threshold 120/s, steps [0, 60): +1, [60, ∞): +2; metric 143/s on 1 instance → 2.
 *
 *     threshold 50, percent of group      30      40      50      60      70
 *     ─────────────────────────────────────┼───────┼───────┼───────┼───────┼──────
 *     offset from the threshold      −30 % ] −10 % ]   0   │   0   [ +10 % [ +30 %
 */
import type { StepAdjustment } from '../../model/scaling-settings.ts';
import type { Proposal, ScalingObservation } from '../scaling.ts';
import { adjustCapacity } from './adjustment.ts';
import type { AlarmComparison } from './cloudwatch-alarm.ts';
import { showMetric } from './words.ts';

/** What a step policy depends on: `StepScalingSettings` of a model file are such a rule, too. */
export interface StepRule {
  readonly alarm: {
    readonly metric: string;
    readonly comparison: AlarmComparison;
    readonly threshold: number;
  };
  readonly steps: readonly StepAdjustment[];
  /** Smallest change of a percent adjustment, in instances. */
  readonly minMagnitude: number;
}

/** Capacity of the group; a `ScalingObservation` is one, too. */
export interface CapacityObservation {
  /** Desired capacity in force. */
  readonly desired: number;
  /** Instances that were asked for and do not serve yet. */
  readonly booting: number;
  /** Instances that serve and are still in their warm-up. */
  readonly warming: number;
  /** Units that there are beyond the desired ones, where instances weigh differently; default 0. */
  readonly surplus?: number;
  /** Instances that are being ended; they count as capacity on the way in. Default: 0. */
  readonly terminating?: number;
}

/**
 * What the policy asks for when its alarm's action is invoked with the newest datapoint `value`.
 *
 * Instances that boot or warm up count as capacity already asked for: a scale-out is reckoned from
 * the capacity without them and only what exceeds `desired` is added; they block a scale-in. A
 * scale-in is reckoned from the capacity with those that are being ended, so that an alarm that
 * fires again does not take the same ones twice.
 * Example (10 % from 60, 30 % from 70): 62 on 11 of which 1 warms up → 11; 70 → 13.
 */
export function stepScaling(
  settings: StepRule,
  value: number,
  observation: CapacityObservation | ScalingObservation,
): Proposal {
  const seen = describe(settings, value);
  const step = settings.steps.find((candidate) => holds(candidate, settings, value));
  if (step === undefined) return { desired: undefined, reason: `${seen}: no step covers it` };
  return adjustWithWarmup(
    observation,
    (base) => {
      return adjustCapacity(base, step.change, settings.minMagnitude);
    },
    seen,
  );
}

/**
 * The warm-up rule that every adjustment shares. Source: "Set the default instance warmup".
 *
 * @param adjust new capacity from a base
 * @param seen what the reason starts with
 */
export function adjustWithWarmup(
  observation: CapacityObservation | ScalingObservation,
  adjust: (base: number) => number,
  seen: string,
): Proposal {
  const { desired, surplus = 0 } = observation;
  const underWay = observation.booting + observation.warming;
  // What is on its way beyond what is desired was not asked for.
  const base = Math.min(desired, desired + surplus - underWay);
  const fromBase = adjust(base);
  if (fromBase > base) {
    const note = underWay > 0 ? `, ${underWay} already on the way` : '';
    return {
      desired: Math.max(desired, fromBase),
      reason: `${seen}: ${base} → ${fromBase}${note}`,
    };
  }
  if (fromBase === base) return { desired, reason: `${seen}: unchanged at ${desired}` };
  if (underWay > 0) {
    return { desired: undefined, reason: `${seen}: scale-in waits for ${underWay} warming up` };
  }
  return scaleIn(observation, adjust, seen);
}

function scaleIn(
  observation: CapacityObservation | ScalingObservation,
  adjust: (base: number) => number,
  seen: string,
): Proposal {
  const { desired } = observation;
  const leaving = ('terminating' in observation ? observation.terminating : undefined) ?? 0;
  const current = desired + leaving;
  const wanted = adjust(current);
  const note = leaving > 0 ? `, ${leaving} already leaving` : '';
  return { desired: Math.min(desired, wanted), reason: `${seen}: ${current} → ${wanted}${note}` };
}

function describe({ alarm }: StepRule, value: number): string {
  const { metric, comparison, threshold } = alarm;
  const words = `${showMetric(metric, value)} ${comparison} ${showMetric(metric, threshold)}`;
  return `step-scaling: ${metric} ${words}`;
}

/**
 * Bounds are offsets from the threshold. Above it the lower bound is inclusive and the upper
 * exclusive; below it the other way round. At the threshold itself the alarm's direction decides.
 */
function holds(step: StepAdjustment, { alarm }: StepRule, value: number): boolean {
  const offset = value - alarm.threshold;
  const lower = step.lower ?? Number.NEGATIVE_INFINITY;
  const upper = step.upper ?? Number.POSITIVE_INFINITY;
  const isUpward = alarm.comparison === 'above' || alarm.comparison === 'at-or-above';
  const isAbove = offset > 0 || (offset === 0 && isUpward);
  return isAbove ? lower <= offset && offset < upper : lower < offset && offset <= upper;
}
