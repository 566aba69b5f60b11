/** Metrics as users read them. */
import type { MetricName } from '../model/scaling-settings.ts';
import { formatDuration } from '../model/units.ts';

/** `143.2/s`, `71.5 %`, `310 ms`, `12.5 waiting`. */
export function formatMetric(metric: MetricName, value: number): string {
  switch (metric) {
    case 'requests-per-instance':
      return `${value.toFixed(1)}/s`;
    case 'utilization':
      return `${(value * 100).toFixed(1)} %`;
    case 'in-flight':
      return `${value.toFixed(1)} in flight`;
    case 'queue-length':
      return `${value.toFixed(1)} waiting`;
    case 'latency':
      return formatDuration(value);
    default:
      throw new Error(`unknown metric ${metric satisfies never}`);
  }
}
