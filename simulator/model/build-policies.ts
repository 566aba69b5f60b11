/** Checked policy documents → what moves a group's size. */
import { checked, duration, rate, ratio, threshold } from './build-units.ts';
import type {
  AdjustmentDocument,
  AlarmDocument,
  ChangeDocument,
  FallbackName,
  HpaPolicyDocument,
  KedaPolicyDocument,
  PolicyDocument,
  PredictiveDocument,
  ScheduledDocument,
  SimpleScalingDocument,
  TargetTrackingDocument,
} from './policy-document.ts';
import type {
  AlarmSettings,
  ApplicationCooldown,
  HpaPolicySettings,
  KedaFallback,
  KedaPolicySettings,
  PredictiveSettings,
  ScalingPolicy,
  ScheduledSettings,
  SimpleScalingSettings,
  StepAdjustment,
  TargetTrackingSettings,
} from './scaling-settings.ts';
import { parseOffset } from './starts.ts';
import { parseDatapoints } from './units.ts';

const TARGET_TRACKING = { highPeriods: 3, lowPeriods: 15, lowRatio: 0.9 } as const;

/** @param clockMs the run's moment 0 */
export function buildPolicy(document: PolicyDocument, clockMs: number): ScalingPolicy {
  if ('target-tracking' in document) return tracking(document['target-tracking']);
  if ('simple-scaling' in document) return simple(document['simple-scaling']);
  if ('scheduled' in document) return scheduled(document.scheduled, clockMs);
  if ('predictive' in document) return predictive(document.predictive, clockMs);
  if ('hpa' in document) return hpa(document.hpa);
  if ('keda' in document) return keda(document.keda);
  const settings = document['step-scaling'];
  return {
    type: 'step-scaling',
    alarm: alarm(settings.alarm),
    steps: settings.steps.map((adjustment) => adjusted(settings.alarm, adjustment)),
    minMagnitude: settings['min-magnitude'] ?? 1,
    ...(settings.cooldown !== undefined && {
      cooldown: cooldown({ out: settings.cooldown, in: settings.cooldown }),
    }),
  };
}

/** The defaults of ECS. */
function cooldown(document: NonNullable<TargetTrackingDocument['cooldown']>): ApplicationCooldown {
  const { out = '300s', in: inwards = '300s' } = document;
  return { scaleOutMs: duration(out), scaleInMs: duration(inwards) };
}

function tracking(document: TargetTrackingDocument): TargetTrackingSettings {
  const low = document['low-threshold'];
  return {
    type: 'target-tracking',
    metric: document.metric,
    target: threshold(document.metric, document.target),
    periodMs: duration(document.period ?? '60s'),
    highPeriods: document.high ?? TARGET_TRACKING.highPeriods,
    lowPeriods: document.low ?? TARGET_TRACKING.lowPeriods,
    lowRatio: low === undefined ? TARGET_TRACKING.lowRatio : ratio(low),
    scaleIn: document['scale-in'] ?? true,
    ...(document.cooldown !== undefined && { cooldown: cooldown(document.cooldown) }),
  };
}

function simple(document: SimpleScalingDocument): SimpleScalingSettings {
  return {
    type: 'simple-scaling',
    alarm: alarm(document.alarm),
    change: change(document),
    minMagnitude: document['min-magnitude'] ?? 1,
    cooldownMs: duration(document.cooldown ?? '300s'),
  };
}

function scheduled(
  { at, cron, zone, min, max, set }: ScheduledDocument,
  clockMs: number,
): ScheduledSettings {
  const atMs = at === undefined ? undefined : duration(at);
  const offset = zone === undefined ? {} : { offsetMs: checked(parseOffset(zone), zone) };
  return { type: 'scheduled', cron, ...offset, atMs, clockMs, min, max, desired: set };
}

function predictive(document: PredictiveDocument, clockMs: number): PredictiveSettings {
  const buffer = document['max-buffer'];
  return {
    type: 'predictive',
    targetPerSecond: rate(document.target),
    historyPerSecond: document.history.map(rate),
    clockMs,
    mode: document.mode ?? 'forecast-and-scale',
    bufferMs: duration(document.buffer ?? '300s'),
    maxBreach: document['max-breach'] ?? 'honor-max-capacity',
    maxBufferPercent: buffer === undefined ? undefined : ratio(buffer) * 100,
  };
}

function hpa({ metrics, request, behavior, controller }: HpaPolicyDocument): HpaPolicySettings {
  return {
    type: 'hpa',
    metrics: metrics.map(({ metric, target }) => ({ metric, target: threshold(metric, target) })),
    requestRatio: ratio(request ?? '100%'),
    ...(behavior === undefined ? {} : { behavior }),
    ...(controller === undefined ? {} : { controller }),
  };
}

function keda(document: KedaPolicyDocument): KedaPolicySettings {
  const { fallback, behavior } = document;
  return {
    type: 'keda',
    triggers: document.triggers.map(({ metric, target, activation = 0 }) => ({
      metric,
      target: threshold(metric, target),
      activation: threshold(metric, activation),
    })),
    pollingMs: duration(document.polling ?? '30s'),
    cooldownMs: duration(document.cooldown ?? '300s'),
    initialCooldownMs: duration(document['initial-cooldown'] ?? '0s'),
    idle: document.idle,
    fallback: fallback && kedaFallback(fallback),
    ...(behavior === undefined ? {} : { behavior }),
    ...modifiers(document['scaling-modifiers']),
  };
}

const BEHAVIORS: Readonly<Record<FallbackName, NonNullable<KedaFallback['behavior']>>> = {
  static: 'static',
  'current-replicas': 'currentReplicas',
  'current-replicas-if-higher': 'currentReplicasIfHigher',
  'current-replicas-if-lower': 'currentReplicasIfLower',
  'scaling-modifiers': 'scalingModifiers',
};

function kedaFallback(document: NonNullable<KedaPolicyDocument['fallback']>): KedaFallback {
  const { failures: failureThreshold, replicas, behavior } = document;
  const fallback = { failureThreshold, replicas };
  return behavior === undefined ? fallback : { ...fallback, behavior: BEHAVIORS[behavior] };
}

function modifiers(
  document: KedaPolicyDocument['scaling-modifiers'],
): Pick<KedaPolicySettings, 'modifiers'> {
  if (document === undefined) return {};
  const { formula, target, 'activation-target': activationTarget = 0 } = document;
  const metricType = document['metric-type'] === 'value' ? 'Value' : 'AverageValue';
  return { modifiers: { formula, target, activationTarget, metricType } };
}

function alarm(document: AlarmDocument): AlarmSettings {
  const text = document.datapoints ?? '1 of 1';
  const [datapointsToAlarm, evaluationPeriods] = parseDatapoints(text) ?? [1, 1];
  return {
    metric: document.metric,
    comparison: document.above === undefined ? 'below' : 'above',
    threshold: threshold(document.metric, document.above ?? document.below ?? ''),
    periodMs: duration(document.period),
    evaluationPeriods,
    datapointsToAlarm,
    missingData: document.missing ?? 'missing',
  };
}

/**
 * In a file, bounds are distances from the threshold in the direction of the breach; in the model
 * they are signed offsets, so those of a `below` alarm turn round.
 */
function adjusted(alarm: AlarmDocument, document: AdjustmentDocument): StepAdjustment {
  const bound = (text: string | number | undefined, sign: number) =>
    text === undefined ? undefined : sign * threshold(alarm.metric, text);
  const above = alarm.above !== undefined;
  return {
    lower: above ? bound(document.from, 1) : bound(document.to, -1),
    upper: above ? bound(document.to, 1) : bound(document.from, -1),
    change: change(document),
  };
}

function change(document: ChangeDocument): StepAdjustment['change'] {
  if (document.set !== undefined) return { type: 'exact-capacity', to: document.set };
  const sign = document.add === undefined ? -1 : 1;
  const amount = document.add ?? document.remove ?? 0;
  return typeof amount === 'number'
    ? { type: 'change-in-capacity', by: sign * amount }
    : { type: 'percent-change-in-capacity', byRatio: sign * ratio(amount) };
}
