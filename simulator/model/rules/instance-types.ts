import type { Plain, PlainMap } from '../placed.ts';
import { type Complaint, mismatch, type Path } from '../problem.ts';
import { asList, asMap, asNumber } from './look.ts';

/** EC2 Auto Scaling: overrides of a mixed instances policy. */
const MOST_TYPES = 40;
const OF_EC2 = '"types" are of EC2 Auto Scaling';

/** Instance types of a group are such as a mixed instances policy takes. */
export function* instanceTypeRules(service: PlainMap, path: Path): Generator<Complaint> {
  const on = asMap(service['on']);
  const at = [...path, 'on'];
  if (on['types'] === undefined) {
    yield* withoutTypes(service, path);
    return;
  }
  const types = asList(on['types']).map(asMap);
  for (const key of ['type', 'price']) {
    if (on[key] === undefined) continue;
    const expected = `either \`${key}\` or \`types\`, each with its own`;
    yield mismatch([...at, key], expected, 'both', { about: 'key', against: [[...at, 'types']] });
  }
  yield* listRules(types, [...at, 'types']);
  yield* priceRules(on, types, at);
  yield* sizeRules(service, types, [...at, 'types']);
  yield* groupRules(service, types, path);
  yield* userRules(service, path);
}

/** What says something of types where there are none. */
function* withoutTypes(service: PlainMap, path: Path): Generator<Complaint> {
  const { allocation } = asMap(service['on']);
  if (allocation !== undefined) {
    const at = [...path, 'on', 'allocation'];
    yield mismatch(at, '`types` with it', 'none', { about: 'key' });
  }
  const orders = asList(asMap(service['scaling'])['termination']);
  const index = orders.indexOf('allocation-strategy');
  if (index >= 0) {
    const at = [...path, 'scaling', 'termination', index];
    yield mismatch(at, '`on.types` with allocation-strategy', 'none');
  }
}

function* listRules(types: readonly PlainMap[], path: Path): Generator<Complaint> {
  if (types.length > MOST_TYPES) {
    const expected = `at most ${MOST_TYPES} types (EC2 Auto Scaling)`;
    yield mismatch(path, expected, String(types.length));
  }
  const names = types.map(({ type }) => type);
  for (const [index, name] of names.entries()) {
    if (name === undefined || names.indexOf(name) === index) continue;
    yield mismatch([...path, index, 'type'], 'each type once', String(name));
  }
}

/** All have a price or none; lowest-price goes by them. */
function* priceRules(on: PlainMap, types: readonly PlainMap[], path: Path): Generator<Complaint> {
  const isNeeded = on['allocation'] === 'lowest-price';
  const isGiven = types.some(({ price }) => price !== undefined);
  if (!isNeeded && !isGiven) return;
  const why = isNeeded ? 'as allocation is lowest-price' : 'as other types have';
  for (const [index, { price }] of types.entries()) {
    if (price !== undefined) continue;
    yield mismatch([...path, 'types', index], `a \`price\` ${why}`, 'none', { about: 'key' });
  }
}

/** Only who serves several requests at once serves more of them. */
function* sizeRules(
  { serves }: PlainMap,
  types: readonly PlainMap[],
  path: Path,
): Generator<Complaint> {
  if (serves !== 'event-loop' && serves !== 'delay') return;
  for (const [index, { size }] of types.entries()) {
    if (size === undefined || size === 1) continue;
    const expected = `1, as the service is ${article(serves)}; threads, pool or cpu-shared have sizes`;
    yield mismatch([...path, index, 'size'], expected, String(size));
  }
}

function article(serves: string): string {
  return serves === 'event-loop' ? 'an event-loop' : `a ${serves}`;
}

/** The group has sizes in units, and machines enough for the first of them. */
function* groupRules(
  service: PlainMap,
  types: readonly PlainMap[],
  path: Path,
): Generator<Complaint> {
  const scaling = asMap(service['scaling']);
  if (service['instances'] !== undefined) {
    const expected = '`scaling` with min and max in units, as its `types` have weights';
    yield mismatch([...path, 'instances'], expected, 'instances', { about: 'key' });
  }
  const [name, start] =
    scaling['start'] === undefined ? ['min', scaling['min']] : ['start', scaling['start']];
  const needed = asNumber(start);
  const most = unitsAtMost(types);
  if (needed === undefined || most >= needed) return;
  const expected = `at most what the quotas of its types have room for, ${most} in units`;
  yield mismatch([...path, 'scaling', name as string], expected, String(needed), {
    against: [[...path, 'on', 'types']],
  });
}

/** ∞ where a type has no quota. */
function unitsAtMost(types: readonly PlainMap[]): number {
  return types.reduce((sum, { weight, quota }) => {
    const units = (asNumber(weight) ?? 0) * (asNumber(quota) ?? Number.POSITIVE_INFINITY);
    return sum + (Number.isNaN(units) ? 0 : units);
  }, 0);
}

/** What a mixed group cannot have. */
function* userRules(service: PlainMap, path: Path): Generator<Complaint> {
  const scaling = asMap(service['scaling']);
  const others: readonly [Path, Plain | undefined, string][] = [
    [['on', 'nodes'], asMap(service['on'])['nodes'], `${OF_EC2}: pods on "nodes" have none`],
    [
      ['scaling', 'warm-pool'],
      scaling['warm-pool'],
      'a group of several types has no "warm-pool" (EC2 Auto Scaling: no mixed instances policy)',
    ],
    [['rollouts'], service['rollouts'], 'a group of several types has no "rollouts" here'],
  ];
  for (const [at, value, message] of others) {
    if (value === undefined) continue;
    const where = [...path, ...at];
    yield mismatch(where, 'none beside `types`', 'one', { about: 'key', message });
  }
  for (const [index, policy] of asList(scaling['policies']).entries()) {
    const kind = ['hpa', 'keda'].find((name) => asMap(policy)[name] !== undefined);
    if (kind === undefined) continue;
    const where = [...path, 'scaling', 'policies', index, kind];
    yield mismatch(where, 'a policy of AWS', kind, {
      about: 'key',
      message: `${OF_EC2}: pods have none`,
    });
  }
}
