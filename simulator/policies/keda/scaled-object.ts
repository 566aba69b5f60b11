/**
 * KEDA's ScaledObject. KEDA itself only crosses the boundary between 0 (or idle) and the minimum;
 * between minimum and maximum the HPA that it makes scales, on the metrics that it is told
 * (`looks.ts`). Source: KEDA 2.21 `pkg/scaling/executor/scale_scaledobjects.go`,
 * `pkg/scaling/scale_handler.go`, `controllers/keda/scaledobject_controller.go`.
 *
 *      0 or idle ◄──── KEDA: inactive for the cooldown, straight from N
 *          │
 *          └─ KEDA: a trigger is active ─► min ◄──── the HPA ────► max
 */
import { formatDuration } from '../../model/units.ts';
import type { HpaMetric, TriggerReading } from './external-metrics.ts';
import { type Activity, bothLooks } from './looks.ts';
import type { Fallback, HpaBehavior, Manifest, ScaledObjectSpec } from './manifest.ts';
import { isSet, partsOf } from './manifest.ts';
import type { ScalingModifiers } from './modifiers.ts';
import { parseDecimal, readTrigger, type Trigger } from './trigger-types.ts';

export const PAUSED_REPLICAS = 'autoscaling.keda.sh/paused-replicas';
const PAUSED = 'autoscaling.keda.sh/paused';
const PAUSED_SCALE_IN = 'autoscaling.keda.sh/paused-scale-in';
/** The name of before 2.18. */
const PAUSED_SCALE_DOWN = 'autoscaling.keda.sh/paused-scale-down';
const PAUSED_SCALE_OUT = 'autoscaling.keda.sh/paused-scale-out';
const FORCE_ACTIVATION = 'autoscaling.keda.sh/force-activation';

export interface ScaledObject {
  readonly pollingIntervalMs: number;
  readonly cooldownMs: number;
  readonly initialCooldownMs: number;
  readonly idleReplicas: number | undefined;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly fallback: Fallback | undefined;
  readonly isPaused: boolean;
  readonly pausedReplicas: number | undefined;
  readonly isScaleInPaused: boolean;
  readonly isScaleOutPaused: boolean;
  readonly isActivationForced: boolean;
  readonly behavior: HpaBehavior | undefined;
  readonly triggers: readonly Trigger[];
  /** A formula over the triggers that takes their place. */
  readonly modifiers?: ScalingModifiers | undefined;
}

export interface ScaledObjectObservation {
  readonly nowMs: number;
  /** `spec.replicas` of the scale target. */
  readonly currentReplicas: number;
  readonly readyReplicas: number;
  /** In the order of the triggers. */
  readonly readings: readonly TriggerReading[];
  /** The HPA's condition ScalingActive; absent: where it gets all of its metrics. */
  readonly isHpaScaling?: boolean | undefined;
  /** Whether the HPA asks at this moment, too; default true. */
  readonly isHpaAsking?: boolean | undefined;
}

export interface ScaledObjectState {
  /** First seen; null before the first observation. */
  readonly createdAtMs: number | null;
  readonly lastActiveAtMs: number | null;
  /** Failures in a row, by trigger. */
  readonly failures: readonly number[];
}

/** As in the `status.conditions` of the vendor's objects. */
export interface Condition {
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
}

/** What KEDA's HPA is given; null while the ScaledObject is paused, when there is no HPA. */
export interface Hpa {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly behavior?: HpaBehavior;
}

export interface ScaledObjectDecision {
  /** Replicas that KEDA sets; the current ones where it leaves them to the HPA. */
  readonly desired: number;
  readonly hpa: Hpa | null;
  readonly hpaMetrics: readonly HpaMetric[];
  readonly conditions: Readonly<Record<'Ready' | 'Active' | 'Paused' | 'Fallback', Condition>>;
  readonly reason: string;
  readonly state: ScaledObjectState;
}

/** Settings of a manifest with the vendor's defaults. */
export function readScaledObject(manifest: Manifest<ScaledObjectSpec>): ScaledObject {
  const { spec, annotations } = partsOf(manifest);
  const pausedReplicas = annotations[PAUSED_REPLICAS];
  return {
    pollingIntervalMs: (spec.pollingInterval ?? 30) * 1000,
    cooldownMs: (spec.cooldownPeriod ?? 300) * 1000,
    initialCooldownMs: (spec.initialCooldownPeriod ?? 0) * 1000,
    idleReplicas: spec.idleReplicaCount,
    minReplicas: spec.minReplicaCount ?? 0,
    maxReplicas: spec.maxReplicaCount ?? 100,
    fallback: spec.fallback,
    isPaused: pausedReplicas !== undefined || isSet(annotations, PAUSED),
    pausedReplicas: pausedReplicas === undefined ? undefined : Number(pausedReplicas),
    isScaleInPaused: isSet(annotations, PAUSED_SCALE_IN) || isSet(annotations, PAUSED_SCALE_DOWN),
    isScaleOutPaused: isSet(annotations, PAUSED_SCALE_OUT),
    isActivationForced: isSet(annotations, FORCE_ACTIVATION),
    behavior: spec.advanced?.horizontalPodAutoscalerConfig?.behavior,
    triggers: spec.triggers.map(readTrigger),
    modifiers: readModifiers(spec),
  };
}

function readModifiers({ advanced }: ScaledObjectSpec): ScalingModifiers | undefined {
  const modifiers = advanced?.scalingModifiers;
  if (modifiers === undefined) return undefined;
  const { formula = '', target = '', activationTarget = '0', metricType } = modifiers;
  return {
    formula,
    target: parseDecimal(target),
    activationTarget: parseDecimal(activationTarget),
    metricType: metricType === 'Value' ? 'Value' : 'AverageValue',
  };
}

export function initialScaledObjectState(settings: ScaledObject): ScaledObjectState {
  return { createdAtMs: null, lastActiveAtMs: null, failures: settings.triggers.map(() => 0) };
}

/** What one pass of KEDA's loop does to the replicas. */
interface Pass {
  readonly desired: number;
  readonly active: Condition;
  readonly ready: Condition;
  readonly isActiveNow: boolean;
  readonly reason: string;
}

const READY: Condition = { status: 'True', reason: 'ScaledObjectReady' };
const ACTIVE: Condition = { status: 'True', reason: 'ScalerActive' };
const NOT_ACTIVE: Condition = { status: 'False', reason: 'ScalerNotActive' };
const COOLING: Condition = { status: 'False', reason: 'ScalerCooldown' };
const PARTIAL: Condition = { status: 'Unknown', reason: 'PartialTriggerError' };
const BROKEN: Condition = { status: 'False', reason: 'TriggerError' };

/**
 * One pass of KEDA's loop and one question of its HPA at the same moment. Returns the current
 * replicas as desired where KEDA leaves them alone.
 * Example: minReplicaCount 0, cooldown 300 s, 7 replicas, last active 301 s ago → 0, not 6.
 */
export function decideScaledObject(
  settings: ScaledObject,
  observation: ScaledObjectObservation,
  state: ScaledObjectState,
): ScaledObjectDecision {
  const createdAtMs = state.createdAtMs ?? observation.nowMs;
  if (settings.isPaused) return decidePaused(settings, observation, { ...state, createdAtMs });
  const question = { ...observation, failures: state.failures };
  const looks = bothLooks(settings, question, observation);
  const { activity, metrics, failures, isFallingBack } = looks;
  const pass = decidePass(settings, observation, activity, { ...state, createdAtMs });
  const conditions = {
    Ready: pass.ready,
    Active: pass.active,
    Paused: pausedCondition(settings.isScaleInPaused || settings.isScaleOutPaused),
    Fallback: isFallingBack
      ? ({ status: 'True', reason: 'FallbackExists' } as const)
      : ({ status: 'False', reason: 'NoFallbackFound' } as const),
  };
  const lastActiveAtMs = pass.isActiveNow ? observation.nowMs : state.lastActiveAtMs;
  return {
    desired: pass.desired,
    hpa: hpaOf(settings),
    hpaMetrics: metrics,
    conditions,
    reason: pass.reason,
    state: { createdAtMs, lastActiveAtMs, failures },
  };
}

function decidePaused(
  settings: ScaledObject,
  { currentReplicas }: ScaledObjectObservation,
  state: ScaledObjectState,
): ScaledObjectDecision {
  const desired = settings.pausedReplicas ?? currentReplicas;
  const where = desired === currentReplicas ? `at ${desired}` : `${currentReplicas} → ${desired}`;
  return {
    desired,
    hpa: null,
    hpaMetrics: [],
    conditions: {
      Ready: READY,
      Active: { status: 'Unknown', reason: 'ScaledObjectPaused' },
      Paused: pausedCondition(true),
      Fallback: { status: 'False', reason: 'NoFallbackFound' },
    },
    reason: `ScaledObjectPaused: ${where}, without an HPA`,
    state,
  };
}

function pausedCondition(isPaused: boolean): Condition {
  return isPaused
    ? { status: 'True', reason: 'ScaledObjectPaused' }
    : { status: 'False', reason: 'ScaledObjectUnpaused' };
}

function hpaOf({ minReplicas, maxReplicas, ...settings }: ScaledObject): Hpa {
  let { behavior } = settings;
  const disabled = { selectPolicy: 'Disabled' };
  if (settings.isScaleInPaused) {
    behavior = { ...behavior, scaleDown: { ...behavior?.['scaleDown'], ...disabled } };
  }
  if (settings.isScaleOutPaused) {
    behavior = { ...behavior, scaleUp: { ...behavior?.['scaleUp'], ...disabled } };
  }
  const hpa = { minReplicas: Math.max(1, minReplicas), maxReplicas };
  return behavior === undefined ? hpa : { ...hpa, behavior };
}

function decidePass(
  settings: ScaledObject,
  observation: ScaledObjectObservation,
  { active, failed }: Activity,
  state: ScaledObjectState,
): Pass {
  if (active.length > 0 || settings.isActivationForced) {
    const because = settings.isActivationForced
      ? 'activation is forced'
      : `${active.join(', ')} active`;
    return passWhenActive(settings, observation.currentReplicas, because, failed);
  }
  return passWhenInactive(settings, observation, state, failed);
}

function passWhenActive(
  settings: ScaledObject,
  current: number,
  because: string,
  failed: readonly string[],
): Pass {
  const common = { active: ACTIVE, ready: READY, desired: current, isActiveNow: false };
  const belowMin = settings.idleReplicas !== undefined && current < settings.minReplicas;
  if (belowMin || current === 0) {
    const desired = Math.max(1, settings.minReplicas);
    if (settings.isScaleOutPaused) {
      return { ...common, reason: `ScalerActive: ${because}, scale-out is paused at ${current}` };
    }
    const reason = `ScalerActive: ${because}: ${current} → ${desired}`;
    return { ...common, desired, isActiveNow: true, reason };
  }
  if (failed.length > 0) {
    // KEDA does not note the activity of such a pass, so that the cooldown runs on.
    const reason = `PartialTriggerError: ${failed.join(', ')} failed, ${because}`;
    return { ...common, ready: PARTIAL, reason };
  }
  const reason = `ScalerActive: ${because}; the HPA scales ${current}`;
  return { ...common, isActiveNow: true, reason };
}

function passWhenInactive(
  settings: ScaledObject,
  observation: ScaledObjectObservation,
  state: ScaledObjectState,
  failed: readonly string[],
): Pass {
  const { currentReplicas: current } = observation;
  const { idleReplicas: idle, minReplicas: min, fallback } = settings;
  const common = { active: NOT_ACTIVE, ready: READY, desired: current, isActiveNow: false };
  if (failed.length > 0 && fallback === undefined) {
    const reason = `TriggerError: ${failed.join(', ')} failed, no fallback: held at ${current}`;
    return { ...common, ready: BROKEN, reason };
  }
  if (failed.length > 0 && fallback !== undefined && fallback.replicas !== 0) {
    const how = `held at ${current} until it falls back`;
    return { ...common, reason: `${failed.join(', ')} failed: ${how}` };
  }
  if ((idle !== undefined && current > idle) || (current > 0 && min === 0)) {
    return coolDown(settings, observation, state);
  }
  if (idle === undefined && current < min) {
    return { ...common, desired: min, reason: `ScalerNotActive: below min: ${current} → ${min}` };
  }
  return { ...common, reason: `ScalerNotActive: no trigger active, ${current} stay` };
}

/** Down to idle or zero at once, when the cooldown is over; strictly, as the vendor compares. */
function coolDown(
  settings: ScaledObject,
  { nowMs, currentReplicas: current }: ScaledObjectObservation,
  { createdAtMs, lastActiveAtMs }: ScaledObjectState,
): Pass {
  const common = { active: NOT_ACTIVE, ready: READY, desired: current, isActiveNow: false };
  if (settings.isScaleInPaused) {
    return { ...common, reason: `ScalerNotActive: scale-in is paused at ${current}` };
  }
  const sinceMs = lastActiveAtMs ?? createdAtMs ?? nowMs;
  const periodMs = lastActiveAtMs === null ? settings.initialCooldownMs : settings.cooldownMs;
  const endMs = sinceMs + periodMs;
  if (endMs < nowMs) {
    const desired = settings.idleReplicas ?? settings.minReplicas;
    const since = lastActiveAtMs === null ? 'never active' : 'inactive';
    const reason = `ScalerNotActive: ${since} for ${formatDuration(nowMs - sinceMs)}: `;
    return { ...common, desired, reason: `${reason}${current} → ${desired}` };
  }
  const which = lastActiveAtMs === null ? 'initial cooldown' : 'cooldown';
  const reason = `ScalerCooldown: ${which} for ${formatDuration(endMs - nowMs)} more`;
  return { ...common, active: COOLING, reason };
}
