/**
 * A group's policies as one thing that decides: an auto-scaling group of AWS, the pods of a
 * HorizontalPodAutoscaler, or those of a KEDA ScaledObject. What decided live decides again from
 * its log, because it sees nothing but its observations.
 */
import type { Scaling } from '../model/model.ts';
import {
  decideGroup,
  type GroupDecision,
  type GroupState,
  groupAlarms,
  groupMomentsMs,
  initialGroupState,
} from './aws/group.ts';
import { decideKeda, initialKedaState, kedaGroupOf } from './keda/group.ts';
import { decidePods, podGroupOf } from './kubernetes/group.ts';
import { FRESH_STATE } from './kubernetes/hpa.ts';
import type { ScalingObservation } from './scaling.ts';

export interface Decided {
  readonly desired: number;
  readonly reason: string;
  /** Of the group from now on, where scheduled actions may change it. */
  readonly max?: number;
}

export interface Decider {
  /** Periods at whose ends it wants to be asked. */
  readonly periodsMs: readonly number[];
  /** Further moments. */
  readonly momentsMs: readonly number[];
  /** What it looks at: the group as a whole, or its instances. */
  readonly sees: 'datapoints' | 'instances';
  /** Remembers; observations come in the order of time. */
  readonly decide: (observation: ScalingObservation) => Decided;
}

/** A decider without a memory yet. */
export function deciderOf(scaling: Scaling): Decider {
  for (const policy of scaling.policies) {
    if (policy.type === 'hpa') {
      const group = podGroupOf(scaling, policy);
      const decide = remembering(FRESH_STATE, (seen, state) => decidePods(group, seen, state));
      return { periodsMs: [group.settings.syncMs], momentsMs: [], sees: 'instances', decide };
    }
    if (policy.type === 'keda') {
      const group = kedaGroupOf(scaling, policy);
      const decide = remembering(initialKedaState(group), (seen, state) =>
        decideKeda(group, seen, state),
      );
      const periodsMs = [...new Set([policy.pollingMs, group.hpa.syncMs])];
      return { periodsMs, momentsMs: [], sees: 'instances', decide };
    }
  }
  return autoScalingGroup(scaling);
}

function autoScalingGroup(scaling: Scaling): Decider {
  const alarms = groupAlarms(scaling).map(({ alarm }) => alarm.periodMs);
  const { everyMinute, momentsMs } = groupMomentsMs(scaling);
  const decide = remembering(initialGroupState(scaling), (seen, state) =>
    maxed(decideGroup(scaling, seen, state)),
  );
  const periodsMs = [...new Set([...alarms, ...(everyMinute ? [60_000] : [])])];
  return { periodsMs, momentsMs, sees: 'datapoints', decide };
}

function maxed(decision: GroupDecision): Decided & { readonly state: GroupState } {
  return { ...decision, max: decision.state.max };
}

function remembering<State>(
  initial: State,
  decide: (observation: ScalingObservation, state: State) => Decided & { readonly state: State },
): Decider['decide'] {
  let state = initial;
  return (observation) => {
    const { state: after, desired, reason, max } = decide(observation, state);
    state = after;
    return max === undefined ? { desired, reason } : { desired, reason, max };
  };
}

/** How often a group decides at least; undefined when it has no policy that looks at metrics. */
export function decisionPeriodMs(scaling: Scaling): number | undefined {
  const { periodsMs } = deciderOf(scaling);
  return periodsMs.length > 0 ? Math.min(...periodsMs) : undefined;
}
