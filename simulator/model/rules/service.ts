import { isPlainMap, type PlainMap } from '../placed.ts';
import { type Complaint, mismatch, type Path } from '../problem.ts';
import { parseDuration } from '../units.ts';
import { balancingRules } from './balancing.ts';
import { healthRules } from './health.ts';
import { instanceRules, quotaRules } from './instance.ts';
import { instanceTypeRules } from './instance-types.ts';
import { groupRules } from './kubernetes.ts';

import { rateLimitRules } from './limits.ts';
import { localityRules } from './localities.ts';
import { asList, asMap, asNumber, named, read } from './look.ts';

import { pipelineRules } from './pipeline.ts';
import { policyRules } from './policy.ts';
import { rolloutRules } from './rollouts.ts';
import { distributionRules, stepRules } from './steps.ts';
import { warmPoolRules, warmPoolUses } from './warm-pool.ts';

/** Each service has one size or one way to change it, and endpoints whose steps are sound. */
export function* serviceRules(root: PlainMap): Generator<Complaint> {
  for (const [name, value] of named(root['services'])) {
    if (!isPlainMap(value)) continue;
    const path = ['services', name];
    yield* serverRules(asMap(value['serves']), [...path, 'serves']);
    yield* rateLimitRules(value['rate-limit'], [...path, 'rate-limit']);
    yield* sizeRules(value, path);
    yield* instanceRules(asMap(value['on']), [...path, 'on']);
    yield* quotaRules(value, path);
    yield* instanceTypeRules(value, path);
    yield* warmPoolUses(value, path);
    yield* balancingRules(value, path);
    yield* localityRules(value, path);
    yield* distributionRules(asMap(value['discovery'])['delay'], [...path, 'discovery', 'delay']);
    yield* healthRules(value, path);
    yield* rolloutRules(root, value, path);
    yield* scalingRules(asMap(value['scaling']), [...path, 'scaling']);
    yield* replacementRules(value, path);
    const { endpoints } = value;
    if (isPlainMap(endpoints) && Object.keys(endpoints).length === 0) {
      yield mismatch([...path, 'endpoints'], 'at least one endpoint', 'none');
    }
    for (const [endpoint, steps] of named(endpoints)) {
      yield* stepRules(root, steps, [...path, 'endpoints', endpoint]);
    }
  }
}

/** A quota takes something away, and only who has a limit has a queue. */
function* serverRules(serves: PlainMap, path: Path): Generator<Complaint> {
  const { 'cpu-shared': cores, quota, threads, queue } = serves;
  yield* codelRules(asMap(asMap(queue)['codel']), [...path, 'queue', 'codel']);
  if (cores === undefined) return;
  if (typeof cores === 'number' && typeof quota === 'number' && quota >= cores) {
    const expected = `less than the ${cores} cores, or no quota`;
    yield mismatch([...path, 'quota'], expected, String(quota), {
      against: [[...path, 'cpu-shared']],
    });
  }
  if (queue !== undefined && threads === undefined) {
    yield mismatch([...path, 'queue'], 'a limit of `threads` with it', 'none', { about: 'key' });
  }
}

/** Both are times that pass, the target a share of the interval (RFC 8289). */
function* codelRules(codel: PlainMap, path: Path): Generator<Complaint> {
  const { target = '5ms', interval = '100ms' } = codel;
  const [targetMs, intervalMs] = [read(target, parseDuration), read(interval, parseDuration)];
  if (targetMs === 0) yield mismatch([...path, 'target'], 'a duration above 0', String(target));
  if (targetMs === undefined || intervalMs === undefined || targetMs < intervalMs) return;
  const key = codel['interval'] === undefined ? 'target' : 'interval';
  const expected =
    key === 'target'
      ? `less than the interval of ${interval} (RFC 8289)`
      : `more than the target of ${target} (RFC 8289)`;
  yield mismatch([...path, key], expected, String(codel[key]));
}

function* sizeRules(service: PlainMap, path: Path): Generator<Complaint> {
  const { instances, scaling } = service;
  const expected = 'either `instances` or `scaling`';
  if (instances === undefined && scaling === undefined) {
    yield mismatch(path, expected, 'neither', { about: 'key' });
  }
  if (instances !== undefined && scaling !== undefined) {
    const against = [[...path, 'scaling']];
    yield mismatch([...path, 'instances'], expected, 'both', { about: 'key', against });
  }
}

/** min ≤ start ≤ max */
function* scalingRules(scaling: PlainMap, path: Path): Generator<Complaint> {
  const [min, max, start] = ['min', 'max', 'start'].map((key) => asNumber(scaling[key]));
  yield* order(path, 'max', max, 'min', min);
  if (min === undefined || max === undefined || min <= max) {
    yield* order(path, 'start', start, 'min', min);
    yield* order(path, 'start', start, 'max', max);
  }
  yield* terminationRules(scaling, path);
  yield* warmPoolRules(scaling, path);
  yield* groupRules(scaling, path);
  yield* pipelineRules(asMap(scaling['metrics']), [...path, 'metrics']);
  for (const [index, policy] of asList(scaling['policies']).entries()) {
    yield* policyRules(policy, [...path, 'policies', index]);
  }
}

/** Nobody is unhealthy whom nobody checks. */
function* replacementRules(service: PlainMap, path: Path): Generator<Complaint> {
  if (asMap(service['scaling'])['replace-unhealthy'] === undefined) return;
  if (service['health-check'] !== undefined) return;
  const at = [...path, 'scaling', 'replace-unhealthy'];
  yield mismatch(at, '`health-check` with it', 'none', { about: 'key' });
}

/** Each once, and `default` last; pods have no such order. */
function* terminationRules(scaling: PlainMap, path: Path): Generator<Complaint> {
  const orders = asList(scaling['termination']);
  const at = [...path, 'termination'];
  const isOfPods = asList(scaling['policies']).some((policy) => {
    return asMap(policy)['hpa'] !== undefined || asMap(policy)['keda'] !== undefined;
  });
  if (orders.length > 0 && isOfPods) {
    const message = '"termination" is of EC2 Auto Scaling: pods go as Kubernetes has it';
    yield mismatch(at, 'no termination', 'one', { about: 'key', message });
  }
  for (const [index, order] of orders.entries()) {
    if (orders.indexOf(order) < index) {
      yield mismatch([...at, index], 'each termination policy once', String(order));
    } else if (order === 'default' && index < orders.length - 1) {
      const found = `it before ${orders[index + 1]}`;
      yield mismatch([...at, index], 'default as the last (EC2 Auto Scaling)', found);
    }
  }
}

/** `name` is at least a minimum, or at most a maximum. */
export function* order(
  path: Path,
  name: string,
  value: number | undefined,
  boundName: 'min' | 'max',
  bound: number | undefined,
): Generator<Complaint> {
  if (value === undefined || bound === undefined) return;
  const isFine = boundName === 'min' ? value >= bound : value <= bound;
  if (isFine) return;
  const words = boundName === 'min' ? 'at least' : 'at most';
  const against = [[...path, boundName]];
  const expected = `${words} ${boundName} (${bound})`;
  yield mismatch([...path, name], expected, String(value), { against });
}
