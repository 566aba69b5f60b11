import { isPlainMap, type Plain, type PlainMap } from '../placed.ts';
import { type Complaint, mismatch, type Path, unknown } from '../problem.ts';
import { parsePercent } from '../units.ts';
import { asList, asMap, asNumber, named, read } from './look.ts';

/** Balancing that Envoy has; with HAProxy's and AWS's there are no priorities. */
const ENVOY = ['round-robin', 'least-request', 'random', 'ring-hash', 'maglev', 'zone-aware'];
const MOST_ZONES = 64;
const MOST_PERCENT = 100_000;

/** Zones that are preferred to each other are such as Envoy takes. */
export function* localityRules(service: PlainMap, path: Path): Generator<Complaint> {
  const { zones, overprovisioning } = service;
  const at = [...path, 'zones'];
  if (isPlainMap(zones)) {
    yield* nameRules(zones, at);
    yield* priorityRules(zones, at);
    yield* weightRules(zones, at);
  }
  const isPreferred = overprovisioning !== undefined || saysAny(zones);
  if (overprovisioning !== undefined && !saysAny(zones)) {
    const expected = '`zones` with a `priority` or a `weight` with it';
    const against = [at];
    yield mismatch([...path, 'overprovisioning'], expected, 'none', { about: 'key', against });
  }
  if (!isPreferred) return;
  yield* kindRules(service, path);
  yield* sizeRules(service, path);
  yield* percentRules(service, path);
}

/** Whether its zones are preferred to each other. */
export function saysAny(zones: Plain | undefined): boolean {
  return valuesOf(zones, 'priority').length > 0 || valuesOf(zones, 'weight').length > 0;
}

/** What zones say of themselves, those that say nothing left out. */
function valuesOf(zones: Plain | undefined, key: string): [string, Plain][] {
  return named(zones).flatMap(([name, zone]): [string, Plain][] => {
    const value = asMap(zone)[key];
    return value === undefined ? [] : [[name, value]];
  });
}

function* nameRules(zones: PlainMap, path: Path): Generator<Complaint> {
  const count = Object.keys(zones).length;
  if (count === 0) yield mismatch(path, 'at least one zone', 'none');
  if (count > MOST_ZONES) yield mismatch(path, `at most ${MOST_ZONES} zones`, String(count));
}

/** Who leaves one out has requests that nobody takes. */
function* priorityRules(zones: PlainMap, path: Path): Generator<Complaint> {
  const all = new Set(named(zones).map(([, zone]) => asMap(zone)['priority'] ?? 0));
  for (const [name, priority] of valuesOf(zones, 'priority')) {
    if (typeof priority !== 'number' || !Number.isInteger(priority)) continue;
    const gap = Array.from({ length: priority }, (_, lower) => lower).find(
      (lower) => !all.has(lower),
    );
    if (gap === undefined) continue;
    const expected = `priorities from 0 on without a gap (Envoy): ${gap} is next`;
    yield mismatch([...path, name, 'priority'], expected, String(priority));
  }
}

function* weightRules(zones: PlainMap, path: Path): Generator<Complaint> {
  const weighted = new Set(valuesOf(zones, 'weight').map(([name]) => name));
  if (weighted.size === 0) return;
  for (const [name] of named(zones)) {
    if (weighted.has(name)) continue;
    const expected = 'a `weight` as other zones have (Envoy sends nothing to one without)';
    yield mismatch([...path, name], expected, 'none', { about: 'key' });
  }
}

function* kindRules(service: PlainMap, path: Path): Generator<Complaint> {
  const { balancing = 'round-robin', zones } = service;
  const kind = typeof balancing === 'string' ? balancing : Object.keys(asMap(balancing))[0];
  if (kind === undefined) return;
  const at = [...path, 'balancing'];
  const against = [[...path, 'zones']];
  if (['leastconn', 'least-outstanding'].includes(kind)) {
    const expected = `one that Envoy has, as zones have priorities or weights: ${ENVOY.join(', ')}`;
    yield mismatch(at, expected, kind, { against });
  }
  if (valuesOf(zones, 'weight').length === 0) return;
  if (kind === 'zone-aware') {
    const expected = 'either `zone-aware` or a `weight` of zones (Envoy has one of them)';
    yield mismatch(at, expected, 'both', { against });
  }
  if (kind === 'ring-hash' || kind === 'maglev') {
    const expected = 'no `weight` of zones where a key says who is asked';
    yield mismatch(at, expected, kind, { against });
  }
}

/** Each zone may have an instance. */
function* sizeRules(service: PlainMap, path: Path): Generator<Complaint> {
  const { instances, scaling, zones } = service;
  const size = asNumber(instances ?? asMap(scaling)['max']);
  // Units of a group of several types may be of its smallest ones.
  const weights = asList(asMap(service['on'])['types']).map((one) =>
    asNumber(asMap(one)['weight']),
  );
  const smallest = weights.length === 0 ? 1 : Math.min(...weights.map((weight = 1) => weight));
  const most = size === undefined ? undefined : Math.ceil(size / smallest);
  const count = Object.keys(asMap(zones)).length;
  if (most === undefined || most >= count) return;
  const name = instances === undefined ? 'scaling.max' : 'instances';
  const against = [instances === undefined ? [...path, 'scaling', 'max'] : [...path, 'instances']];
  const expected = `at most as many zones as there are instances (${name}: ${most})`;
  yield mismatch([...path, 'zones'], expected, String(count), { against });
}

function* percentRules(service: PlainMap, path: Path): Generator<Complaint> {
  const { overprovisioning, panic } = service;
  const factor = (read(overprovisioning, parsePercent) ?? 1.4) * 100;
  if (factor < 1 || factor > MOST_PERCENT) {
    const expected = `from 1% to ${MOST_PERCENT}%`;
    yield mismatch([...path, 'overprovisioning'], expected, String(overprovisioning));
  }
  for (const [key, value] of Object.entries({ overprovisioning, panic })) {
    const percent = (read(value, parsePercent) ?? 0) * 100;
    if (Math.abs(percent - Math.round(percent)) < 1e-9) continue;
    yield mismatch([...path, key], 'whole per cent (Envoy)', String(value));
  }
}

/** A fault's zone is one of its service's. */
export function* faultZoneRules(
  fault: PlainMap,
  service: PlainMap,
  path: Path,
): Generator<Complaint> {
  const { zone } = fault;
  if (typeof zone !== 'string') return;
  const { zones } = service;
  if (!isPlainMap(zones)) {
    const found = zones === undefined ? 'no zones' : `${zones} without names`;
    yield mismatch([...path, 'zone'], 'a service whose `zones` have names', found);
  } else if (!(zone in zones)) {
    yield unknown('zone', [...path, 'zone'], zone, Object.keys(zones));
  }
}
