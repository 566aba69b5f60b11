import { isPlainMap, type PlainMap } from '../placed.ts';
import { type Complaint, mismatch, type Path } from '../problem.ts';
import { parseDuration, parsePercent } from '../units.ts';
import { asMap, asNumber, read } from './look.ts';

/** What a service's balancing says against itself or the service. */
export function* balancingRules(service: PlainMap, path: Path): Generator<Complaint> {
  const { balancing, zones } = service;
  const at = [...path, 'balancing'];
  const isZoned = balancing === 'zone-aware' || asMap(balancing)['zone-aware'] !== undefined;
  if (isZoned && (zones === undefined || zones === 1)) {
    const found = zones === undefined ? 'none' : '1';
    yield mismatch(at, '`zones` of two or more with it', found, { against: [[...path, 'zones']] });
  }
  for (const kind of ['round-robin', 'least-request', 'leastconn']) {
    const settings = asMap(asMap(balancing)[kind]);
    yield* slowStartRules(settings, [...at, kind]);
  }
  yield* drawRules(asMap(asMap(balancing)['least-request']), [...at, 'least-request']);
  const size = asNumber(asMap(asMap(balancing)['maglev'])['table']);
  if (size !== undefined && Number.isInteger(size) && size > 1 && !isPrime(size)) {
    yield mismatch([...at, 'maglev', 'table'], 'a prime number (Envoy: table_size)', String(size));
  }
}

/** A window has a length, and a share is at most the whole. */
function* slowStartRules(settings: PlainMap, path: Path): Generator<Complaint> {
  const slowStart = settings['slow-start'];
  const at = [...path, 'slow-start'];
  const window = isPlainMap(slowStart) ? slowStart['window'] : slowStart;
  if (read(window, parseDuration) === 0) {
    const place = isPlainMap(slowStart) ? [...at, 'window'] : at;
    yield mismatch(place, 'a duration above 0', String(window));
  }
  const least = asMap(slowStart)['min-weight'];
  if ((read(least, parsePercent) ?? 0) > 1) {
    yield mismatch([...at, 'min-weight'], 'at most 100%', String(least));
  }
}

/** Where turns go by weight, nothing is drawn. */
function* drawRules(settings: PlainMap, path: Path): Generator<Complaint> {
  const { bias, replacement, choices } = settings;
  if (bias === undefined) return;
  for (const [name, value] of Object.entries({ replacement, choices })) {
    if (value === undefined) continue;
    const expected = `either \`bias\` (turns by weight) or \`${name}\` (draws)`;
    const against = [[...path, name]];
    yield mismatch([...path, 'bias'], expected, 'both', { about: 'key', against });
  }
}

function isPrime(value: number): boolean {
  for (let divisor = 2; divisor * divisor <= value; divisor++) {
    if (value % divisor === 0) return false;
  }
  return true;
}
