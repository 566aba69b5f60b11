/**
 * What each source of metrics does by default. Sources: Prometheus documentation (`scrape_interval`
 * as its examples and operators set it, `rate()`), metrics-server (`--metric-resolution`),
 * CloudWatch user guide (periods). How long CloudWatch takes to show a metric is not published; a
 * minute is what users report for the metrics of load balancers and instances.
 */
import type { MetricPipelineSettings } from './scaling-settings.ts';

export const PIPELINE_DEFAULTS: Readonly<
  Record<MetricPipelineSettings['source'], Omit<MetricPipelineSettings, 'source' | 'statistic'>>
> = {
  /** The exact numbers of the period that ends now. */
  direct: { scrapeMs: undefined, phaseMs: 0, windowMs: undefined, delayMs: 0, missingRatio: 0 },
  cloudwatch: {
    scrapeMs: undefined,
    phaseMs: 0,
    windowMs: undefined,
    delayMs: 60_000,
    missingRatio: 0,
  },
  prometheus: {
    scrapeMs: 15_000,
    phaseMs: undefined,
    windowMs: 60_000,
    delayMs: 0,
    missingRatio: 0,
  },
  /** Usage between the two latest scrapes of the kubelets. */
  'metrics-server': {
    scrapeMs: 15_000,
    phaseMs: undefined,
    windowMs: 30_000,
    delayMs: 0,
    missingRatio: 0,
  },
};
