/** What a replay came to. */
import type { AnswerComparison } from '../../simulator/results/answers.ts';
import type { HistogramData } from '../../simulator/results/histogram.ts';
import type { LoginsReport } from '../users/logins.ts';
import type { UsersReport } from '../users/users.ts';
import type { Totals } from './totals.ts';

export type ReplayVerdict = 'pass' | 'fail' | 'inconclusive' | 'no data';

/** records = sent + failed (all reasons) + held back (all reasons). */
export interface ReplaySummary {
  readonly verdict: ReplayVerdict;
  /** Why it is not a pass; empty for a pass. */
  readonly reasons: readonly string[];
  readonly target: string;
  /** The second system, where there was one. */
  readonly second?: string | undefined;
  readonly runId: string;
  /** Overrides of safety conventions that the user asked for, in words. */
  readonly overrides: readonly string[];
  readonly records: number;
  /** Answered, whatever the status. */
  readonly sent: number;
  /** Not answered, by reason. */
  readonly failed: Readonly<Record<string, number>>;
  readonly heldBack: Readonly<Record<string, number>>;
  readonly statuses: Readonly<Record<string, number>>;
  readonly bytesOut: number;
  readonly bytesIn: number;
  /** From the intended moment to the last byte, of answered requests. */
  readonly latencyMs: HistogramData;
  /** From the send to the last byte, of answered requests. */
  readonly serviceMs: HistogramData;
  /** Actual minus intended send, of all that went out. */
  readonly latenessMs: HistogramData;
  /** Lateness of the last request: how far the run was off its schedule at its end. */
  readonly driftMs: number | null;
  readonly connections: number;
  /** From moment 0 to the last end. */
  readonly elapsedMs: number;
  /** CPU time of all of the process's threads meanwhile. */
  readonly cpuMs: number;
  /** Undefined where recorded users stayed who they are. */
  readonly users?: UsersReport | undefined;
  /** Undefined where nobody logs in. */
  readonly logins?: LoginsReport | undefined;
  readonly isInterrupted: boolean;
  /** Where answers were compared. */
  readonly answers?: AnswerComparison | undefined;
}

/** Due requests that were shed, as a share: beyond it the load is not the recorded one. */
const MOST_SHED_RATIO = 0.01;

export interface Judged {
  readonly totals: Totals;
  readonly shed: number;
  readonly mostLatenessMs: number;
  /** Why the run was stopped by itself; undefined where it was not. */
  readonly abortReason: string | undefined;
  /** Why a run that went to its end has failed all the same; undefined where it has not. */
  readonly overBudget?: string | undefined;
}

/** A run that cannot be trusted is inconclusive, never a pass. */
export function verdictOf(judged: Judged): Pick<ReplaySummary, 'verdict' | 'reasons'> {
  const { totals, shed, mostLatenessMs, abortReason, overBudget } = judged;
  const failures: string[] = [];
  if (abortReason !== undefined) failures.push(`stopped: ${abortReason}`);
  else if (totals.sent > 0 && overBudget !== undefined) failures.push(overBudget);
  if (totals.sent === 0) failures.push('not one request was answered');
  if (failures.length > 0) return { verdict: 'fail', reasons: failures };
  const doubts: string[] = [];
  const latenessMs = totals.lateness.quantile(0.99);
  // Not a number is no pass either.
  if (!(latenessMs <= mostLatenessMs)) {
    doubts.push(
      `sent late: p99 ${latenessMs.toFixed(2)} ms, at most ${mostLatenessMs} ms is sound`,
    );
  }
  const due = totals.lateness.count + shed;
  if (shed > MOST_SHED_RATIO * due) {
    doubts.push(`${shed} of ${due} due requests were shed: the load is not the recorded one`);
  }
  return { verdict: doubts.length > 0 ? 'inconclusive' : 'pass', reasons: doubts };
}
