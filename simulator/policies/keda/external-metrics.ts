/**
 * What the HPA that KEDA made is told when it asks for its external metrics, and what takes a
 * metric's place when its trigger fails. The HPA asks at its own pace (15 s), and it is these
 * questions that count failures, not KEDA's polling. Source: KEDA `pkg/fallback/fallback.go`,
 * documentation "ScaledObject specification", fallback.
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

/**
 * Answers the HPA's question. With no replicas the HPA is switched off and asks nothing. CPU and
 * memory triggers are not among the answers: the HPA reads them itself.
 * Example: failureThreshold 3 → the fourth failure in a row is the first that falls back.
 */
export function externalMetrics(
  triggers: readonly Trigger[],
  fallback: Fallback | undefined,
  question: HpaQuestion,
): HpaAnswer {
  if (question.currentReplicas === 0) return { metrics: [], failures: question.failures };
  const failures = triggers.map((trigger, index) => {
    if (trigger.isResource || question.readings[index]?.value !== undefined) return 0;
    return (question.failures[index] ?? 0) + 1;
  });
  const metrics = triggers.flatMap((trigger, index) =>
    trigger.isResource ? [] : [metricOf(trigger, index, failures[index]!, fallback, question)],
  );
  return { metrics, failures };
}

function metricOf(
  trigger: Trigger,
  index: number,
  failures: number,
  fallback: Fallback | undefined,
  question: HpaQuestion,
): HpaMetric {
  const { name, metricType: type, target } = trigger;
  const value = question.readings[index]?.value ?? null;
  if (value !== null || fallback === undefined || failures <= fallback.failureThreshold) {
    return { name, type, target, value, fallback: false };
  }
  const replicas = fallbackReplicas(fallback, question.currentReplicas);
  const instead = fallbackValue(trigger, replicas, question.readyReplicas);
  return { name, type, target, value: instead, fallback: true };
}
