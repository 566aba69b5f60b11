/**
 * From what the metrics ask for to what is set: stabilise, then limit. Source: kubernetes
 * `horizontal.go` (`normalizeDesiredReplicas`, `normalizeDesiredReplicasWithBehaviors`).
 */
import { type History, withEvent } from './history.ts';
import type { Behavior, BehaviorSettings } from './hpa-settings.ts';
import { scaleDownLimit, scaleUpLimit } from './rate-limits.ts';
import { stabiliseBoth, stabiliseDown } from './stabilise.ts';

/** Reasons of the condition ScalingLimited. */
export type LimitReason =
  | 'DesiredWithinRange'
  | 'TooFewReplicas'
  | 'TooManyReplicas'
  | 'ScaleUpLimit'
  | 'ScaleDownLimit';

/** Reasons of the condition AbleToScale. */
export type StabilityReason = 'ReadyForNewScale' | 'ScaleUpStabilized' | 'ScaleDownStabilized';

export interface BehaviorObservation {
  readonly nowMs: number;
  readonly currentReplicas: number;
  /** What the metrics ask for. */
  readonly desiredReplicas: number;
}

export interface Normalised {
  readonly desired: number;
  readonly stabilized: number;
  readonly stability: StabilityReason;
  /** How long the stabilised size holds where the metrics go on asking for the same. */
  readonly heldForMs: number;
  readonly limit: LimitReason;
  /** With the proposal among the recommendations. */
  readonly history: History;
}

interface Limited {
  readonly desired: number;
  readonly limit: LimitReason;
}

/**
 * Stabilises a proposal and limits it to what policies and minReplicas, maxReplicas allow.
 * Example: 10 replicas, proposed 50, default behavior → 20, ScaleUpLimit.
 */
export function normalise(
  settings: BehaviorSettings,
  { nowMs, currentReplicas, desiredReplicas }: BehaviorObservation,
  history: History,
): Normalised {
  const { behavior, downscaleStabilizationMs } = settings;
  const { recommendations } = history;
  const { replicas, heldForMs, ...rest } =
    behavior === undefined
      ? stabiliseDown(recommendations, desiredReplicas, downscaleStabilizationMs, nowMs)
      : stabiliseBoth(recommendations, desiredReplicas, currentReplicas, behavior, nowMs);
  const isUp = behavior !== undefined && desiredReplicas >= currentReplicas;
  const held = isUp ? 'ScaleUpStabilized' : 'ScaleDownStabilized';
  const limited =
    behavior === undefined
      ? limitWithoutBehavior(settings, currentReplicas, replicas)
      : limitWithBehavior(settings, behavior, currentReplicas, replicas, history, nowMs);
  return {
    ...limited,
    stabilized: replicas,
    stability: replicas === desiredReplicas ? 'ReadyForNewScale' : held,
    heldForMs,
    history: { ...history, ...rest },
  };
}

const LEGACY_FACTOR = 2;
const LEGACY_AT_LEAST = 4;

/**
 * Without behavior: at most twice what is there, or 4. Source: `convertDesiredReplicasWithRules`.
 * Example: 3 replicas, 1000 wanted → 6, ScaleUpLimit.
 */
function limitWithoutBehavior(
  { minReplicas, maxReplicas }: BehaviorSettings,
  current: number,
  wanted: number,
): Limited {
  const rate = Math.max(LEGACY_FACTOR * current, LEGACY_AT_LEAST);
  if (wanted < minReplicas) return { desired: minReplicas, limit: 'TooFewReplicas' };
  return atMost(wanted, maxReplicas, rate);
}

/** Source: `convertDesiredReplicasWithBehaviorRate`. */
function limitWithBehavior(
  { minReplicas, maxReplicas }: BehaviorSettings,
  { scaleUp, scaleDown }: Behavior,
  current: number,
  wanted: number,
  history: History,
  nowMs: number,
): Limited {
  if (wanted > current) {
    return atMost(wanted, maxReplicas, scaleUpLimit(current, history, scaleUp, nowMs));
  }
  if (wanted === current) return { desired: wanted, limit: 'DesiredWithinRange' };
  const rate = scaleDownLimit(current, history, scaleDown, nowMs);
  const least = Math.max(minReplicas, rate);
  if (wanted >= least) return { desired: wanted, limit: 'DesiredWithinRange' };
  return { desired: least, limit: minReplicas < rate ? 'ScaleDownLimit' : 'TooFewReplicas' };
}

function atMost(wanted: number, maxReplicas: number, rate: number): Limited {
  const most = Math.min(maxReplicas, rate);
  if (wanted <= most) return { desired: wanted, limit: 'DesiredWithinRange' };
  return { desired: most, limit: maxReplicas > rate ? 'ScaleUpLimit' : 'TooManyReplicas' };
}

/** Outside of the range nothing else is asked: not metrics, not stabilisation, not policies. */
export interface Violation {
  readonly desired: number;
  readonly limit: 'TooFewReplicas' | 'TooManyReplicas';
}

/**
 * What happens at once where the size is outside of [minReplicas, maxReplicas]; undefined inside,
 * and at 0, which has a rule of its own.
 * Source: `reconcileAutoscaler`.
 * Example: 12 replicas with maxReplicas 10 → 10.
 */
export function violationOf(
  { minReplicas, maxReplicas }: BehaviorSettings,
  current: number,
): Violation | undefined {
  if (current === 0) return undefined;
  if (current > maxReplicas) return { desired: maxReplicas, limit: 'TooManyReplicas' };
  if (current < minReplicas) return { desired: minReplicas, limit: 'TooFewReplicas' };
  return undefined;
}

/** What `behavior` makes of a proposal. */
export interface BehaviorDecision {
  readonly desired: number;
  /** Before limits; null where the size was out of range, and nothing else was asked. */
  readonly stabilized: number | null;
  /** Reason of the condition AbleToScale before the size is set; null as above. */
  readonly stability: StabilityReason | null;
  readonly limit: LimitReason;
  readonly reason: string;
  readonly state: History;
}

/**
 * The part of an autoscaler that comes after its metrics, by itself: stabilisation, rate policies,
 * minReplicas and maxReplicas. Without `behavior` the older rules hold.
 * Source: kubernetes `horizontal.go`, `reconcileAutoscaler` after the metrics.
 * Example: 100 replicas, 2 proposed, scaleDown Pods 20 / 60 s → 80,
 * `ScaleDownLimit: 2 proposed; limited to 80`.
 */
export function decideBehavior(
  settings: BehaviorSettings,
  observation: BehaviorObservation,
  state: History,
): BehaviorDecision {
  const { nowMs, currentReplicas, desiredReplicas } = observation;
  const violation = violationOf(settings, currentReplicas);
  if (violation !== undefined) {
    const { desired, limit } = violation;
    const after = withEvent(state, settings.behavior, currentReplicas, desired, nowMs);
    const reason = describeViolation(settings, currentReplicas, violation);
    return { desired, stabilized: null, stability: null, limit, reason, state: after };
  }
  const { history, ...normalised } = normalise(settings, observation, state);
  const { desired, stabilized, stability, limit } = normalised;
  const after = withEvent(history, settings.behavior, currentReplicas, desired, nowMs);
  const reason = describeNormalised(normalised, `${desiredReplicas} proposed`, desiredReplicas);
  return { desired, stabilized, stability, limit, reason, state: after };
}

/**
 * Example: `TooManyReplicas: 12 replicas, maxReplicas 10`.
 */
export function describeViolation(
  { minReplicas, maxReplicas }: BehaviorSettings,
  current: number,
  { limit }: Violation,
): string {
  const bound =
    limit === 'TooManyReplicas' ? `maxReplicas ${maxReplicas}` : `minReplicas ${minReplicas}`;
  return `${limit}: ${current} replicas, ${bound}`;
}

/**
 * What held a proposal back, most severe first.
 * Example: `ScaleDownStabilized: 3 proposed; stabilised to 5 for 240 s more`.
 */
export function describeNormalised(
  { desired, stabilized, stability, heldForMs, limit }: Omit<Normalised, 'history'>,
  proposal: string,
  proposed: number,
): string {
  const parts = [proposal];
  if (stabilized !== proposed) {
    parts.push(`stabilised to ${stabilized} for ${heldForMs / 1000} s more`);
  }
  if (desired !== stabilized) parts.push(`limited to ${desired}`);
  const isLimited = limit !== 'DesiredWithinRange';
  const isHeld = stability !== 'ReadyForNewScale';
  return `${isLimited ? limit : isHeld ? stability : limit}: ${parts.join('; ')}`;
}
