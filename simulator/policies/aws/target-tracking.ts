/**
 * AWS target tracking. Source: EC2 Auto Scaling user guide, "Target tracking scaling policies". The
 * two alarms that AWS makes for a policy (high: 3 datapoints above the target; low: 15 datapoints
 * below 90 % of it) and the proportional step are field knowledge, not documented; they are
 * settings.
 *
 *     metric   ── low × 15 min ──┤          ├── high × 3 min ──
 *              in: ⌈n·m/target⌉  90 %      target   out: ⌈n·m/target⌉
 */
import type { AlarmSettings, TargetTrackingSettings } from '../../model/scaling-settings.ts';
import type { Proposal, ScalingObservation } from '../scaling.ts';
import {
  type AlarmRule,
  type AlarmState,
  evaluateAlarm,
  evaluateRange,
  evaluationRange,
  INITIAL_ALARM,
} from './cloudwatch-alarm.ts';
import type { TrackingProposal } from './combined-policies.ts';
import type { CapacityObservation } from './step-scaling.ts';
import { showMetric } from './words.ts';

/** What the policy depends on: `TargetTrackingSettings` of a model file are such a rule, too. */
export interface TrackingRule {
  readonly metric: string;
  readonly target: number;
  readonly highPeriods: number;
  readonly lowPeriods: number;
  readonly lowRatio: number;
  /** False: `DisableScaleIn`. */
  readonly scaleIn: boolean;
}

/** Both alarms; the low one stays initial when scale-in is disabled. */
export interface TrackingState {
  readonly high: AlarmState;
  readonly low: AlarmState;
}

export const INITIAL_TRACKING: TrackingState = { high: INITIAL_ALARM, low: INITIAL_ALARM };

/** The high alarm, and the low one unless scale-in is switched off. */
export function targetTrackingAlarms(settings: TargetTrackingSettings): AlarmSettings[] {
  const { metric, periodMs } = settings;
  const { high, low } = trackingAlarms(settings);
  const alarms = settings.scaleIn ? [high, low] : [high];
  return alarms.map((alarm) => ({ ...alarm, metric, periodMs }));
}

function trackingAlarms(rule: TrackingRule) {
  const { target, highPeriods, lowPeriods, lowRatio } = rule;
  const high = {
    missingData: 'missing',
    comparison: 'above',
    threshold: target,
    evaluationPeriods: highPeriods,
    datapointsToAlarm: highPeriods,
  } as const;
  const low = {
    missingData: 'missing',
    comparison: 'below',
    threshold: target * lowRatio,
    evaluationPeriods: lowPeriods,
    datapointsToAlarm: lowPeriods,
  } as const;
  return { high, low };
}

/**
 * New capacity = ⌈capacity · metric / target⌉ in both directions, so that a fractional change adds
 * the instance on the way out and keeps it on the way in. Warming instances are in neither capacity
 * nor metric: they count as already asked for, and block a scale-in; those that are being ended
 * count as capacity on the way in. Where instances weigh differently the capacity is what there is,
 * which may be more than desired: the metric was measured on it.
 * Example: 4 instances at 75 % with a target of 50 % → 6.
 */
export function targetTracking(
  settings: TrackingRule,
  direction: 'out' | 'in',
  value: number,
  observation: CapacityObservation | ScalingObservation,
): Proposal {
  const { metric, target } = settings;
  const seen = `target-tracking: ${metric} ${showMetric(metric, value)}, target ${showMetric(metric, target)}`;
  const { desired, surplus = 0 } = observation;
  const underWay = observation.booting + observation.warming;
  if (direction === 'out') {
    const base = desired + surplus - underWay;
    const wanted = proportional(base, value, target);
    const note = underWay > 0 ? `, ${underWay} already on the way` : '';
    const reason = `${seen}: ${base} → ${wanted}${note}`;
    return { desired: Math.max(desired, wanted), reason };
  }
  if (underWay > 0) {
    return { desired: undefined, reason: `${seen}: scale-in waits for ${underWay} warming up` };
  }
  const leaving = ('terminating' in observation ? observation.terminating : undefined) ?? 0;
  const base = desired + surplus + leaving;
  const wanted = proportional(base, value, target);
  const note = leaving > 0 ? `, ${leaving} already leaving` : '';
  const reason = `${seen}: ${base} → ${wanted}${note}`;
  return { desired: Math.min(desired, wanted), reason };
}

/** The division may leave one ulp above a whole number: do not let it buy an instance. */
function proportional(base: number, value: number, target: number): number {
  return Math.max(0, Math.ceil((base * value) / target - 1e-9));
}

/** The new datapoint (undefined: missing), or the whole range, oldest first, null: missing. */
export type MetricSeen =
  | { readonly datapoint: number | undefined }
  | { readonly range: readonly (number | null)[] };

export interface TrackingDecision {
  readonly proposal: TrackingProposal;
  readonly state: TrackingState;
}

/**
 * One evaluation of a policy: both alarms take the datapoint, and the one that fires asks for a
 * capacity. INSUFFICIENT_DATA asks for nothing, and is no consent to a scale-in.
 * Example: target 50, 4 instances, datapoints 75, 75, 75 → nothing, nothing, 6.
 */
export function trackTarget(
  rule: TrackingRule,
  seen: MetricSeen,
  observation: CapacityObservation & { readonly nowMs: number },
  state: TrackingState,
): TrackingDecision {
  const alarms = trackingAlarms(rule);
  const high = feed(alarms.high, seen, observation.nowMs, state.high);
  const low = rule.scaleIn
    ? feed(alarms.low, seen, observation.nowMs, state.low)
    : { state: state.low, fires: false };
  const isLow = rule.scaleIn ? low.state.value === 'ALARM' : undefined;
  const direction = high.fires ? 'out' : 'in';
  const acting = high.fires ? high : low;
  const value = acting.state.datapoints.findLast((point) => point !== null);
  const proposal =
    acting.fires && typeof value === 'number'
      ? targetTracking(rule, direction, value, observation)
      : { desired: undefined, reason: silence(rule, high.state, low.state) };
  return {
    proposal: { type: 'target-tracking', ...proposal, isLow },
    state: { high: high.state, low: low.state },
  };
}

function feed(alarm: AlarmRule, seen: MetricSeen, nowMs: number, state: AlarmState) {
  if ('datapoint' in seen) return evaluateAlarm(alarm, seen.datapoint, nowMs, state);
  return evaluateRange(alarm, seen.range.slice(-evaluationRange(alarm)), nowMs, state);
}

function silence(rule: TrackingRule, high: AlarmState, low: AlarmState): string {
  const inPart = rule.scaleIn ? `low alarm is ${low.value}` : 'scale-in is disabled';
  return `target-tracking: ${rule.metric}: high alarm is ${high.value}, ${inPart}`;
}
