import type { Plain, PlainMap } from '../placed.ts';
import { type Complaint, mismatch, type Path } from '../problem.ts';
import { parseDatapoints, parseDuration, parsePercent } from '../units.ts';
import { adjustmentRules, changeRules } from './adjustments.ts';
import { hpaPolicyRules, kedaRules } from './kubernetes.ts';
import { asList, asMap, read } from './look.ts';
import { readThreshold, unitRules } from './metric-unit.ts';
import { predictiveRules, scheduledRules } from './schedule.ts';

/** Alarms can be evaluated, and thresholds are in the unit of their metric. */
export function* policyRules(policy: Plain, path: Path): Generator<Complaint> {
  const { 'step-scaling': step, 'target-tracking': tracking } = asMap(policy);
  const { 'simple-scaling': simple, scheduled, predictive, hpa, keda } = asMap(policy);
  if (simple !== undefined) yield* simpleRules(asMap(simple), [...path, 'simple-scaling']);
  if (scheduled !== undefined) yield* scheduledRules(asMap(scheduled), [...path, 'scheduled']);
  if (predictive !== undefined) yield* predictiveRules(asMap(predictive), [...path, 'predictive']);
  if (hpa !== undefined) yield* hpaPolicyRules(asMap(hpa), [...path, 'hpa']);
  if (keda !== undefined) yield* kedaRules(asMap(keda), [...path, 'keda']);
  if (step !== undefined) yield* stepScalingRules(asMap(step), [...path, 'step-scaling']);
  if (tracking !== undefined) {
    yield* trackingRules(asMap(tracking), [...path, 'target-tracking']);
  }
}

function* stepScalingRules(settings: PlainMap, path: Path): Generator<Complaint> {
  const alarm = asMap(settings['alarm']);
  if ('alarm' in settings) yield* alarmRules(alarm, [...path, 'alarm']);
  yield* adjustmentRules(asList(settings['steps']), alarm, [...path, 'steps']);
}

function* simpleRules(settings: PlainMap, path: Path): Generator<Complaint> {
  if ('alarm' in settings) yield* alarmRules(asMap(settings['alarm']), [...path, 'alarm']);
  yield* changeRules(settings, path);
}

function* alarmRules(alarm: PlainMap, path: Path): Generator<Complaint> {
  const { above, below, metric, period, datapoints } = alarm;
  const expected = 'either `above` or `below`';
  if (above === undefined && below === undefined) {
    yield mismatch(path, expected, 'neither', { about: 'key' });
  }
  if (above !== undefined && below !== undefined) {
    const against = [[...path, 'above']];
    yield mismatch([...path, 'below'], expected, 'both', { about: 'key', against });
  }
  yield* unitRules(metric, above, [...path, 'above']);
  yield* unitRules(metric, below, [...path, 'below']);
  yield* periodRules(period, [...path, 'period']);
  const [m, n] = read(datapoints, parseDatapoints) ?? [1, 1];
  if (m > n) {
    yield mismatch([...path, 'datapoints'], `at most ${n} of ${n}`, `${m} of ${n}`);
  }
}

function* trackingRules(settings: PlainMap, path: Path): Generator<Complaint> {
  const { metric, target, period, 'low-threshold': low } = settings;
  yield* unitRules(metric, target, [...path, 'target']);
  yield* periodRules(period, [...path, 'period']);
  if (readThreshold(target) === 0) {
    yield mismatch([...path, 'target'], 'more than 0', String(target));
  }
  if ((read(low, parsePercent) ?? 0) > 1) {
    yield mismatch([...path, 'low-threshold'], 'at most 100% of the target', String(low));
  }
}

/**
 * CloudWatch takes periods of 10 s, 30 s and whole minutes (CloudWatch user guide, "Evaluating an
 * alarm": high-resolution alarms).
 */
function* periodRules(period: Plain | undefined, path: Path): Generator<Complaint> {
  const periodMs = read(period, parseDuration);
  if (periodMs === undefined || periodMs === 10_000 || periodMs === 30_000) return;
  if (periodMs > 0 && periodMs % 60_000 === 0) return;
  yield mismatch(path, '10s, 30s or whole minutes, as CloudWatch has them', String(period));
}
