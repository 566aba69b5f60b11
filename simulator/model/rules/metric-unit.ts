import type { Plain } from '../placed.ts';
import { type Complaint, mismatch, type Path } from '../problem.ts';
import type { MetricName } from '../scaling-settings.ts';
import { parseDuration, parsePercent, parseRate } from '../units.ts';

interface Unit {
  readonly expected: string;
  readonly parse: (text: string) => number | undefined;
}

const COUNT: Unit = { expected: 'a number such as 20', parse: () => undefined };
const UNITS: Readonly<Record<MetricName, Unit>> = {
  'requests-per-instance': { expected: 'a rate such as 200/s', parse: parseRate },
  utilization: { expected: 'a percentage such as 60%', parse: parsePercent },
  'in-flight': COUNT,
  'queue-length': COUNT,
  latency: { expected: 'a duration such as 300ms', parse: parseDuration },
};

/** The value of a threshold in the unit that it is written in; undefined for anything else. */
export function readThreshold(value: Plain | undefined): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return undefined;
  return parseRate(value) ?? parsePercent(value) ?? parseDuration(value);
}

/** A threshold is in the unit of its metric, and no utilization is above 100 %. */
export function* unitRules(
  metric: Plain | undefined,
  value: Plain | undefined,
  path: Path,
): Generator<Complaint> {
  if (typeof metric !== 'string' || !Object.hasOwn(UNITS, metric)) return;
  if (readThreshold(value) === undefined) return;
  // The line above has looked the name up.
  const { expected, parse } = UNITS[metric as MetricName];
  const own = typeof value === 'number' ? isCount(metric) : parse(String(value)) !== undefined;
  if (!own) yield mismatch(path, `${expected} for ${metric}`, String(value));
  else if (metric === 'utilization' && (readThreshold(value) ?? 0) > 1) {
    yield mismatch(path, 'at most 100% for utilization', String(value));
  }
}

function isCount(metric: string): boolean {
  return metric === 'in-flight' || metric === 'queue-length';
}
