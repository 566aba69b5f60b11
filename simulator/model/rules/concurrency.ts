import type { PlainMap } from '../placed.ts';
import { type Complaint, mismatch, type Path } from '../problem.ts';
import { parseDuration, parsePercent } from '../units.ts';
import { asMap, asNumber, read } from './look.ts';

/** Adaptive limits that can move. */
export function* concurrencyRules(concurrency: PlainMap, path: Path): Generator<Complaint> {
  const gradient = asMap(concurrency['gradient']);
  const aimd = asMap(concurrency['aimd']);
  yield* gradientRules(gradient, [...path, 'gradient']);
  const left = read(aimd['ratio'], parsePercent);
  if (left !== undefined && (left < 0.5 || left >= 1)) {
    const expected = 'from 50% to below 100% (Netflix concurrency-limits: backoffRatio)';
    yield mismatch([...path, 'aimd', 'ratio'], expected, String(aimd['ratio']));
  }
  yield* notAbove(aimd, 'start', 'max', [...path, 'aimd']);
}

function* gradientRules(gradient: PlainMap, path: Path): Generator<Complaint> {
  for (const key of ['window', 'probe-every']) {
    if (read(gradient[key], parseDuration) !== 0) continue;
    yield mismatch([...path, key], 'a duration above 0 (Envoy)', String(gradient[key]));
  }
  const share = read(gradient['percentile'], parsePercent);
  if (share !== undefined && (share === 0 || share > 1)) {
    const expected = 'above 0% and at most 100%';
    yield mismatch([...path, 'percentile'], expected, String(gradient['percentile']));
  }
  yield* notAbove(gradient, 'min', 'max', path);
}

function* notAbove(map: PlainMap, least: string, most: string, path: Path): Generator<Complaint> {
  const [value, bound] = [asNumber(map[least]), asNumber(map[most])];
  if (value === undefined || bound === undefined || value <= bound) return;
  const against = [[...path, most]];
  yield mismatch([...path, least], `at most ${most} (${bound})`, String(value), { against });
}
