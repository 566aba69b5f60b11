/**
 * Who looks at the triggers of a ScaledObject, and what each makes of it: KEDA's loop, whether they
 * are active; the HPA, its metrics. Source: KEDA 2.21 `pkg/scaling/scale_handler.go`
 * (getScaledObjectState, GetScaledObjectMetrics), `apis/keda/v1alpha1/scaledobject_types.go`.
 */
import {
  type FallbackRule,
  type HpaAnswer,
  type HpaMetric,
  type HpaQuestion,
  lookAtTriggers,
  type TriggerAnswer,
  type TriggerReading,
} from './external-metrics.ts';
import { compositeMetric, compositeValue, MODIFIERS_TRIGGER } from './modifiers.ts';
import type { ScaledObject, ScaledObjectObservation } from './scaled-object.ts';

/** What KEDA's loop makes of a look. */
export interface Activity {
  /** Names of the triggers that are active. */
  readonly active: readonly string[];
  /** Names of those that failed, without a fallback in their place. */
  readonly failed: readonly string[];
}

/** Both looks of one moment. */
export interface Looks {
  readonly activity: Activity;
  readonly metrics: readonly HpaMetric[];
  readonly failures: readonly number[];
  readonly isFallingBack: boolean;
}

/** With a formula KEDA falls back only where its target is a whole number. */
function fallbackRule({ fallback, modifiers }: ScaledObject): FallbackRule {
  const isValid = modifiers === undefined || Number.isInteger(modifiers.target);
  return { fallback: isValid ? fallback : undefined, composite: modifiers };
}

/**
 * KEDA's look and the HPA's question, one after the other: each counts a failure. Where the HPA
 * does all of the scaling (a minimum, no idle, no formula), KEDA's loop takes what the HPA has seen
 * and does not look itself, as long as the HPA scales.
 */
export function bothLooks(
  settings: ScaledObject,
  question: HpaQuestion,
  { isHpaScaling, isHpaAsking = true }: ScaledObjectObservation,
): Looks {
  const asked = isHpaAsking ? hpaMetrics(settings, question) : unasked(settings, question);
  const isScaling = isHpaScaling ?? asked.metrics.every(({ value }) => value !== null);
  if (question.currentReplicas > 0 && isScaling && isLeftToHpa(settings)) {
    return looksOf(settings, question, asked.answers, asked);
  }
  const own = lookAtTriggers(settings.triggers, fallbackRule(settings), question);
  const failures = failuresOf(own);
  if (!isHpaAsking) return looksOf(settings, question, own, { metrics: [], failures });
  return looksOf(settings, question, own, hpaMetrics(settings, { ...question, failures }));
}

/** What the HPA was told before: the failures are those that it counted. */
function unasked(settings: ScaledObject, question: HpaQuestion): ReturnType<typeof hpaMetrics> {
  const failures = question.failures.map((n) => n - 1);
  return { ...hpaMetrics(settings, { ...question, failures }), failures: question.failures };
}

function looksOf(
  settings: ScaledObject,
  { readings }: HpaQuestion,
  own: readonly TriggerAnswer[],
  { metrics, failures }: HpaAnswer,
): Looks {
  const { fallback } = fallbackRule(settings);
  const isFallingBack = failures.some(
    (n) => fallback !== undefined && n > fallback.failureThreshold,
  );
  return { activity: activityOf(settings, own, readings), metrics, failures, isFallingBack };
}

/** `UsesHPAObservations` */
function isLeftToHpa({ minReplicas, idleReplicas, modifiers }: ScaledObject): boolean {
  return minReplicas > 0 && idleReplicas === undefined && modifiers === undefined;
}

/**
 * Answers the HPA's question; with no replicas the HPA is switched off and asks nothing. CPU and
 * memory triggers are not among the metrics: the HPA reads them itself.
 */
export function hpaMetrics(
  settings: ScaledObject,
  question: HpaQuestion,
): HpaAnswer & { readonly answers: readonly TriggerAnswer[] } {
  const { failures: before, currentReplicas } = question;
  if (currentReplicas === 0) return { metrics: [], failures: before, answers: [] };
  const answers = lookAtTriggers(settings.triggers, fallbackRule(settings), question);
  return { metrics: metricsOf(settings, answers), failures: failuresOf(answers), answers };
}

function metricsOf(settings: ScaledObject, answers: readonly TriggerAnswer[]): HpaMetric[] {
  const { triggers, fallback, modifiers } = settings;
  if (modifiers !== undefined) return [compositeMetric(modifiers, triggers, answers, fallback)];
  return triggers.flatMap(({ name, metricType: type, target, isResource }, index) => {
    const { value, isFallback } = answers[index]!;
    return isResource ? [] : [{ name, type, target, value, fallback: isFallback }];
  });
}

function failuresOf(answers: readonly TriggerAnswer[]): number[] {
  return answers.map(({ failures }) => failures);
}

/**
 * With CPU and memory triggers alone, all are active; who falls back is. With a formula it alone
 * counts, and none is active while a trigger fails.
 */
function activityOf(
  { triggers, modifiers, fallback }: ScaledObject,
  answers: readonly TriggerAnswer[],
  readings: readonly TriggerReading[],
): Activity {
  if (triggers.every(({ isResource }) => isResource)) {
    return { active: triggers.map(({ name }) => name), failed: [] };
  }
  const isFailed = triggers.map(({ isResource }, index) => {
    const { value, isNil } = answers[index]!;
    return !isResource && value === null && !isNil;
  });
  const failed = triggers.filter((_, index) => isFailed[index]).map(({ name }) => name);
  if (modifiers !== undefined) {
    if (failed.length > 0) return { active: [], failed };
    const value = compositeValue(modifiers, triggers, answers, fallback);
    const isActive = value !== null && value > modifiers.activationTarget;
    return { active: isActive ? [MODIFIERS_TRIGGER] : [], failed };
  }
  const active = triggers.flatMap(({ name, activationThreshold, isResource }, index) => {
    if (isResource) return [];
    if (answers[index]!.isFallback) return [`${name} (fallback)`];
    const { value, active: isSaid } = readings[index] ?? {};
    return value !== undefined && (isSaid ?? value > activationThreshold) ? [name] : [];
  });
  return { active, failed };
}
