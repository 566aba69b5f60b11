/**
 * What a trigger is found to say, by KEDA's own look or by the HPA that it made and that asks for
 * its external metrics, and what takes its place when it fails. Both count failures, each at its
 * own pace (30 s and 15 s). Source: KEDA 2.21 `pkg/fallback/fallback.go`, `pkg/scaling`
 * `scale_handler.go` (observeMetric), documentation "ScaledObject specification", fallback.
 */
import type { Fallback } from './manifest.ts';
import type { Trigger } from './trigger-types.ts';

/** One external metric of the HPA; the seam to any HPA policy. */
export interface HpaMetric {
  readonly name: string;
  readonly type: 'AverageValue' | 'Value' | 'Utilization';
  readonly target: number;
  /** Null: the trigger failed and nothing takes its place, the HPA has an invalid metric. */
  readonly value: number | null;
  readonly fallback: boolean;
}

/** What a trigger reports now; without a value it failed. */
export interface TriggerReading {
  readonly value?: number | undefined;
  /** Where the trigger says itself whether it is active, such as one that pushes. */
  readonly active?: boolean | undefined;
}

export interface HpaQuestion {
  readonly currentReplicas: number;
  readonly readyReplicas: number;
  readonly readings: readonly TriggerReading[];
  /** Failures in a row of each trigger before this question. */
  readonly failures: readonly number[];
}

export interface HpaAnswer {
  readonly metrics: readonly HpaMetric[];
  readonly failures: readonly number[];
}

/**
 * Replicas that the fallback aims at.
 * Example: 6 now and 3 in the settings → `static` 3, `currentReplicas` 6, `currentReplicasIfHigher`
 * 6, `currentReplicasIfLower` 3.
 */
export function fallbackReplicas(fallback: Fallback, currentReplicas: number): number {
  const behavior = fallback.behavior ?? 'static';
  switch (behavior) {
    case 'static':
      return fallback.replicas;
    case 'currentReplicas':
      return currentReplicas;
    case 'currentReplicasIfHigher':
      return Math.max(currentReplicas, fallback.replicas);
    case 'currentReplicasIfLower':
      return Math.min(currentReplicas, fallback.replicas);
    case 'scalingModifiers':
      throw new Error('the formula says what takes the place of a trigger');
    default:
      throw new Error(`unknown fallback behavior ${behavior satisfies never}`);
  }
}

/**
 * The metric value that makes the HPA arrive at so many replicas, to the thousandth, cut off:
 * target × replicas, and for a `Value` metric ÷ ready replicas. Null for a `Value` metric without a
 * ready replica.
 * Example: target 5 and 6 replicas → 30 as an AverageValue; with 3 ready 10 as a Value.
 */
export function fallbackValue(
  trigger: Pick<Trigger, 'metricType' | 'target'>,
  replicas: number,
  ready: number,
): number | null {
  if (trigger.metricType !== 'Value') return thousandths(trigger.target * 1000 * replicas);
  return ready === 0 ? null : thousandths((trigger.target * 1000 * replicas) / ready);
}

function thousandths(value: number): number {
  return Math.trunc(value) / 1000;
}

/** What a trigger is found to say. */
export interface TriggerAnswer {
  /** Null: it failed, and nothing takes its place. */
  readonly value: number | null;
  readonly isFallback: boolean;
  /** It has failed too often, and a formula says what then: nil to it, and no error. */
  readonly isNil: boolean;
  /** Failures in a row, with this one. */
  readonly failures: number;
}

/** What takes the place of a trigger, and what it is reckoned with. */
export interface FallbackRule {
  readonly fallback: Fallback | undefined;
  /** Where a formula takes the place of all triggers: its target. */
  readonly composite: Pick<Trigger, 'metricType' | 'target'> | undefined;
}

const RESOURCE: TriggerAnswer = { value: null, isFallback: false, isNil: false, failures: 0 };

/**
 * One look at every trigger, in their order. CPU and memory say nothing: the HPA reads them itself.
 * Example: failureThreshold 3 → the fourth failure in a row is the first that falls back.
 */
export function lookAtTriggers(
  triggers: readonly Trigger[],
  rule: FallbackRule,
  question: HpaQuestion,
): TriggerAnswer[] {
  return triggers.map((trigger, index) =>
    trigger.isResource ? RESOURCE : answerOf(trigger, index, rule, question),
  );
}

function answerOf(
  trigger: Trigger,
  index: number,
  { fallback, composite }: FallbackRule,
  { readings, failures: before, currentReplicas, readyReplicas }: HpaQuestion,
): TriggerAnswer {
  const said = readings[index]?.value;
  if (said !== undefined) {
    return { value: reported(said), isFallback: false, isNil: false, failures: 0 };
  }
  const failures = (before[index] ?? 0) + 1;
  const failed = { value: null, isFallback: false, isNil: false, failures };
  if (fallback === undefined || failures <= fallback.failureThreshold) return failed;
  if (fallback.behavior === 'scalingModifiers') return { ...failed, isNil: true };
  const replicas = fallbackReplicas(fallback, currentReplicas);
  const value = fallbackValue(composite ?? trigger, replicas, readyReplicas);
  return { ...failed, value, isFallback: value !== null };
}

/**
 * A value as KEDA hands it on: to the thousandth, a half to the even one, and none below 0
 * (`quantityFromFloat64` in `pkg/scalers/scaler.go`).
 * Example: 0.3336 → 0.334, 0.0625 → 0.062, −3 → 0.
 */
export function reported(value: number): number {
  if (!(value > 0) || !Number.isFinite(value)) return 0;
  // `toFixed` takes a half up; no number but a sixteenth is exactly one.
  const isHalfToGoDown = Number.isInteger(value * 16) && (value * 2000) % 4 === 1;
  return isHalfToGoDown ? (value * 2000 - 1) / 2000 : Number(value.toFixed(3));
}

/**
 * The same as KEDA's arithmetic has it: thousandths times 0.001, not always the nearest number, so
 * that 4.007 may be cut to 4.006 (`AsApproximateFloat64` of Kubernetes' quantities).
 */
export function approximated(value: number): number {
  return Math.round(reported(value) * 1000) * 0.001;
}
