/** Metrics as people read them, whatever file they come from. */
import type { MetricName } from '../simulator/model/scaling-settings.ts';
import { formatPercent, formatRate, significant } from '../simulator/model/units.ts';
import { formatMetric } from '../simulator/policies/metrics.ts';

const METRICS: Readonly<Record<MetricName, true>> = {
  'requests-per-instance': true,
  utilization: true,
  'in-flight': true,
  'queue-length': true,
  latency: true,
};

/** As reasons have it, `131.7/s`; a metric that is not known here, as its bare number. */
export function shownMetric(metric: string, value: number): string {
  return isMetric(metric) ? formatMetric(metric, value) : significant(value);
}

/** As model files have it: `120/s`, `60 %`, `300 ms`. */
export function shownThreshold(metric: string, value: number): string {
  if (metric === 'requests-per-instance') return formatRate(value);
  return metric === 'utilization' ? formatPercent(value) : shownMetric(metric, value);
}

function isMetric(name: string): name is MetricName {
  return Object.hasOwn(METRICS, name);
}
