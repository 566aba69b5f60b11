import type { Plain, PlainMap } from '../placed.ts';
import { type Complaint, mismatch, type Path, unknown } from '../problem.ts';
import { parseDuration } from '../units.ts';
import { asList, asMap, named, read } from './look.ts';

/** A journey calls something; its steps are sound. */
export function* journeyRules(root: PlainMap): Generator<Complaint> {
  for (const [name, value] of named(root['journeys'])) {
    const path = ['journeys', name];
    const steps = asList(value);
    if (steps.length > 0 && steps.every((step) => 'wait' in asMap(step))) {
      yield mismatch(path, 'at least one call', 'waiting only');
    }
    yield* stepRules(root, steps, path);
  }
}

/** Steps call what exists, wait for answers for some time, and take possible times. */
export function* stepRules(
  root: PlainMap,
  steps: readonly Plain[],
  path: Path,
): Generator<Complaint> {
  for (const [index, step] of steps.entries()) {
    const { cpu, wait, call, timeout, retry } = asMap(step);
    const at = [...path, index];
    yield* distributionRules(cpu, [...at, 'cpu']);
    yield* distributionRules(wait, [...at, 'wait']);
    yield* distributionRules(asMap(retry)['backoff'], [...at, 'retry', 'backoff']);
    yield* aboveNothing(timeout, [...at, 'timeout']);
    if (typeof call === 'string') yield* targetRules(root, call, [...at, 'call']);
  }
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
