/**
 * KEDA's `scalingModifiers`: one metric made of all triggers by a formula takes their place, for
 * the HPA and for what counts as active. Source: KEDA `pkg/scaling/modifiers/formula.go`,
 * `pkg/scaling/scale_handler.go`, `pkg/fallback/fallback.go`.
 */
import { type FormulaValue, parseFormula } from '../../model/keda/formula.ts';
import { approximated, type HpaMetric, type TriggerAnswer } from './external-metrics.ts';
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

/** Above it a number of thousandths has no meaning to KEDA, whose are whole numbers of 64 bits. */
const MOST_MILLI = 0x8000_0000_0000_0000;

/**
 * The formula's value, cut to the thousandth; null where a trigger has failed, and where it is no
 * finite number (KEDA then gives the HPA a number without a meaning). A trigger that falls back
 * makes it the fallback's, one that is nil is for the formula to replace; where nil comes out, the
 * target for each of the fallback's replicas.
 * Example: `(a + b) / 2` of 7 and 4 → 5.5; `a ?? b` of nil and 4 → 4.
 */
export function compositeValue(
  { formula: text, target }: ScalingModifiers,
  triggers: readonly Trigger[],
  answers: readonly TriggerAnswer[],
  fallback: Fallback | undefined,
): number | null {
  const fallen = answers.find(({ isFallback }) => isFallback);
  if (fallen !== undefined) return fallen.value;
  const values: FormulaValue[] = [];
  for (const [index, { isResource }] of triggers.entries()) {
    if (isResource) continue;
    const { value, isNil } = answers[index]!;
    if (value === null && !isNil) return null;
    values.push(value === null ? null : approximated(value));
  }
  const { formula, mistake } = parseFormula(text, formulaNames(triggers));
  if (mistake !== undefined) throw new Error(`formula ${text}: ${mistake.message}`);
  const result = formula(values);
  if (result === undefined) return null;
  const milli = Math.trunc((result ?? target * (fallback?.replicas ?? Number.NaN)) * 1000);
  return Math.abs(milli) < MOST_MILLI ? milli / 1000 : null;
}

/** What the HPA is told in place of the triggers. */
export function compositeMetric(
  modifiers: ScalingModifiers,
  triggers: readonly Trigger[],
  answers: readonly TriggerAnswer[],
  fallback: Fallback | undefined,
): HpaMetric {
  const { target, metricType: type } = modifiers;
  return {
    name: COMPOSITE,
    type,
    target,
    value: compositeValue(modifiers, triggers, answers, fallback),
    fallback: answers.some(({ isFallback }) => isFallback),
  };
}
