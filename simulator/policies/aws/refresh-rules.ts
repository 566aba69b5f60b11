/** What `StartInstanceRefresh` refuses. Source: API reference, RefreshPreferences. */
import { type Complaint, mismatch, type Path } from '../../model/problem.ts';
import type { RefreshRule } from './instance-refresh.ts';

const LONGEST_MS = 172_800_000;

/**
 * Complaints about a refresh; paths are keys of the rule.
 * Example: minHealthyPercent 50, maxHealthyPercent 160 → "expected at most 150 …, found 160".
 */
export function refreshComplaints(rule: RefreshRule, base: Path = []): Complaint[] {
  const { minHealthyPercent: least, maxHealthyPercent: most } = rule;
  const complaints: Complaint[] = [];
  const refuse = (key: keyof RefreshRule, expected: string, found: number | string) =>
    complaints.push(mismatch([...base, key], `${expected} (EC2 Auto Scaling)`, String(found)));
  if (least < 0 || least > 100) refuse('minHealthyPercent', 'from 0 to 100', least);
  if (most < 100 || most > 200) refuse('maxHealthyPercent', 'from 100 to 200', most);
  if (most - least > 100)
    refuse('maxHealthyPercent', `at most ${least + 100}, 100 above the minimum`, most);
  const percents = rule.checkpointPercents;
  const isAscending = percents.every(
    (one, i) => one >= 1 && one <= 100 && one > (percents[i - 1] ?? 0),
  );
  if (!isAscending)
    refuse('checkpointPercents', 'ascending numbers from 1 to 100', percents.join(', '));
  for (const key of ['checkpointDelayMs', 'bakeMs'] as const) {
    if (rule[key] < 0 || rule[key] > LONGEST_MS)
      refuse(key, 'from 0 to 172800 s', `${rule[key] / 1000} s`);
  }
  return complaints;
}
