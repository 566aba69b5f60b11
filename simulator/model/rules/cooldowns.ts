import { isPlainMap, type PlainMap } from '../placed.ts';
import { type Complaint, mismatch, type Path } from '../problem.ts';
import { parseDuration } from '../units.ts';
import { asList, asMap, named, read } from './look.ts';

const DYNAMIC: ReadonlySet<string> = new Set(['step-scaling', 'target-tracking']);

/**
 * A group is scaled as an ECS service, by cooldowns, or as EC2 does, by warm-ups: all of its
 * policies alike.
 */
export function* cooldownRules(service: PlainMap, path: Path): Generator<Complaint> {
  const scaling = asMap(service['scaling']);
  const policies = asList(scaling['policies']).map((policy) => named(policy)[0]);
  const dynamic = policies.flatMap((one, index) => {
    const isDynamic = one !== undefined && DYNAMIC.has(one[0]) && isPlainMap(one[1]);
    return isDynamic ? [{ index, type: one[0], settings: asMap(one[1]) }] : [];
  });
  const cooled = dynamic.find(({ settings }) => settings['cooldown'] !== undefined);
  if (cooled === undefined) return;
  const at = [...path, 'scaling', 'policies'];
  const against = [[...at, cooled.index, cooled.type, 'cooldown']];
  for (const { index, type, settings } of dynamic) {
    if (settings['cooldown'] !== undefined) continue;
    const expected = 'a `cooldown` here, too: a group is an ECS service or one of EC2';
    yield mismatch([...at, index, type], expected, 'none', { about: 'key', against });
  }
  const ofEc2 = policies.findIndex((one) => one?.[0] === 'simple-scaling');
  if (ofEc2 >= 0) {
    const message = '"simple-scaling" is of EC2: a service with a "cooldown" has none';
    yield mismatch([...at, ofEc2], 'no simple-scaling', 'one', { about: 'key', message });
  }
  if (scaling['warm-pool'] !== undefined) {
    const message = '"warm-pool" is of EC2: a service with a "cooldown" has none';
    const pool = [...path, 'scaling', 'warm-pool'];
    yield mismatch(pool, 'no warm pool', 'one', { about: 'key', message });
  }
  const warmUp = asMap(service['on'])['warm-up'];
  if ((read(warmUp, parseDuration) ?? 0) > 0) {
    const expected = 'no warm-up, or no `cooldown`: an ECS service has cooldowns instead';
    yield mismatch([...path, 'on', 'warm-up'], expected, String(warmUp), { against });
  }
}
