/**
 * KEDA's `scalingModifiers`: one metric made of all triggers by a formula takes their place, for
 * the HPA and for what counts as active. Source: KEDA `pkg/scaling/modifiers/formula.go`,
 * `pkg/scaling/scale_handler.go`, `pkg/fallback/fallback.go`.
 */
import { parseFormula } from '../../model/keda/formula.ts';
import {
  fallbackReplicas,
  fallbackValue,
  type HpaMetric,
  type HpaQuestion,
  type TriggerReading,
} from './external-metrics.ts';
import type { Fallback } from './manifest.ts';
import type { Trigger } from './trigger-types.ts';

export interface ScalingModifiers {
  /** Over the names of the triggers, such as `max(queue, 2 * jobs)`. */
  readonly formula: string;
  /** Of the formula's value. */
  readonly target: number;
  /** Active is what is above it, not what is at it. */
  readonly activationTarget: number;
  readonly metricType: 'AverageValue' | 'Value';
}

/** As KEDA's HPA knows it. */
export const COMPOSITE = 'composite-metric';
/** As KEDA lists it among the active triggers. */
export const MODIFIERS_TRIGGER = 'ModifiersTrigger';

/** Triggers that a formula may use: CPU and memory are the HPA's own. */
export function formulaNames(triggers: readonly Trigger[]): readonly string[] {
  return triggers.filter(({ isResource }) => !isResource).map(({ name }) => name);
}

/**
 * The formula's value, cut to the thousandth; null where a trigger has failed, and where it is no
 * finite number (KEDA then gives the HPA a number without a meaning).
 * Example: `(a + b) / 2` of 7 and 4 → 5.5.
 */
export function compositeValue(
  { formula: text }: ScalingModifiers,
  triggers: readonly Trigger[],
  readings: readonly TriggerReading[],
): number | null {
  const values: number[] = [];
  for (const [index, { isResource }] of triggers.entries()) {
    if (isResource) continue;
    const value = readings[index]?.value;
    if (value === undefined) return null;
    values.push(value);
  }
  const { formula, mistake } = parseFormula(text, formulaNames(triggers));
  if (mistake !== undefined) throw new Error(`formula ${text}: ${mistake.message}`);
  const value = Math.trunc(formula(values) * 1000) / 1000;
  return Number.isFinite(value) ? value : null;
}

/**
 * What the HPA is told in place of the triggers. It falls back once a trigger has failed too often,
 * to the formula's target for each replica; KEDA does so only where that target is a whole number.
 */
export function compositeMetric(
  modifiers: ScalingModifiers,
  triggers: readonly Trigger[],
  fallback: Fallback | undefined,
  failures: readonly number[],
  question: HpaQuestion,
): HpaMetric {
  const { target, metricType: type } = modifiers;
  const metric = { name: COMPOSITE, type, target };
  const isBad = fallback !== undefined && failures.some((n) => n > fallback.failureThreshold);
  if (isBad && Number.isInteger(target)) {
    const replicas = fallbackReplicas(fallback, question.currentReplicas);
    const value = fallbackValue({ target, metricType: type }, replicas, question.readyReplicas);
    return { ...metric, value, fallback: true };
  }
  const value = compositeValue(modifiers, triggers, question.readings);
  return { ...metric, value, fallback: false };
}
