/**
 * The Kubernetes HorizontalPodAutoscaler, v2: one pass of its control loop, as a pure function.
 * Source: kubernetes `pkg/controller/podautoscaler/horizontal.go`, `reconcileAutoscaler`, as of
 * 1.36 (before that, ScaledToZero was no condition and HPAConfigurableTolerance a gate that was
 * off).
 *
 *     pods ──group──► ready │ unready │ missing │ ignored
 *                        │
 *     readings ──propose─┴─► replicas per metric ──max──► proposal
 *                                                            │
 *     recommendations ──────────────────────────► stabilise ─┤
 *     scale events ─────────────────────────────► rate limits ┤
 *     minReplicas, maxReplicas ─────────────────► range ──────┴──► desired, conditions
 */
import { type Condition, isTrue, type Verdict, withCondition } from './conditions.ts';
import { type History, type Recommendation, type ScaleEvent, withEvent } from './history.ts';
import type { HpaSettings } from './hpa-settings.ts';
import {
  describeNormalised,
  describeViolation,
  type LimitReason,
  normalise,
  violationOf,
} from './normalise.ts';
import { countReadyPods, type PodStatus } from './pods.ts';
import { type Combined, combine, type Proposal, propose, type Reading } from './proposals.ts';

/** What the controller sees in one pass. */
export interface HpaObservation {
  readonly nowMs: number;
  /** `spec.replicas` of the scale target. */
  readonly specReplicas: number;
  /** `status.replicas` of the scale target. */
  readonly statusReplicas: number;
  /** All that the target's selector selects. */
  readonly pods: readonly PodStatus[];
  /** One a metric, in the order of the settings. */
  readonly readings: readonly Reading[];
}

/** What the controller remembers; plain JSON. */
export interface HpaState {
  /** Absent before the first pass: a controller that has just started has no memory. */
  readonly recommendations?: readonly Recommendation[] | undefined;
  readonly scaleUpEvents: readonly ScaleEvent[];
  readonly scaleDownEvents: readonly ScaleEvent[];
  readonly conditions: readonly Condition[];
}

/** Before the first pass. */
export const FRESH_STATE: HpaState = { scaleUpEvents: [], scaleDownEvents: [], conditions: [] };

export interface HpaDecision {
  /** What the scale target is set to; as it is, where nothing is to be done. */
  readonly desired: number;
  /** What the metrics ask for together; null where they were not asked or may not be followed. */
  readonly proposed: number | null;
  readonly stabilized: number | null;
  readonly limit: LimitReason | null;
  /** One a metric, where metrics were asked. */
  readonly proposals: readonly Proposal[];
  readonly conditions: readonly Condition[];
  readonly reason: string;
  readonly state: HpaState;
}

/** How a pass ends, before its size is set. */
interface Outcome {
  readonly desired: number;
  readonly proposed: number | null;
  readonly stabilized: number | null;
  readonly limit: LimitReason | null;
  readonly proposals: readonly Proposal[];
  readonly verdicts: readonly Verdict[];
  readonly history: History;
  readonly reason: string;
}

/**
 * One pass: what the scale target is to be set to, why, and what to remember.
 *
 * 1. The first pass notes the size that it finds as a recommendation, so that a controller that has
 *    just started does not scale down at once.
 * 2. 0 replicas: scaling is off, unless this autoscaler itself has scaled to zero.
 * 3. Outside of minReplicas..maxReplicas: to the bound, at once.
 * 4. Else the largest proposal of the metrics, stabilised, limited.
 *
 * @returns `desired` = `specReplicas` where the metrics cannot be followed; nothing is thrown
 * Example: 3 replicas at 50 % CPU with a target of 30 % → 5, `DesiredWithinRange: cpu utilization
 * 50 % of requests, target 30 %: 3 ready pods ask for 5`.
 */
export function decideHpa(
  settings: HpaSettings,
  observation: HpaObservation,
  state: HpaState,
): HpaDecision {
  const { nowMs, specReplicas: current } = observation;
  const { scaleUpEvents, scaleDownEvents } = state;
  const recommendations = state.recommendations ?? [{ recommendation: current, atMs: nowMs }];
  const history = { recommendations, scaleUpEvents, scaleDownEvents };
  const { verdicts, history: seen, ...outcome } = passOf(settings, observation, state, history);
  const { desired } = outcome;
  const after = withEvent(seen, settings.behavior, current, desired, nowMs);
  const isRescaled = desired !== current;
  const all: Verdict[] = [{ type: 'AbleToScale', status: 'True', reason: 'SucceededGetScale' }];
  all.push(...verdicts);
  if (isRescaled) all.push({ type: 'AbleToScale', status: 'True', reason: 'SucceededRescale' });
  let conditions = all.reduce((list, one) => withCondition(list, one, nowMs), state.conditions);
  if (!settings.canScaleToZero) {
    if (isRescaled || current === 0) conditions = conditions.filter(isNotScaledToZero);
  } else if (isRescaled) {
    conditions = withCondition(conditions, scaledToZero(desired), nowMs);
  }
  return { ...outcome, conditions, state: { ...after, conditions } };
}

function isNotScaledToZero({ type }: Condition): boolean {
  return type !== 'ScaledToZero';
}

/**
 * Set with every change of size, so that it is never out of date. Only minReplicas 0 leads to 0,
 * and that needs an Object or External metric.
 */
function scaledToZero(desired: number): Verdict {
  const type = 'ScaledToZero';
  if (desired === 0) return { type, status: 'True', reason: 'ScaledToZero' };
  return { type, status: 'False', reason: 'NotScaledToZero' };
}

/** A metric that says something while there is no pod. */
function hasValueMetric({ metrics }: HpaSettings): boolean {
  return metrics.some(({ type }) => type === 'Object' || type === 'External');
}

function passOf(
  settings: HpaSettings,
  observation: HpaObservation,
  { conditions }: HpaState,
  history: History,
): Outcome {
  const { specReplicas: current } = observation;
  const nothing = { proposed: null, stabilized: null, proposals: [], history };
  if (current === 0 && !mayLeaveZero(settings, conditions)) {
    const verdicts: Verdict[] = [
      { type: 'ScalingActive', status: 'False', reason: 'ScalingDisabled' },
    ];
    const reason = 'ScalingDisabled: 0 replicas, and it was not this autoscaler that set them';
    return { ...nothing, desired: 0, limit: null, verdicts, reason };
  }
  const violation = violationOf(settings, current);
  if (violation !== undefined) {
    const reason = describeViolation(settings, current, violation);
    return { ...nothing, ...violation, verdicts: [], reason };
  }
  return passOfMetrics(settings, observation, history);
}

/** A workload that somebody else has set to 0 stays there. */
function mayLeaveZero(settings: HpaSettings, conditions: readonly Condition[]): boolean {
  if (!settings.canScaleToZero || !isTrue(conditions, 'ScaledToZero')) return false;
  return settings.minReplicas !== 0 || hasValueMetric(settings);
}

function passOfMetrics(
  settings: HpaSettings,
  observation: HpaObservation,
  history: History,
): Outcome {
  const { specReplicas: current, statusReplicas: status, nowMs, pods, readings } = observation;
  const ready = pods.length === 0 ? undefined : countReadyPods(pods);
  const replicas = { spec: current, status, ready };
  const scene = { settings, nowMs, pods, replicas };
  const proposals = settings.metrics.map((metric, index) =>
    propose(scene, metric, readings[index] ?? { error: 'not read' }),
  );
  const combined = combine(proposals, current);
  if (combined.replicas === undefined) return heldBy(combined, current, proposals, history);
  const proposed = combined.replicas;
  const sizes = { nowMs, currentReplicas: current, desiredReplicas: proposed };
  const { history: after, ...normalised } = normalise(settings, sizes, history);
  const { stability, limit, stabilized } = normalised;
  const isLimited = normalised.desired !== stabilized;
  const verdicts: Verdict[] = [
    { type: 'ScalingActive', status: 'True', reason: 'ValidMetricFound' },
    { type: 'AbleToScale', status: 'True', reason: stability },
    { type: 'ScalingLimited', status: isLimited ? 'True' : 'False', reason: limit },
  ];
  const reason = describeNormalised(normalised, describeProposal(combined, proposals), proposed);
  // From zero at least minReplicas, which may have been raised meanwhile.
  const desired =
    current === 0 ? Math.max(normalised.desired, settings.minReplicas) : normalised.desired;
  return { desired, proposed, stabilized, limit, proposals, verdicts, history: after, reason };
}

function heldBy(
  { by }: Combined,
  current: number,
  proposals: readonly Proposal[],
  history: History,
): Outcome {
  const reason = by.invalid!;
  return {
    desired: current,
    proposed: null,
    stabilized: null,
    limit: null,
    proposals,
    verdicts: [{ type: 'ScalingActive', status: 'False', reason }],
    history,
    reason: `${reason}: ${by.metric}: ${by.why}; stays at ${current}`,
  };
}

function describeProposal({ by, invalid }: Combined, proposals: readonly Proposal[]): string {
  const words = `${by.metric} ${by.why}`;
  return invalid === 0 ? words : `${words}; ${invalid} of ${proposals.length} metrics invalid`;
}
