/** What a load run comes to, all its seconds together. */
import { Histogram, type HistogramData } from '../simulator/results/histogram.ts';
import type { Ended } from './exchange.ts';

/** planned = started + dropped + unsent, and started = ok + error + timeout. */
export interface GeneratorSummary {
  readonly planned: number;
  readonly started: number;
  /** Came while too many were in flight. */
  readonly dropped: number;
  /** Left over by an interrupted run. */
  readonly unsent: number;
  readonly ok: number;
  readonly error: number;
  readonly timeout: number;
  /** What errors and timeouts were: `status 503`, `ECONNREFUSED`, … → how many. */
  readonly reasons: Readonly<Record<string, number>>;
  readonly connections: number;
  /** Actual minus intended start, in ms. */
  readonly lateness: HistogramData;
  /** CPU time of the generator's process. */
  readonly cpuMs: number;
  readonly isInterrupted: boolean;
}

/** A look at a run under way. */
export interface GeneratorProgress {
  /** Since moment 0. */
  readonly atMs: number;
  readonly planned: number;
  readonly started: number;
  readonly dropped: number;
  readonly inFlight: number;
}

export class Tally {
  readonly counts = { started: 0, dropped: 0, ok: 0, error: 0, timeout: 0 };
  private readonly lateness = new Histogram();
  private readonly reasons = new Map<string, number>();

  started(latenessMs: number): void {
    this.counts.started++;
    this.lateness.record(latenessMs);
  }

  ended({ outcome, reason }: Ended): void {
    this.counts[outcome]++;
    if (outcome !== 'ok') this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1);
  }

  get endedCount(): number {
    return this.counts.ok + this.counts.error + this.counts.timeout;
  }

  summary(
    run: Pick<GeneratorSummary, 'planned' | 'connections' | 'cpuMs' | 'isInterrupted'>,
  ): GeneratorSummary {
    const { counts } = this;
    return {
      ...run,
      ...counts,
      unsent: run.planned - counts.started - counts.dropped,
      reasons: Object.fromEntries(this.reasons),
      lateness: this.lateness.toData(),
    };
  }
}
