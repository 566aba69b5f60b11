import type { Plain } from '../placed.ts';
import { type Complaint, mismatch, type Path } from '../problem.ts';
import { parsePercent, parseRate } from '../units.ts';

/** Requests per instance are a rate, utilization is a percentage of at most 100. */
export function* unitRules(
  metric: Plain | undefined,
  value: Plain | undefined,
  path: Path,
): Generator<Complaint> {
  if (typeof value !== 'string') return;
  const ratio = parsePercent(value);
  if (metric === 'requests-per-instance' && ratio !== undefined) {
    yield mismatch(path, 'a rate such as 200/s for requests-per-instance', value);
  }
  if (metric === 'utilization' && ratio === undefined && parseRate(value) !== undefined) {
    yield mismatch(path, 'a percentage such as 60% for utilization', value);
  }
  if (metric === 'utilization' && ratio !== undefined && ratio > 1) {
    yield mismatch(path, 'at most 100% for utilization', value);
  }
}
