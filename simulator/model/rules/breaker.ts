import type { PlainMap } from '../placed.ts';
import { type Complaint, mismatch, type Path } from '../problem.ts';
import { parseDuration, parsePercent } from '../units.ts';
import { read } from './look.ts';

/** A window of time is a ring of so many seconds. */
const LONGEST_S = 3600;

/** Rates can be reached, and windows are of whole seconds. */
export function* breakerRules(breaker: PlainMap, path: Path): Generator<Complaint> {
  for (const key of ['failure-rate', 'slow-rate']) {
    const share = read(breaker[key], parsePercent);
    if (share !== undefined && (share === 0 || share > 1)) {
      const expected = 'above 0% and at most 100% (Resilience4j)';
      yield mismatch([...path, key], expected, String(breaker[key]));
    }
  }
  const seconds = (read(breaker['window'], parseDuration) ?? 1000) / 1000;
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > LONGEST_S) {
    const expected = `whole seconds from 1s to ${LONGEST_S}s`;
    yield mismatch([...path, 'window'], expected, String(breaker['window']));
  }
  if (read(breaker['open'], parseDuration) === 0) {
    yield mismatch([...path, 'open'], 'a duration above 0', String(breaker['open']));
  }
}
