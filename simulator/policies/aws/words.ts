/** Words that reasons of AWS policies share. */
import { formatMetric } from '../metrics.ts';

/** A metric's value in its unit where that is known, else the number: `71.5 %`, `143.2/s`, `60`. */
export function showMetric(metric: string, value: number): string {
  switch (metric) {
    case 'utilization':
    case 'requests-per-instance':
      return formatMetric(metric, value);
    default:
      return String(Math.round(value * 1000) / 1000);
  }
}

/** How long still, in whole seconds: `118 s`. */
export function showSeconds(ms: number): string {
  return `${Math.ceil(ms / 1000)} s`;
}
