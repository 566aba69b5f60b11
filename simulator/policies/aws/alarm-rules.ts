/**
 * What `PutMetricAlarm` refuses. Source: CloudWatch API reference, PutMetricAlarm (Period,
 * EvaluationPeriods, DatapointsToAlarm). Keys are AWS's own, times in seconds, as AWS writes them.
 */
import { type Complaint, mismatch, type Path } from '../../model/problem.ts';

export interface AlarmTimes {
  /** Seconds. */
  readonly Period: number;
  readonly EvaluationPeriods: number;
  readonly DatapointsToAlarm: number;
}

const DAY_S = 86_400;
const HOUR_S = 3600;
const SHORT_PERIODS_S: readonly number[] = [10, 20, 30];

/**
 * Complaints about periods and counts that CloudWatch would not take; empty when it would.
 *
 * @param base path of the alarm's keys
 * @example Period 45 → "expected 10, 20, 30 or a multiple of 60 s (CloudWatch: Period), found 45"
 */
export function alarmComplaints(times: AlarmTimes, base: Path = []): Complaint[] {
  const { Period, EvaluationPeriods, DatapointsToAlarm } = times;
  const complaints: Complaint[] = [];
  if (!SHORT_PERIODS_S.includes(Period) && (Period < 60 || Period % 60 !== 0)) {
    const expected = '10, 20, 30 or a multiple of 60 s (CloudWatch: Period)';
    complaints.push(mismatch([...base, 'Period'], expected, String(Period)));
  }
  if (DatapointsToAlarm > EvaluationPeriods) {
    const expected = `at most EvaluationPeriods, ${EvaluationPeriods} (CloudWatch: M of N)`;
    const path = [...base, 'DatapointsToAlarm'];
    complaints.push(mismatch(path, expected, String(DatapointsToAlarm)));
  }
  const most = Period >= HOUR_S ? 7 * DAY_S : DAY_S;
  if (Period * EvaluationPeriods > most) {
    const days = most === DAY_S ? 'one day, 86400 s' : 'seven days, 604800 s';
    const expected = `Period × EvaluationPeriods of at most ${days} (CloudWatch)`;
    const path = [...base, 'EvaluationPeriods'];
    complaints.push(mismatch(path, expected, `${Period} × ${EvaluationPeriods} s`));
  }
  return complaints;
}
