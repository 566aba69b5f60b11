/** `status.conditions` of an autoscaler. Source: kubernetes `horizontal.go`, `setCondition`. */

export type ConditionType = 'AbleToScale' | 'ScalingActive' | 'ScalingLimited' | 'ScaledToZero';

export interface Condition {
  readonly type: ConditionType;
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly lastTransitionMs: number;
}

/** A condition as it is now; when it became so is known from the list. */
export type Verdict = Pick<Condition, 'type' | 'status' | 'reason'>;

/**
 * The list with one condition set. The time of the transition moves with the status only, not with
 * the reason; a new type comes last.
 * Example: ScalingActive False → True at 60000 → its lastTransitionMs is 60000.
 */
export function withCondition(
  conditions: readonly Condition[],
  { type, status, reason }: Verdict,
  nowMs: number,
): readonly Condition[] {
  const index = conditions.findIndex((one) => one.type === type);
  const before = conditions[index];
  const lastTransitionMs = before?.status === status ? before.lastTransitionMs : nowMs;
  const condition = { type, status, reason, lastTransitionMs };
  return before === undefined ? [...conditions, condition] : conditions.with(index, condition);
}

/**
 * Whether a condition is there and true.
 * Example: of an empty list → false.
 */
export function isTrue(conditions: readonly Condition[], type: ConditionType): boolean {
  return conditions.some((one) => one.type === type && one.status === 'True');
}
