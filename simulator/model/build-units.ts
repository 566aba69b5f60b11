/** Words that the schema has checked → numbers. */
import type { Distribution } from './model.ts';
import type { DistributionDocument } from './model-document.ts';
import type { MetricName } from './scaling-settings.ts';
import { parseDuration, parsePercent, parseRate } from './units.ts';

/** The value of a quantity; throws where the schema should have refused it. */
export function checked(value: number | undefined, text: string): number {
  if (value === undefined) throw new Error(`"${text}" passed the schema, but has no value`);
  return value;
}

/** Milliseconds. */
export function duration(text: string): number {
  return checked(parseDuration(text), text);
}

/** Requests per second. */
export function rate(text: string): number {
  return checked(parseRate(text), text);
}

/** 0..1 for what is below 100 %. */
export function ratio(text: string): number {
  return checked(parsePercent(text), text);
}

/** A threshold in the unit of its metric. */
export function threshold(metric: MetricName, value: string | number): number {
  if (typeof value === 'number') return value;
  if (metric === 'utilization') return ratio(value);
  return metric === 'latency' ? duration(value) : rate(value);
}

/** All six ways to say how long something takes. */
export function distribution(document: DistributionDocument): Distribution {
  if (typeof document === 'string') return { type: 'constant', ms: duration(document) };
  if ('exponential' in document) {
    return { type: 'exponential', meanMs: duration(document.exponential) };
  }
  if ('empirical' in document) {
    return { type: 'empirical', valuesMs: document.empirical.map(duration) };
  }
  if ('pareto' in document) {
    const { min, shape } = document.pareto;
    return { type: 'pareto', minMs: duration(min), shape };
  }
  if ('mean' in document) {
    const { mean, scv } = document;
    return { type: 'phase-type', meanMs: duration(mean), squaredVariation: scv };
  }
  const { median, p99 } = document;
  return { type: 'lognormal', medianMs: duration(median), p99Ms: duration(p99) };
}
