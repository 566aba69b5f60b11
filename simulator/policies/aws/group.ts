/**
 * One decision of an auto-scaling group: its alarms take the new datapoints, the policies whose
 * alarm fires propose a capacity, so do the schedule and the forecast, and the group combines the
 * proposals within [min, max]. The same function decides in the simulator (virtual time) and in the
 * staging controller (wall time).
 */
import { parseCron } from '../../model/cron.ts';
import type { Scaling } from '../../model/model.ts';
import type {
  AlarmSettings,
  PredictiveSettings,
  ScalingPolicy,
  ScheduledSettings,
  SimpleScalingSettings,
  StepScalingSettings,
  TargetTrackingSettings,
} from '../../model/scaling-settings.ts';
import type { ScalingObservation } from '../scaling.ts';
import {
  type ApplicationCooldowns,
  forgetOld,
  NO_COOLDOWNS,
  noteScaling,
} from './application-cooldowns.ts';
import { type AlarmState, evaluateAlarm, INITIAL_ALARM } from './cloudwatch-alarm.ts';
import { combinePolicies, type GroupSizes, type PolicyProposal } from './combined-policies.ts';
import { HOUR_MS, type LoadForecast } from './load-forecast.ts';
import { predictiveScaling } from './predictive-scaling.ts';
import {
  decideScheduled,
  type ScheduledAction,
  type ScheduleState,
  UTC,
} from './scheduled-scaling.ts';
import { serviceScaling } from './service-scaling.ts';
import { type CooldownState, NO_COOLDOWN, passCooldown, simpleScaling } from './simple-scaling.ts';
import { stepScaling } from './step-scaling.ts';
import { targetTracking, targetTrackingAlarms } from './target-tracking.ts';

export interface GroupState {
  /** One per alarm, in the order of `groupAlarms`. */
  readonly alarms: readonly AlarmState[];
  readonly cooldown: CooldownState;
  /** Of Application Auto Scaling, which all policies of the group share. */
  readonly cooldowns: ApplicationCooldowns;
  readonly schedule: ScheduleState;
  /** One per policy; null where there is none. */
  readonly forecasts: readonly (LoadForecast | null)[];
  /** As scheduled actions have left them. */
  readonly min: number;
  readonly max: number;
}

export interface GroupDecision {
  readonly desired: number;
  readonly reason: string;
  readonly state: GroupState;
}

type AlarmedPolicy = StepScalingSettings | SimpleScalingSettings | TargetTrackingSettings;

interface PolicyAlarm {
  readonly policy: AlarmedPolicy;
  readonly alarm: AlarmSettings;
}

/** The alarms of all policies: one of a step or simple policy, one or two of target tracking. */
export function groupAlarms(settings: Scaling): readonly PolicyAlarm[] {
  return settings.policies.flatMap((policy): PolicyAlarm[] => {
    if (policy.type === 'target-tracking') {
      return targetTrackingAlarms(policy).map((alarm) => ({ policy, alarm }));
    }
    const hasAlarm = policy.type === 'step-scaling' || policy.type === 'simple-scaling';
    return hasAlarm ? [{ policy, alarm: policy.alarm }] : [];
  });
}

/** What happens by the clock: at moments of the run, or at any minute. */
export function groupMomentsMs({ policies }: Scaling): {
  readonly everyMinute: boolean;
  readonly momentsMs: readonly number[];
} {
  const momentsMs = policies.flatMap((one) =>
    one.type === 'scheduled' && one.atMs !== undefined ? [one.atMs] : [],
  );
  return { everyMinute: policies.some(isByMinute), momentsMs };
}

function isByMinute(policy: ScalingPolicy): boolean {
  return policy.type === 'predictive' || (policy.type === 'scheduled' && policy.cron !== undefined);
}

export function initialGroupState(settings: Scaling): GroupState {
  const { policies, min, max } = settings;
  return {
    alarms: groupAlarms(settings).map(() => INITIAL_ALARM),
    cooldown: NO_COOLDOWN,
    cooldowns: NO_COOLDOWNS,
    schedule: { doneUntilMs: clockOf(settings) },
    forecasts: policies.map(() => null),
    min,
    max,
  };
}

/** The clock at the run's moment 0. */
function clockOf({ policies }: Scaling): number {
  const timed = policies.find(({ type }) => type === 'scheduled' || type === 'predictive');
  return timed !== undefined && 'clockMs' in timed ? timed.clockMs : 0;
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
  const sizes = { min: state.min, max: state.max, desired: observation.desired };
  const alarms = groupAlarms(settings).map(({ alarm }, index) =>
    evaluate(alarm, observation, state.alarms[index]!),
  );
  const schedule = runSchedule(settings, observation, sizes, state.schedule);
  const forecasts = settings.policies.map((policy, index) =>
    policy.type === 'predictive'
      ? forecast(policy, observation, sizes, state.forecasts[index]!)
      : undefined,
  );
  const simple = { ...sizes, nowMs: observation.nowMs, inProgress: inProgress(observation) };
  const cooldown = passCooldown(simple, state.cooldown);
  const cooldowns = forgetOld(state.cooldowns, simple.nowMs, longestCooldownMs(settings));
  const asked = askPolicies(settings, observation, alarms, simple, { cooldown, cooldowns });
  const proposals = [
    ...schedule.proposals,
    ...asked.map(({ proposal }) => proposal),
    ...forecasts.flatMap((one) => one?.proposal ?? []),
  ];
  const { desired, min, max, reason } = combinePolicies(sizes, proposals);
  const taken = asked.find(
    ({ proposal, state: after }) =>
      after !== undefined && desired !== sizes.desired && proposal.desired === desired,
  );
  return {
    desired,
    reason,
    state: {
      alarms: alarms.map((alarm) => alarm.state),
      cooldown: taken?.state ?? cooldown,
      cooldowns: noteScaling(cooldowns, { nowMs: simple.nowMs, desired, before: sizes.desired }),
      schedule: schedule.state,
      forecasts: forecasts.map((one) => one?.state ?? null),
      min,
      max,
    },
  };
}

function longestCooldownMs({ policies }: Scaling): number {
  const times = policies.map((one) => ('cooldown' in one ? (one.cooldown?.scaleOutMs ?? 0) : 0));
  return Math.max(0, ...times);
}

function inProgress({ booting, draining = 0 }: ScalingObservation): number {
  return booting + draining;
}

interface Alarmed {
  readonly state: AlarmState;
  readonly fires: boolean;
}

/** An alarm whose period does not end now keeps its state and stays silent. */
function evaluate(
  alarm: AlarmSettings,
  observation: ScalingObservation,
  state: AlarmState,
): Alarmed {
  const datapoint = observation.datapoints.find(
    ({ metric, periodMs }) => metric === alarm.metric && periodMs === alarm.periodMs,
  );
  if (datapoint === undefined) return { state, fires: false };
  return evaluateAlarm(alarm, datapoint.value, observation.nowMs, state);
}

interface Asked {
  readonly proposal: PolicyProposal;
  /** Of the cooldown, where the group takes the proposal. */
  readonly state?: CooldownState;
}

/** The policies whose alarm fires, and the say of target tracking in the others' scale-in. */
function askPolicies(
  settings: Scaling,
  observation: ScalingObservation,
  alarms: readonly Alarmed[],
  simple: GroupSizes & { readonly nowMs: number; readonly inProgress: number },
  { cooldown, cooldowns }: Pick<GroupState, 'cooldown' | 'cooldowns'>,
): Asked[] {
  return groupAlarms(settings).flatMap(({ policy, alarm }, index): Asked[] => {
    const { state, fires } = alarms[index]!;
    const value = state.datapoints.findLast((point) => point !== null);
    const isFired = fires && value !== undefined && value !== null;
    const capacity = { ...observation, terminating: observation.draining ?? 0 };
    const ofService = (settings: StepScalingSettings | TargetTrackingSettings, value: number) => {
      const { comparison } = alarm;
      const seen = { nowMs: simple.nowMs, desired: simple.desired, value, comparison };
      return settings.cooldown && serviceScaling(settings, settings.cooldown, seen, cooldowns);
    };
    switch (policy.type) {
      case 'step-scaling': {
        if (!isFired) return [];
        const asks = ofService(policy, value) ?? stepScaling(policy, value, capacity);
        return [{ proposal: { type: policy.type, ...asks } }];
      }
      case 'simple-scaling': {
        if (!isFired) return [];
        const rule = { ...policy, cooldownMs: policy.cooldownMs };
        const { state: after, ...proposal } = simpleScaling(rule, simple, cooldown);
        return [{ proposal: { type: policy.type, ...proposal }, state: after }];
      }
      case 'target-tracking': {
        const isOut = alarm.comparison === 'above';
        const isLow = isOut ? undefined : state.value === 'ALARM';
        const none = { desired: undefined, reason: '' };
        const direction = isOut ? 'out' : 'in';
        const asks = isFired
          ? (ofService(policy, value) ?? targetTracking(policy, direction, value, capacity))
          : none;
        return [{ proposal: { type: policy.type, ...asks, isLow } }];
      }
      default:
        throw new Error(`unknown policy ${policy satisfies never}`);
    }
  });
}

function runSchedule(
  settings: Scaling,
  { nowMs }: ScalingObservation,
  sizes: GroupSizes,
  state: ScheduleState,
): { proposals: PolicyProposal[]; state: ScheduleState } {
  const actions = settings.policies.flatMap((policy) =>
    policy.type === 'scheduled' ? [action(policy)] : [],
  );
  if (actions.length === 0) return { proposals: [], state };
  const clockMs = clockOf(settings) + nowMs;
  const decision = decideScheduled(actions, { ...sizes, nowMs: clockMs }, state);
  if (decision.ran.length === 0) return { proposals: [], state: decision.state };
  const { min, max, desired, reason } = decision;
  const proposal = { type: 'scheduled-scaling', min, max, desired, reason } as const;
  return { proposals: [proposal], state: decision.state };
}

function action(settings: ScheduledSettings): ScheduledAction {
  const { cron, offsetMs = 0, atMs, clockMs, min, max, desired } = settings;
  const recurrence = cron === undefined ? undefined : parseCron(cron);
  if (typeof recurrence === 'string') throw new Error(`"${cron}" passed the rules: ${recurrence}`);
  const startMs = atMs === undefined ? undefined : clockMs + atMs;
  const name = cron ?? `at ${(atMs ?? 0) / 1000} s`;
  const zone = offsetMs === 0 ? UTC : { name: cron!, offsets: [{ fromMs: 0, offsetMs }] };
  return { name, recurrence, zone, startMs, endMs: undefined, min, max, desired };
}

function forecast(
  policy: PredictiveSettings,
  { nowMs }: ScalingObservation,
  { max }: GroupSizes,
  state: LoadForecast | null,
): { proposal: PolicyProposal; state: LoadForecast | null } {
  const { historyPerSecond, clockMs, targetPerSecond } = policy;
  const hourMs = Math.floor(clockMs / HOUR_MS) * HOUR_MS;
  const history = {
    firstHourMs: hourMs - historyPerSecond.length * HOUR_MS,
    values: historyPerSecond.map((rate) => rate * 3600),
  };
  const rule = { ...policy, targetLoad: targetPerSecond * 3600 };
  return predictiveScaling(rule, { nowMs: clockMs + nowMs, max, history }, state);
}
