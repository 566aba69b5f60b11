/** A checked group document → Scaling: sizes, policies, alarms. */
import { checked, duration, ratio, threshold } from './build-units.ts';
import { PIPELINE_DEFAULTS } from './metric-sources.ts';
import type {
  AlarmSettings,
  MetricPipelineSettings,
  Scaling,
  ScalingPolicy,
  StepAdjustment,
} from './model.ts';
import type {
  AdjustmentDocument,
  AlarmDocument,
  PolicyDocument,
  ScalingDocument,
  ServiceDocument,
  TargetTrackingDocument,
} from './model-document.ts';
import { parseDatapoints } from './units.ts';

const DEFAULT_DRAIN_MS = 300_000;
const DEFAULT_PERIOD_MS = 60_000;
const TARGET_TRACKING = { highPeriods: 3, lowPeriods: 15, lowRatio: 0.9 } as const;

/** A fixed size, or a size between bounds with policies that move it. */
export function buildScaling({ instances, scaling: document }: ServiceDocument): Scaling {
  if (document === undefined) {
    const size = checked(instances, 'instances');
    return { min: size, max: size, start: size, drainMs: DEFAULT_DRAIN_MS, policies: [] };
  }
  return {
    min: document.min,
    max: document.max,
    start: document.start ?? document.min,
    drainMs: document.drain === undefined ? DEFAULT_DRAIN_MS : duration(document.drain),
    ...(document.metrics === undefined ? {} : { metrics: pipeline(document.metrics) }),
    policies: document.policies.map(policy),
  };
}

function pipeline(document: NonNullable<ScalingDocument['metrics']>): MetricPipelineSettings {
  const settings = typeof document === 'string' ? { source: document } : document;
  const { source, scrape, phase, window, delay, missing, statistic = 'average' } = settings;
  const usual = PIPELINE_DEFAULTS[source];
  const ms = (text: string | undefined, otherwise: number | undefined) =>
    text === undefined ? otherwise : duration(text);
  const scrapeMs = ms(scrape, usual.scrapeMs);
  return {
    source,
    statistic,
    scrapeMs,
    phaseMs: ms(phase, usual.phaseMs),
    windowMs: ms(window, usual.windowMs && Math.max(usual.windowMs, 2 * (scrapeMs ?? 0))),
    delayMs: ms(delay, undefined) ?? usual.delayMs,
    missingRatio: missing === undefined ? usual.missingRatio : ratio(missing),
  };
}

function policy(document: PolicyDocument): ScalingPolicy {
  if ('target-tracking' in document) return tracking(document['target-tracking']);
  const settings = document['step-scaling'];
  return {
    type: 'step-scaling',
    alarm: alarm(settings.alarm),
    steps: settings.steps.map((adjustment) => adjusted(settings.alarm, adjustment)),
    minMagnitude: settings['min-magnitude'] ?? 1,
  };
}

function tracking(document: TargetTrackingDocument): ScalingPolicy {
  const low = document['low-threshold'];
  return {
    type: 'target-tracking',
    metric: document.metric,
    target: threshold(document.metric, document.target),
    periodMs: document.period === undefined ? DEFAULT_PERIOD_MS : duration(document.period),
    highPeriods: document.high ?? TARGET_TRACKING.highPeriods,
    lowPeriods: document.low ?? TARGET_TRACKING.lowPeriods,
    lowRatio: low === undefined ? TARGET_TRACKING.lowRatio : ratio(low),
    scaleIn: document['scale-in'] ?? true,
  };
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

function change(document: AdjustmentDocument): StepAdjustment['change'] {
  if (document.set !== undefined) return { type: 'exact-capacity', to: document.set };
  const sign = document.add === undefined ? -1 : 1;
  const amount = document.add ?? document.remove ?? 0;
  return typeof amount === 'number'
    ? { type: 'change-in-capacity', by: sign * amount }
    : { type: 'percent-change-in-capacity', byRatio: sign * ratio(amount) };
}
