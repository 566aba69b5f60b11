import type { PlainMap } from '../placed.ts';
import { type Complaint, mismatch, type Path } from '../problem.ts';
import { parseDuration, parsePercent } from '../units.ts';
import { asList, asMap, asNumber, read } from './look.ts';
import { distributionRules } from './steps.ts';

/** The stages of a launch take possible times. */
export function* instanceRules(on: PlainMap, path: Path): Generator<Complaint> {
  const { capacity, image, readiness } = on;
  for (const key of ['boot', 'start', 'registration']) {
    yield* distributionRules(on[key], [...path, key]);
  }
  yield* distributionRules(asMap(capacity)['retry'], [...path, 'capacity', 'retry']);
  for (const key of ['pull', 'cached']) {
    yield* distributionRules(asMap(image)[key], [...path, 'image', key]);
  }
  const { errors } = asMap(capacity);
  if ((read(errors, parsePercent) ?? 0) >= 1) {
    yield mismatch([...path, 'capacity', 'errors'], 'less than 100%', String(errors));
  }
  const { for: coldFor } = asMap(on['cold']);
  if (read(coldFor, parseDuration) === 0) {
    yield mismatch([...path, 'cold', 'for'], 'more than 0s', String(coldFor));
  }
  const { period } = asMap(readiness);
  const periodMs = read(period, parseDuration);
  if (periodMs !== undefined && periodMs < 1000) {
    const expected = 'at least 1s (Kubernetes: periodSeconds)';
    yield mismatch([...path, 'readiness', 'period'], expected, String(period));
  }
}

/** A group's smallest size fits into the quota. */
export function* quotaRules(service: PlainMap, path: Path): Generator<Complaint> {
  const quota = asNumber(asMap(asMap(service['on'])['capacity'])['quota']);
  const { min, start } = asMap(service['scaling']);
  const size = asNumber(start) ?? asNumber(min) ?? asNumber(service['instances']);
  // Units of a group of several types may be of its largest ones.
  const weights = asList(asMap(service['on'])['types']).map((one) =>
    asNumber(asMap(one)['weight']),
  );
  const largest = Math.max(1, ...weights.map((weight = 1) => weight));
  const least = size === undefined ? undefined : Math.ceil(size / largest);
  if (quota === undefined || least === undefined || quota >= least) return;
  const expected = `at least the ${least} instances that the group starts with`;
  yield mismatch([...path, 'on', 'capacity', 'quota'], expected, String(quota));
}
