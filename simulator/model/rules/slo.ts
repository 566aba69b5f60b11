import { isPlainMap, type PlainMap } from '../placed.ts';
import { type Complaint, mismatch, type Path, quoted, unknown } from '../problem.ts';
import { parseDuration, parsePercent, parseQuantile } from '../units.ts';
import { asMap, named, read } from './look.ts';

/** Objectives are of journeys that exist, and ask for something. */
export function* sloRules(root: PlainMap): Generator<Complaint> {
  const journeys = asMap(root['journeys']);
  for (const [journey, objectives] of named(root['slo'])) {
    const path = ['slo', journey];
    if (!(journey in journeys)) {
      yield unknown('journey', path, journey, Object.keys(journeys), 'key');
    }
    if (isPlainMap(objectives)) yield* objectiveRules(objectives, path);
  }
}

function* objectiveRules(objectives: PlainMap, path: Path): Generator<Complaint> {
  const all = Object.entries(objectives);
  if (all.length === 0) yield mismatch(path, 'an objective such as { p99: 400ms }', 'none');
  for (const [name, value] of all) {
    const at = [...path, name];
    if (name === 'errors') {
      const tooMany = (read(value, parsePercent) ?? 0) > 1;
      if (tooMany) yield mismatch(at, 'at most 100%', String(value));
    } else if (parseQuantile(name) === undefined) {
      const expected = 'a quantile such as p50, p99 or p99.9, or `errors`';
      yield mismatch(at, expected, quoted(name), { about: 'key' });
    } else if (read(value, parseDuration) === 0) {
      yield mismatch(at, 'a duration above 0', String(value));
    }
  }
}
