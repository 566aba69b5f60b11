/**
 * A group of instances under a KEDA ScaledObject: KEDA crosses the boundary to zero (or idle), the
 * HPA that it makes scales above, on the sums of the group's metrics.
 */
import { formulaName } from '../../model/keda/formula.ts';
import type { MetricDocument } from '../../model/kubernetes/hpa-document.ts';
import type { Scaling } from '../../model/model.ts';
import type { KedaPolicySettings } from '../../model/scaling-settings.ts';
import { isTrue } from '../kubernetes/conditions.ts';
import { FRESH_STATE, type HpaState } from '../kubernetes/hpa.ts';
import { hpaSettingsOf } from '../kubernetes/hpa-defaults.ts';
import { decideHpaOfRows } from '../kubernetes/hpa-rows.ts';
import type { HpaSettings } from '../kubernetes/hpa-settings.ts';
import type { InstanceView, ScalingObservation } from '../scaling.ts';
import type { HpaMetric, TriggerReading } from './external-metrics.ts';
import { hpaMetrics } from './looks.ts';
import { COMPOSITE } from './modifiers.ts';
import {
  decideScaledObject,
  initialScaledObjectState,
  type ScaledObject,
  type ScaledObjectState,
} from './scaled-object.ts';

export interface KedaGroup {
  readonly policy: KedaPolicySettings;
  readonly settings: ScaledObject;
  readonly hpa: HpaSettings;
}

export interface KedaState {
  readonly scaledObject: ScaledObjectState;
  readonly hpa: HpaState;
}

/** How often the HPA asks; KEDA polls at its own pace. */
const SYNC_MS = 15_000;

/** A ScaledObject whose bounds are the group's. */
export function kedaGroupOf({ min, max }: Scaling, policy: KedaPolicySettings): KedaGroup {
  const { triggers, pollingMs, cooldownMs, initialCooldownMs, idle, behavior } = policy;
  const settings: ScaledObject = {
    pollingIntervalMs: pollingMs,
    cooldownMs,
    initialCooldownMs,
    idleReplicas: idle,
    minReplicas: min,
    maxReplicas: max,
    fallback: policy.fallback,
    isPaused: false,
    pausedReplicas: undefined,
    isScaleInPaused: false,
    isScaleOutPaused: false,
    isActivationForced: false,
    behavior: undefined,
    triggers: triggers.map(({ metric, target, activation }) => ({
      name: formulaName(metric),
      metricType: 'AverageValue',
      target,
      activationThreshold: activation,
      isResource: false,
      scaleOnInFlight: true,
      scaleOnDelayed: false,
    })),
    modifiers: policy.modifiers,
  };
  const hpa = hpaSettingsOf({
    minReplicas: Math.max(1, min),
    maxReplicas: max,
    metrics: metricsOf(policy),
    ...(behavior === undefined ? {} : { behavior }),
  });
  return { policy, settings, hpa };
}

/** What the HPA is told to look at. */
function metricsOf({ triggers, modifiers }: KedaPolicySettings): MetricDocument[] {
  if (modifiers === undefined) {
    return triggers.map(({ metric, target }) => external(metric, 'AverageValue', target));
  }
  return [external(COMPOSITE, modifiers.metricType, modifiers.target)];
}

function external(name: string, type: 'AverageValue' | 'Value', target: number): MetricDocument {
  const quantity = `${Math.round(target * 1000)}m`;
  const value = type === 'Value' ? { value: quantity } : { averageValue: quantity };
  return { type: 'External', external: { metric: { name }, target: { type, ...value } } };
}

export function initialKedaState({ settings }: KedaGroup): KedaState {
  return { scaledObject: initialScaledObjectState(settings), hpa: FRESH_STATE };
}

/** KEDA's pass where it is time to poll, else (or where that leaves the size alone) the HPA's. */
export function decideKeda(
  group: KedaGroup,
  observation: ScalingObservation,
  state: KedaState,
): { desired: number; reason: string; state: KedaState } {
  const { nowMs, desired: currentReplicas, instances = [] } = observation;
  const readings = readingsOf(group, observation);
  const readyReplicas = instances.filter(isReady).length;
  const isHpaScaling = isTrue(state.hpa.conditions, 'ScalingActive');
  const isHpaAsking = isSync(nowMs);
  const question = { nowMs, currentReplicas, readyReplicas, readings, isHpaScaling, isHpaAsking };
  if (nowMs % group.policy.pollingMs === 0) {
    const pass = decideScaledObject(group.settings, question, state.scaledObject);
    const scaledObject = pass.state;
    const isOver = pass.desired !== currentReplicas || currentReplicas === 0 || !isHpaAsking;
    if (isOver)
      return { desired: pass.desired, reason: pass.reason, state: { ...state, scaledObject } };
    return askHpa(group, observation, pass.hpaMetrics, { ...state, scaledObject });
  }
  const { failures } = state.scaledObject;
  const answer = hpaMetrics(group.settings, { ...question, failures });
  const scaledObject = { ...state.scaledObject, failures: answer.failures };
  return askHpa(group, observation, answer.metrics, { ...state, scaledObject });
}

function isSync(nowMs: number): boolean {
  return nowMs % SYNC_MS === 0;
}

/** The sum over the instances, and what found none. */
function readingsOf({ policy }: KedaGroup, observation: ScalingObservation): TriggerReading[] {
  const { instances = [], turnedAwayPerSecond = 0 } = observation;
  return policy.triggers.map(({ metric }) => {
    const values = instances.flatMap(({ metrics }) => metrics[metric] ?? []);
    const isMissing = values.length === 0 && instances.some(isReady);
    if (isMissing) return {};
    const sum = values.reduce((total, value) => total + value, 0);
    return { value: metric === 'requests-per-instance' ? sum + turnedAwayPerSecond : sum };
  });
}

function isReady({ readyAtMs }: InstanceView): boolean {
  return readyAtMs !== undefined;
}

function askHpa(
  group: KedaGroup,
  { nowMs, desired, instances = [] }: ScalingObservation,
  metrics: readonly HpaMetric[],
  state: KedaState,
): { desired: number; reason: string; state: KedaState } {
  const valuesMilli = metrics.map(({ value }) =>
    value === null ? undefined : Math.round(value * 1000),
  );
  const sizes = { nowMs, specReplicas: desired, statusReplicas: instances.length };
  const decision = decideHpaOfRows(group.hpa, { ...sizes, rows: [], valuesMilli }, state.hpa);
  return {
    desired: decision.desired,
    reason: decision.reason,
    state: { ...state, hpa: decision.state },
  };
}
