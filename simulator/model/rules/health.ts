import type { Plain, PlainMap } from '../placed.ts';
import { type Complaint, mismatch, type Path } from '../problem.ts';
import { formatDuration, parseDuration, parsePercent } from '../units.ts';
import { concurrencyRules } from './concurrency.ts';
import { saysAny } from './localities.ts';
import { asMap, asNumber, read } from './look.ts';

/** What vendors allow: shortest and longest, in seconds, and fewest and most in a row. */
const ALB = { interval: [5, 300], timeout: [2, 120], rise: [2, 10], fall: [2, 10] } as const;
const ENVOY_KEYS = ['interval', 'timeout', 'rise', 'fall'] as const;

/** Health checks and outlier detection are such as their vendors take. */
export function* healthRules(service: PlainMap, path: Path): Generator<Complaint> {
  const check = asMap(service['health-check']);
  const outliers = asMap(service['outlier-detection']);
  yield* checkRules(check, [...path, 'health-check']);
  yield* outlierRules(outliers, [...path, 'outlier-detection']);
  yield* concurrencyRules(asMap(service['concurrency']), [...path, 'concurrency']);
  yield* limitRules(asMap(service['limits']), [...path, 'limits']);
  const { panic, 'fail-on-panic': failsOnPanic } = service;
  yield* shareRule(panic, [...path, 'panic']);
  // Zones with priorities have a threshold of their own, 50 %.
  if (failsOnPanic !== undefined && panic === undefined && !saysAny(service['zones'])) {
    const expected = '`panic` with it (Envoy: fail_traffic_on_panic)';
    yield mismatch([...path, 'fail-on-panic'], expected, 'none', { about: 'key' });
  }
  const isWatched = 'health-check' in service || 'outlier-detection' in service;
  if (panic !== undefined && !isWatched) {
    const expected = '`health-check` or `outlier-detection` with it';
    yield mismatch([...path, 'panic'], expected, 'neither', { about: 'key' });
  }
}

function* checkRules(check: PlainMap, path: Path): Generator<Complaint> {
  const { rules } = check;
  for (const key of ['interval', 'timeout']) yield* aboveNothing(check[key], [...path, key]);
  if (rules === 'envoy') {
    const missing = ENVOY_KEYS.filter((key) => check[key] === undefined);
    if (missing.length > 0) {
      const expected = '`interval`, `timeout`, `rise` and `fall` (Envoy has no defaults)';
      yield mismatch(path, expected, `no ${missing.join(', ')}`, { about: 'key' });
    }
  }
  if (rules === 'alb') yield* albRules(check, path);
  const { interval = rules === 'alb' ? '30s' : undefined, timeout } = check;
  const [intervalMs, timeoutMs] = [read(interval, parseDuration), read(timeout, parseDuration)];
  if (rules === 'alb' && (timeoutMs ?? 0) >= (intervalMs ?? Number.POSITIVE_INFINITY)) {
    const expected = `less than the interval of ${interval} (ALB)`;
    yield mismatch([...path, 'timeout'], expected, String(timeout));
  }
}

function* albRules(check: PlainMap, path: Path): Generator<Complaint> {
  for (const key of ['interval', 'timeout'] as const) {
    const seconds = (read(check[key], parseDuration) ?? Number.NaN) / 1000;
    const [least, most] = ALB[key];
    if (seconds < least || seconds > most) {
      const expected = `from ${least}s to ${most}s (ALB)`;
      yield mismatch([...path, key], expected, String(check[key]));
    }
  }
  for (const key of ['rise', 'fall'] as const) {
    const value = asNumber(check[key]) ?? Number.NaN;
    const [least, most] = ALB[key];
    if (value < least || value > most) {
      yield mismatch([...path, key], `from ${least} to ${most} (ALB)`, String(value));
    }
  }
}

function* outlierRules(outliers: PlainMap, path: Path): Generator<Complaint> {
  yield* aboveNothing(outliers['interval'], [...path, 'interval']);
  for (const key of ['max-ejected', 'failures']) yield* shareRule(outliers[key], [...path, key]);
  const longestMs = read(outliers['max-ejection'], parseDuration);
  const baseMs = read(outliers['base-ejection'] ?? '30s', parseDuration);
  if (longestMs === undefined || baseMs === undefined || longestMs >= baseMs) return;
  const expected = `at least base-ejection, ${formatDuration(baseMs)} (Envoy)`;
  yield mismatch([...path, 'max-ejection'], expected, String(outliers['max-ejection']));
}

/** A budget takes the place of a number (Envoy). */
function* limitRules(limits: PlainMap, path: Path): Generator<Complaint> {
  const { retries, 'retry-budget': budget, 'min-retries': least } = limits;
  yield* shareRule(budget, [...path, 'retry-budget']);
  if (retries !== undefined && budget !== undefined) {
    const expected = 'either `retries` or `retry-budget` (Envoy: the budget goes before)';
    yield mismatch([...path, 'retries'], expected, 'both', { about: 'key' });
  }
  if (least !== undefined && budget === undefined) {
    const expected = 'a `retry-budget` with it';
    yield mismatch([...path, 'min-retries'], expected, 'none', { about: 'key' });
  }
}

function* shareRule(value: Plain | undefined, path: Path): Generator<Complaint> {
  const share = read(value, parsePercent);
  if (share !== undefined && share > 1) yield mismatch(path, 'at most 100%', String(value));
}

function* aboveNothing(value: Plain | undefined, path: Path): Generator<Complaint> {
  if (read(value, parseDuration) === 0) yield mismatch(path, 'a duration above 0', String(value));
}
