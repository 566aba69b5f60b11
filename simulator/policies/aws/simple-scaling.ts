/**
 * AWS simple scaling: one adjustment, then a cooldown. Source: EC2 Auto Scaling user guide, "Step
 * and simple scaling policies" and "Scaling cooldowns": after an activity has finished (its last
 * instance is in service) the cooldown blocks further simple activities; step scaling, target
 * tracking, scheduled actions and health replacement go on.
 *
 *     alarm   launch …  last in service      cooldown over
 *     ──┬───────┬───────────┬────────────────────┬──────►
 *       └ +2    │ activity  │ cooldown 300 s     │ next simple activity
 */
import type { Proposal } from '../scaling.ts';
import { adjustCapacity, type CapacityChange } from './adjustment.ts';
import { showSeconds } from './words.ts';

export interface SimpleRule {
  readonly change: CapacityChange;
  /** Smallest change of a percent adjustment, in instances. */
  readonly minMagnitude: number;
  /** The policy's own cooldown, else the group's `DefaultCooldown` (AWS: 300 s). */
  readonly cooldownMs: number;
}

export interface SimpleObservation {
  readonly nowMs: number;
  readonly desired: number;
  readonly min: number;
  readonly max: number;
  /** Instances that are still being launched or ended, for whatever reason. */
  readonly inProgress: number;
}

/** One a group, whichever of its simple policies acted. */
export interface CooldownState {
  /** Cooldown of the policy that acted last; null when none is in force. */
  readonly cooldownMs: number | null;
  /** When its activity finished; null while it lasts. */
  readonly finishedAtMs: number | null;
}

export const NO_COOLDOWN: CooldownState = { cooldownMs: null, finishedAtMs: null };

export interface SimpleDecision extends Proposal {
  readonly state: CooldownState;
}

/**
 * Time goes by: notes when the activity has finished, and ends a cooldown that is over. To be
 * called at every evaluation, also when no alarm fires; the finish is seen at the next call.
 */
export function passCooldown(observation: SimpleObservation, state: CooldownState): CooldownState {
  const { nowMs, inProgress } = observation;
  if (state.cooldownMs === null) return state;
  if (state.finishedAtMs === null) {
    return inProgress > 0 ? state : { ...state, finishedAtMs: nowMs };
  }
  return nowMs - state.finishedAtMs >= state.cooldownMs ? NO_COOLDOWN : state;
}

/**
 * What the policy asks for when its alarm's action is invoked; `desired` is absent while an activity
 * or the cooldown lasts. Keep the state only when the group takes the proposal (another policy may
 * ask for more); else that of `passCooldown`.
 * Example (+2, cooldown 300 s) on 4 → 6; in service at 60 s; at 300 s: "cooldown for 60 s more".
 */
export function simpleScaling(
  rule: SimpleRule,
  observation: SimpleObservation,
  before: CooldownState,
): SimpleDecision {
  const state = passCooldown(observation, before);
  const { nowMs, desired, inProgress } = observation;
  if (inProgress > 0) {
    const reason = `simple-scaling: waits for ${inProgress} instances of an activity in progress`;
    return { desired: undefined, reason, state };
  }
  if (state.cooldownMs !== null && state.finishedAtMs !== null) {
    const leftMs = state.finishedAtMs + state.cooldownMs - nowMs;
    if (leftMs > 0) {
      const reason = `simple-scaling: cooldown for ${showSeconds(leftMs)} more`;
      return { desired: undefined, reason, state };
    }
  }
  const adjusted = adjustCapacity(desired, rule.change, rule.minMagnitude);
  const wanted = Math.min(observation.max, Math.max(observation.min, adjusted));
  const next = wanted === desired ? state : { cooldownMs: rule.cooldownMs, finishedAtMs: null };
  return { desired: wanted, reason: `simple-scaling: ${desired} → ${wanted}`, state: next };
}
