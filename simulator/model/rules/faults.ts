import type { PlainMap } from '../placed.ts';
import { type Complaint, mismatch, unknown } from '../problem.ts';
import { parseDuration, parsePercent } from '../units.ts';
import { faultZoneRules } from './localities.ts';
import { asList, asMap, read } from './look.ts';

const KINDS = ['kill', 'hang', 'slow', 'fail'] as const;

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
