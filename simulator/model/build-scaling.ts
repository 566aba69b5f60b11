/** A checked group document → Scaling: sizes, policies, alarms. */
import { buildPolicy } from './build-policies.ts';
import { checked, distribution, duration, ratio } from './build-units.ts';
import { PIPELINE_DEFAULTS } from './metric-sources.ts';
import type { Scaling, WarmPoolSettings } from './model.ts';
import type { ScalingDocument, ServiceDocument } from './model-document.ts';
import type { MetricPipelineSettings } from './scaling-settings.ts';
import { parsePrice } from './units.ts';

const DEFAULT_DRAIN_MS = 300_000;

/** A fixed size, or a size between bounds with policies that move it. */
export function buildScaling(
  { instances, scaling: document }: ServiceDocument,
  clockMs: number,
): Scaling {
  if (document === undefined) {
    const size = checked(instances, 'instances');
    return { min: size, max: size, start: size, drainMs: DEFAULT_DRAIN_MS, policies: [] };
  }
  return {
    min: document.min,
    max: document.max,
    start: document.start ?? document.min,
    drainMs: document.drain === undefined ? DEFAULT_DRAIN_MS : duration(document.drain),
    ...(document.termination !== undefined && { termination: document.termination }),
    ...replacementOf(document),
    ...(document['warm-pool'] && { warmPool: warmPool(document['warm-pool']) }),
    ...metricsOf(document),
    policies: document.policies.map((policy) => buildPolicy(policy, clockMs)),
  };
}

/** The grace period of EC2 Auto Scaling's console. */
function replacementOf(document: ScalingDocument): Pick<Scaling, 'replaceUnhealthy'> {
  const asked = document['replace-unhealthy'];
  return asked === undefined
    ? {}
    : { replaceUnhealthy: { graceMs: duration(asked.grace ?? '300s') } };
}

function warmPool(document: NonNullable<ScalingDocument['warm-pool']>): WarmPoolSettings {
  const { state, boot = '0s', min = 0, reuse = false, price = '$0/h' } = document;
  return {
    poolState: state,
    maxPrepared: document['max-prepared'],
    minSize: min,
    reuseOnScaleIn: reuse,
    boot: distribution(boot),
    dollarsPerHour: state === 'running' ? undefined : checked(parsePrice(price), price),
  };
}

/** Pods are measured by Kubernetes' own source unless the file says otherwise. */
function metricsOf({ metrics, policies }: ScalingDocument): Pick<Scaling, 'metrics'> {
  if (metrics !== undefined) return { metrics: pipeline(metrics) };
  const isOfPods = policies.some((one) => 'hpa' in one);
  const isOfKeda = policies.some((one) => 'keda' in one);
  if (isOfPods) return { metrics: pipeline('metrics-server') };
  return isOfKeda ? { metrics: pipeline('prometheus') } : {};
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
