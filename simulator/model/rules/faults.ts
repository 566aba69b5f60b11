import type { Plain, PlainMap } from '../placed.ts';
import { type Complaint, mismatch, type Path, unknown } from '../problem.ts';
import { parseDuration, parsePercent } from '../units.ts';
import { faultZoneRules, saysAny } from './localities.ts';
import { asList, asMap, read } from './look.ts';

const KINDS = ['kill', 'hang', 'slow', 'fail', 'degrade'] as const;

/** Faults are of services that exist, happen within the run, and last for some time. */
export function* faultRules(root: PlainMap): Generator<Complaint> {
  const services = asMap(root['services']);
  const durationMs = read(root['duration'], parseDuration) ?? Number.POSITIVE_INFINITY;
  for (const [index, value] of asList(root['faults']).entries()) {
    const fault = asMap(value);
    const path = ['faults', index];
    for (const kind of KINDS) {
      const service = fault[kind];
      if (typeof service === 'string' && !(service in services)) {
        yield unknown('service', [...path, kind], service, Object.keys(services));
      } else if (typeof service === 'string') {
        yield* faultZoneRules(fault, asMap(services[service]), path);
      }
    }
    yield* degradeRules(fault['degrade'], services, [...path, 'degrade']);
    const atMs = read(fault['at'], parseDuration);
    if (atMs !== undefined && atMs >= durationMs) {
      const expected = `a moment before the end of the run at ${root['duration']}`;
      const against = [['duration']];
      yield mismatch([...path, 'at'], expected, String(fault['at']), { against });
    }
    if (read(fault['for'], parseDuration) === 0) {
      yield mismatch([...path, 'for'], 'a duration above 0', String(fault['for']));
    }
    const ratio = read(fault['ratio'], parsePercent);
    if (ratio !== undefined && (ratio === 0 || ratio > 1)) {
      yield mismatch([...path, 'ratio'], 'above 0% and at most 100%', String(fault['ratio']));
    }
  }
}

/** Envoy learns it from its own health checks, and spares whom it can where it has priorities. */
function* degradeRules(
  name: Plain | undefined,
  services: PlainMap,
  path: Path,
): Generator<Complaint> {
  if (typeof name !== 'string' || !(name in services)) return;
  const service = asMap(services[name]);
  const isAsked = asMap(service['health-check'])['rules'] === 'envoy';
  if (isAsked && saysAny(service['zones'])) return;
  const expected =
    'a service with `health-check: { rules: envoy, … }` and `zones` with a `priority` or a `weight`';
  yield mismatch(path, expected, name);
}
