/**
 * One decision of an auto-scaling group: its alarms take the new datapoints, the policies whose
 * alarm fires propose a capacity, and the group combines the proposals within [min, max]. The same
 * function decides in the simulator (virtual time) and in the staging controller (wall time).
 */
import type { AlarmSettings, Scaling, ScalingPolicy } from '../../model/model.ts';
import type { Proposal, ScalingObservation } from '../scaling.ts';
import { type AlarmState, evaluateAlarm, INITIAL_ALARM } from './cloudwatch-alarm.ts';
import { stepScaling } from './step-scaling.ts';
import { targetTracking, targetTrackingAlarms } from './target-tracking.ts';

/** One state per alarm, in the order of `groupAlarms`. */
export interface GroupState {
  readonly alarms: readonly AlarmState[];
}

export interface GroupDecision {
  readonly desired: number;
  readonly reason: string;
  readonly state: GroupState;
}

interface PolicyAlarm {
  readonly policy: ScalingPolicy;
  readonly alarm: AlarmSettings;
}

/** The alarms of all policies: one a step policy, one or two a target-tracking policy. */
export function groupAlarms(settings: Scaling): readonly PolicyAlarm[] {
  return settings.policies.flatMap((policy) =>
    policyAlarms(policy).map((alarm) => ({ policy, alarm })),
  );
}

function policyAlarms(policy: ScalingPolicy): AlarmSettings[] {
  return policy.type === 'step-scaling' ? [policy.alarm] : targetTrackingAlarms(policy);
}

/** How often the group must be asked: its shortest period; undefined when it has no policy. */
export function evaluationPeriodMs(settings: Scaling): number | undefined {
  const periods = groupAlarms(settings).map(({ alarm }) => alarm.periodMs);
  return periods.length > 0 ? Math.min(...periods) : undefined;
}

export function initialGroupState(settings: Scaling): GroupState {
  return { alarms: groupAlarms(settings).map(() => INITIAL_ALARM) };
}

/**
 * Decides the group's desired capacity. A pure function: `observation.nowMs` is its only clock, and
 * `desired` is the one in force when nothing asks for another.
 */
export function decideGroup(
  settings: Scaling,
  observation: ScalingObservation,
  state: GroupState,
): GroupDecision {
  const alarms = groupAlarms(settings);
  const states: AlarmState[] = [];
  const proposals: Proposal[] = [];
  alarms.forEach(({ policy, alarm }, index) => {
    const before = state.alarms[index]!;
    const after = evaluate(alarm, observation, before);
    states.push(after.state);
    const value = after.state.datapoints.findLast((point) => point !== null);
    if (!after.fires || value === undefined || value === null) return;
    proposals.push(propose(policy, alarm, value, observation));
  });
  const unanimous = alarms.every(
    ({ policy, alarm }, index) =>
      policy.type !== 'target-tracking' ||
      alarm.comparison === 'above' ||
      states[index]!.value === 'ALARM',
  );
  return { ...combine(settings, observation, proposals, unanimous), state: { alarms: states } };
}

/** An alarm whose period does not end now keeps its state and stays silent. */
function evaluate(
  alarm: AlarmSettings,
  observation: ScalingObservation,
  state: AlarmState,
): { state: AlarmState; fires: boolean } {
  const datapoint = observation.datapoints.find(
    ({ metric, periodMs }) => metric === alarm.metric && periodMs === alarm.periodMs,
  );
  if (datapoint === undefined) return { state, fires: false };
  return evaluateAlarm(alarm, datapoint.value, observation.nowMs, state);
}

function propose(
  policy: ScalingPolicy,
  alarm: AlarmSettings,
  value: number,
  observation: ScalingObservation,
): Proposal {
  if (policy.type === 'step-scaling') return stepScaling(policy, value, observation);
  const direction = alarm.comparison === 'above' ? 'out' : 'in';
  return targetTracking(policy, direction, value, observation);
}

/**
 * The largest resulting capacity wins. Scale-in needs every target-tracking policy that may scale
 * in to have its low alarm on (`unanimous`) (EC2 Auto Scaling user guide, "Multiple dynamic scaling
 * policies").
 */
function combine(
  settings: Scaling,
  observation: ScalingObservation,
  proposals: readonly Proposal[],
  unanimous: boolean,
): { desired: number; reason: string } {
  const hold = {
    desired: clamp(settings, observation.desired),
    reason: 'no alarm asks for a change',
  };
  const asked = proposals.filter((proposal) => proposal.desired !== undefined);
  const silent = proposals.map((proposal) => proposal.reason).join('; ');
  if (asked.length === 0) return silent === '' ? hold : { ...hold, reason: silent };
  const largest = asked.reduce((a, b) => (b.desired! > a.desired! ? b : a));
  const wanted = largest.desired!;
  if (wanted < observation.desired && !unanimous) {
    return { ...hold, reason: `${largest.reason}: another target-tracking policy holds` };
  }
  const desired = clamp(settings, wanted);
  const limit = desired < wanted ? `, limited to max ${settings.max}` : '';
  const floor = desired > wanted ? `, kept at min ${settings.min}` : '';
  return { desired, reason: largest.reason + limit + floor };
}

function clamp(settings: Scaling, desired: number): number {
  return Math.min(settings.max, Math.max(settings.min, desired));
}
