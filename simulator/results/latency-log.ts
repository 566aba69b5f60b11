import type { Run } from './results.ts';

/** A run and, by journey in the model's order, its latencies in ms in order of completion. */
export interface LatencyRun {
  readonly run: Run;
  readonly latenciesMs: readonly Float64Array[];
}

/**
 * The latencies of one journey in order of completion, for analyses that need the series itself and
 * not its histogram. Only what is completed before the end counts: afterwards nobody arrives any
 * more, and a system that empties is not in the state that the run was about.
 */
export class LatencyLog {
  private readonly endMs: number;
  private kept: Float64Array;
  private count = 0;

  /** @param expected completions; more make it grow, which copies all of them */
  constructor(endMs: number, expected: number) {
    this.endMs = endMs;
    this.kept = new Float64Array(Math.max(64, Math.ceil(expected)));
  }

  record(nowMs: number, latencyMs: number): void {
    if (nowMs >= this.endMs) return;
    if (this.count === this.kept.length) this.grow();
    this.kept[this.count++] = latencyMs;
  }

  /** A view of what was recorded, in ms. */
  latenciesMs(): Float64Array {
    return this.kept.subarray(0, this.count);
  }

  private grow(): void {
    const larger = new Float64Array(2 * this.kept.length);
    larger.set(this.kept);
    this.kept = larger;
  }
}
