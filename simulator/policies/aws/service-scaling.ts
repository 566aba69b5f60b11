/**
 * Step scaling and target tracking of an ECS service, or whatever else Application Auto Scaling
 * scales: no instance warms up; cooldowns keep a policy from adding the same capacity twice, and
 * space out what is taken away. Source: see `application-cooldowns.ts`.
 */
import type { Proposal } from '../scaling.ts';
import {
  type ApplicationCooldowns,
  addedInCooldown,
  applyCooldowns,
  type CooldownTimes,
} from './application-cooldowns.ts';
import { type CapacityObservation, type StepRule, stepScaling } from './step-scaling.ts';
import { type TrackingRule, targetTracking } from './target-tracking.ts';

/** A moment at which an alarm's action is invoked, with the newest datapoint. */
export interface ServiceSeen {
  readonly nowMs: number;
  readonly desired: number;
  readonly value: number;
  /** Of the alarm. */
  readonly comparison: 'above' | 'below';
}

/** Policies of a model file are such, too. */
type ServicePolicy =
  | ({ readonly type: 'step-scaling' } & StepRule)
  | ({ readonly type: 'target-tracking' } & TrackingRule);

/**
 * What the policy asks for. A scale-out is reckoned from the capacity without what was added in its
 * cooldown; a scale-in from all of it, and not while the cooldown of another one lasts.
 * Example: 10 tasks since +2 a minute ago, a step of +3 → 11; a step of +2 → 10.
 */
export function serviceScaling(
  policy: ServicePolicy,
  times: CooldownTimes,
  seen: ServiceSeen,
  state: ApplicationCooldowns,
): Proposal {
  const { nowMs, desired } = seen;
  const added = addedInCooldown(times, nowMs, state);
  const whole = asked(policy, seen, 0);
  if (whole.desired === undefined || whole.desired === desired) return whole;
  if (whole.desired > desired) return added === 0 ? whole : asked(policy, seen, added);
  const allowed = applyCooldowns(times, { nowMs, desired, wanted: whole.desired }, state);
  if (allowed.desired < desired) return whole;
  return { desired: undefined, reason: `${whole.reason}: ${allowed.reason}` };
}

/** What was added in a cooldown counts as there already, as EC2's warming instances do. */
function asked(policy: ServicePolicy, seen: ServiceSeen, added: number): Proposal {
  const { value, desired, comparison } = seen;
  const capacity: CapacityObservation = { desired, booting: added, warming: 0 };
  if (policy.type === 'step-scaling') return stepScaling(policy, value, capacity);
  return targetTracking(policy, comparison === 'above' ? 'out' : 'in', value, capacity);
}
