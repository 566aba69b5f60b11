import type { Plain, PlainMap } from '../placed.ts';
import { type Complaint, mismatch, type Path, unknown } from '../problem.ts';
import { parseDuration, parsePercent } from '../units.ts';
import { breakerRules } from './breaker.ts';
import { everyStep } from './every-step.ts';
import { asList, asMap, asNumber, named, read } from './look.ts';
import { retryRules } from './retries.ts';

/** Keys of steps that call nobody themselves. */
const SILENT = ['wait', 'choose', 'lookup'] as const;

/** A journey calls something; its steps are sound. */
export function* journeyRules(root: PlainMap): Generator<Complaint> {
  for (const [name, value] of named(root['journeys'])) {
    const path = ['journeys', name];
    const steps = [...everyStep(value, path)].map(({ step }) => step);
    if (steps.length > 0 && steps.every((step) => SILENT.some((key) => key in step))) {
      const found = steps.every((step) => 'wait' in step) ? 'waiting only' : 'none';
      yield mismatch(path, 'at least one call', found);
    }
    yield* stepRules(root, value, path);
  }
}

/** Steps refer to what exists, wait for answers for some time, and take possible times. */
export function* stepRules(
  root: PlainMap,
  steps: Plain | undefined,
  path: Path,
): Generator<Complaint> {
  for (const { step, path: at } of everyStep(steps, path)) {
    const { cpu, wait, call, publish, lookup } = step;
    yield* distributionRules(cpu, [...at, 'cpu']);
    yield* distributionRules(wait, [...at, 'wait']);
    yield* patienceRules(step, at);
    yield* breakerRules(asMap(step['breaker']), [...at, 'breaker']);
    yield* quorumRules(step, at);
    yield* shareRules(step, at);
    if (typeof call === 'string') yield* targetRules(root, call, [...at, 'call']);
    if (typeof publish === 'string') yield* targetRules(root, publish, [...at, 'publish']);
    if (typeof lookup === 'string') yield* knownCache(root, lookup, [...at, 'lookup']);
  }
}

function* patienceRules(step: PlainMap, path: Path): Generator<Complaint> {
  const { timeout, cancels, deadline, retry } = step;
  const { backoff, 'at-most': atMost } = asMap(retry);
  yield* aboveNothing(timeout, [...path, 'timeout']);
  yield* aboveNothing(asMap(timeout)['exponential'], [...path, 'timeout', 'exponential']);
  yield* distributionRules(timeout, [...path, 'timeout']);
  if (cancels === true && timeout === undefined) {
    yield mismatch([...path, 'cancels'], 'a `timeout` with it', 'none', { about: 'key' });
  }
  if (deadline !== undefined && timeout === undefined) {
    yield mismatch([...path, 'deadline'], 'a `timeout` with it', 'none', { about: 'key' });
  }
  if (deadline !== undefined && cancels === true) {
    const against = [[...path, 'cancels']];
    yield mismatch([...path, 'deadline'], 'either `deadline` or `cancels`', 'both', { against });
  }
  yield* distributionRules(backoff, [...path, 'retry', 'backoff']);
  yield* aboveNothing(atMost, [...path, 'retry', 'at-most']);
  yield* retryRules(asMap(retry), [...path, 'retry']);
}

/** Of three calls no four can succeed. */
function* quorumRules({ quorum, of }: PlainMap, path: Path): Generator<Complaint> {
  if (typeof quorum !== 'number') return;
  const copies = asList(of).map((call) => asMap(call)['copies'] ?? 1);
  const total = copies.reduce<number>((sum, count) => sum + (asNumber(count) ?? Number.NaN), 0);
  if (total > 0 && quorum > total) {
    yield mismatch([...path, 'quorum'], `at most the number of calls (${total})`, String(quorum));
  }
}

/** Beyond what the last digits of thirds come to. */
const TOLERANCE = 1e-9;

function* shareRules({ choose }: PlainMap, path: Path): Generator<Complaint> {
  const shares = asList(choose).map((way) => read(asMap(way)['share'], parsePercent));
  if (shares.length === 0) return;
  const sum = shares.reduce<number>((total, share) => total + (share ?? Number.NaN), 0);
  if (!(Math.abs(sum - 1) > TOLERANCE)) return;
  const found = `${Number((sum * 100).toFixed(8))}%`;
  yield mismatch([...path, 'choose'], 'shares that sum up to 100%', found);
}

function* knownCache(root: PlainMap, cache: string, path: Path): Generator<Complaint> {
  const caches = asMap(root['caches']);
  if (!(cache in caches)) yield unknown('cache', path, cache, Object.keys(caches));
}

function* targetRules(root: PlainMap, target: string, path: Path): Generator<Complaint> {
  const [service = '', endpoint, more] = target.split('.');
  if (endpoint === undefined || more !== undefined) return;
  const services = asMap(root['services']);
  if (!(service in services)) {
    yield unknown('service', path, service, Object.keys(services));
    return;
  }
  const endpoints = asMap(asMap(services[service])['endpoints']);
  if (!(endpoint in endpoints)) {
    yield unknown(`endpoint of ${service}`, path, endpoint, Object.keys(endpoints));
  }
}

/**
 * Where a distribution has a size (median, mean, smallest value), it is above 0; a lognormal one
 * has a 99th percentile above the median.
 */
export function* distributionRules(value: Plain | undefined, path: Path): Generator<Complaint> {
  const { median, p99, mean, pareto } = asMap(value);
  yield* aboveNothing(mean, [...path, 'mean']);
  yield* aboveNothing(asMap(pareto)['min'], [...path, 'pareto', 'min']);
  yield* aboveNothing(median, [...path, 'median']);
  const medianMs = read(median, parseDuration);
  const p99Ms = read(p99, parseDuration);
  if (medianMs !== undefined && p99Ms !== undefined && p99Ms <= medianMs) {
    const against = [[...path, 'median']];
    yield mismatch([...path, 'p99'], `more than the median of ${median}`, String(p99), { against });
  }
}

function* aboveNothing(value: Plain | undefined, path: Path): Generator<Complaint> {
  if (read(value, parseDuration) !== 0) return;
  yield mismatch(path, 'a duration above 0', String(value));
}
