/**
 * What `compare` finds: one check per thing that was predicted and measured, and what all of them
 * come to. Plain JSON.
 */
import type { Verdict } from '../simulator/analysis/objectives.ts';
import type { Provenance } from '../simulator/results/results.ts';

export const COMPARISON_FORMAT = 'plimsoll-comparison/1';

export type CheckUnit = 'ms' | 'ratio' | 'per-second' | 'instances' | 'requests' | 'cores';

/** Edges that are not there (a gate has one limit only) are null. */
export interface Range {
  readonly low: number | null;
  readonly high: number | null;
}

/** A number with its 95 % interval; null where there is none. */
export interface Value extends Range {
  readonly value: number | null;
}

export interface Check {
  /**
   * `gate`: was the measurement itself sound? `band`: latency and errors against the prediction;
   * `group`: instances and scaling decisions against it; `objective`: the model's own SLOs, held by
   * what was measured.
   */
  readonly kind: 'gate' | 'band' | 'group' | 'objective';
  /** Journey, service, or the load generator. */
  readonly subject: string;
  /** Name of the window; `whole run` for what has no other. */
  readonly window: string;
  /** `p95`, `error rate`, `instances`, `scale-out to 3`, `lateness p99`. */
  readonly statistic: string;
  readonly unit: CheckUnit;
  /** Mean of the replications and the interval of one further run; null for gates. */
  readonly predicted: Value | null;
  /** What passes. */
  readonly allowed: Range;
  readonly measured: Value;
  readonly verdict: Verdict;
  /** In words, with its numbers; empty for a pass. */
  readonly reason: string;
}

export interface Comparison {
  readonly format: typeof COMPARISON_FORMAT;
  readonly name: string;
  readonly verdict: Verdict;
  /** Why it is no pass, the most telling first. */
  readonly reasons: readonly string[];
  readonly checks: readonly Check[];
  /** What else was seen on either side, such as an instance that died. */
  readonly warnings: readonly string[];
  /** Share by which a measurement may lie outside the predicted interval, for the model's error. */
  readonly toleranceRatio: number;
  readonly predicted: Provenance;
  readonly measured: Provenance;
}
