/**
 * What the metrics of an Argo analysis may not say.
 * Source: argo-rollouts `utils/analysis/factory.go` (ValidateMetrics) and its tests.
 */
import { type Complaint, mismatch, type Path, quoted } from '../../model/problem.ts';
import type { MetricSettings } from './argo-analysis.ts';
import { parseCondition } from './argo-condition.ts';

/**
 * Every contradiction, with the vendor's limit.
 *
 * @param base path of the list of metrics
 * Example: a count of 3 without an interval, a failureLimit above the count.
 */
export function analysisComplaints(metrics: readonly MetricSettings[], base: Path): Complaint[] {
  return metrics.flatMap((metric, index) => {
    const path = [...base, index];
    const twin = metrics.findIndex(({ name }) => name === metric.name);
    const isTwin = twin < index;
    const expected = `a name of its own (Argo Rollouts: duplicate name of metrics[${twin}])`;
    return [
      ...(isTwin ? [mismatch([...path, 'name'], expected, quoted(metric.name))] : []),
      ...countComplaints(metric, path),
      ...conditionComplaints(metric, path),
    ];
  });
}

function countComplaints(metric: MetricSettings, path: Path): Complaint[] {
  const { count, intervalMs, failureLimit, inconclusiveLimit, consecutiveSuccessLimit } = metric;
  const complaints: Complaint[] = [];
  if (failureLimit < 0 && consecutiveSuccessLimit === 0) {
    const expected =
      'a limit from 0 on, or a consecutiveSuccessLimit (Argo Rollouts: both cannot be disabled)';
    complaints.push(mismatch([...path, 'failureLimit'], expected, String(failureLimit)));
  }
  if (count === 0) return complaints;
  const both = Math.max(0, failureLimit) + consecutiveSuccessLimit;
  if (both > count) {
    const key = failureLimit > 0 ? 'failureLimit' : 'consecutiveSuccessLimit';
    const sum = 'failureLimit + consecutiveSuccessLimit';
    const expected = `at most ${count} (Argo Rollouts: count must be >= ${sum})`;
    complaints.push(mismatch([...path, key], expected, String(both)));
  }
  if (inconclusiveLimit > count) {
    const expected = `at most ${count} (Argo Rollouts: count must be >= inconclusiveLimit)`;
    const found = String(inconclusiveLimit);
    complaints.push(mismatch([...path, 'inconclusiveLimit'], expected, found));
  }
  if (count === 1 || intervalMs !== undefined) return complaints;
  const message = 'missing: interval must be specified when count > 1 (Argo Rollouts)';
  const missing = mismatch([...path, 'interval'], 'a duration such as 30s', 'nothing', {
    about: 'key',
    message,
  });
  return [...complaints, missing];
}

function conditionComplaints(metric: MetricSettings, path: Path): Complaint[] {
  const { successCondition, failureCondition } = metric;
  return Object.entries({ successCondition, failureCondition }).flatMap(([key, condition]) => {
    if (condition === undefined) return [];
    const parsed = parseCondition(condition);
    if (!('problem' in parsed)) return [];
    const expected = `a condition such as result[0] >= 0.95: ${parsed.problem}`;
    return [mismatch([...path, key], expected, quoted(condition))];
  });
}

/**
 * Whether a pattern of `dryRun` means a metric. Of Go's expressions it understands plain names and
 * `.*`; undefined for any other, which is refused rather than guessed at.
 * Example: `'test.*'` means `test-latency`, `'.*'` every metric.
 */
export function matchesMetric(pattern: string, name: string): boolean | undefined {
  const bare = pattern.replace(/^\^/, '').replace(/\$$/, '');
  const parts = bare.split('.*');
  if (parts.some((part) => /[\\^$.|?*+()[\]{}]/.test(part))) return undefined;
  let at = 0;
  for (const [index, part] of parts.entries()) {
    const found = name.indexOf(part, at);
    const isHeld = index === 0 && pattern.startsWith('^');
    if (found < 0 || (isHeld && found !== 0)) return false;
    at = found + part.length;
  }
  const last = parts.at(-1)!;
  return !pattern.endsWith('$') || last === '' || name.endsWith(last);
}
