import type { PlainMap } from '../placed.ts';
import { type Complaint, mismatch, type Path } from '../problem.ts';
import { asList, asMap, asNumber } from './look.ts';
import { distributionRules } from './steps.ts';

/** A warm pool is of EC2 Auto Scaling, and its sizes are what `PutWarmPool` takes. */
export function* warmPoolRules(scaling: PlainMap, path: Path): Generator<Complaint> {
  if (scaling['warm-pool'] === undefined) return;
  const pool = asMap(scaling['warm-pool']);
  const at = [...path, 'warm-pool'];
  const isOfPods = asList(scaling['policies']).some((policy) => {
    return asMap(policy)['hpa'] !== undefined || asMap(policy)['keda'] !== undefined;
  });
  if (isOfPods) {
    const message = '"warm-pool" is of EC2 Auto Scaling: pods have none';
    yield mismatch(at, 'no warm pool', 'one', { about: 'key', message });
  }
  yield* distributionRules(pool['boot'], [...at, 'boot']);
  const [min, most] = [asNumber(pool['min']), asNumber(pool['max-prepared'])];
  if (min !== undefined && most !== undefined && most < min) {
    const expected = `at least the pool's min of ${min} (EC2 Auto Scaling: MaxGroupPreparedCapacity)`;
    const against = [[...at, 'min']];
    yield mismatch([...at, 'max-prepared'], expected, String(most), { against });
  }
  if (pool['state'] === 'running' && pool['price'] !== undefined) {
    const message = 'a running instance costs what every instance costs: it has no "price" here';
    yield mismatch([...at, 'price'], 'no price', String(pool['price']), { message });
  }
}

/** What a group with a warm pool cannot have. */
export function* warmPoolUses(service: PlainMap, path: Path): Generator<Complaint> {
  const at = [...path, 'scaling', 'warm-pool'];
  if (asMap(service['scaling'])['warm-pool'] === undefined) return;
  if (service['rollouts'] !== undefined) {
    const message =
      'a service with "rollouts" has no "warm-pool": its instances are of one version';
    yield mismatch(at, 'no warm pool', 'one', { about: 'key', message });
  }
  const ofPods = [
    ['nodes', 'pods on "nodes" have none'],
    ['node-selector', 'pods have none'],
    ['tolerations', 'pods have none'],
    ['startup', 'containers with a "startup" probe have none'],
    ['liveness', 'containers with a "liveness" probe have none'],
  ] as const;
  for (const [key, who] of ofPods) {
    if (asMap(service['on'])[key] === undefined) continue;
    const message = `"warm-pool" is of EC2 Auto Scaling: ${who}`;
    yield mismatch(at, 'no warm pool', 'one', { about: 'key', message });
  }
}
