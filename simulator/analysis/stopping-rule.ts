/**
 * When are there replications enough? As soon as every interval is as narrow, relative to its
 * value, as was asked for; and never more than were allowed, in which case the answer says so.
 */
import { confidenceInterval, type Estimate } from './estimate.ts';

export interface Precision {
  /** Half-width ÷ |value|, such as 0.05. */
  readonly relativeHalfWidth: number;
  /** Replications before the first look, at least 3; the fewer, the more often luck stops them. */
  readonly fewest: number;
  /** Replications after which it ends in any case. */
  readonly most: number;
}

/** One statistic's interval so far. */
export interface Progress {
  readonly name: string;
  readonly estimate: Estimate;
  /** NaN where there is no interval, ∞ around 0. */
  readonly relativeHalfWidth: number;
  /** Replications that its variance so far asks for in all; NaN where that is unknown. */
  readonly replicationsNeeded: number;
}

export interface StoppingVerdict {
  readonly stop: boolean;
  /** Every statistic is as precise as was asked for; `stop` without it means the cap. */
  readonly reached: boolean;
  readonly replications: number;
  readonly progress: readonly Progress[];
}

/**
 * Stop, or run one more replication?
 *
 * The half-width is held against ε′ = ε/(1 + ε), not ε: the value in the denominator is itself off
 * by up to the half-width, and |value − truth| ≤ ε·|truth| is what was asked for. The coverage of a
 * sequential rule is 95 % only as ε goes to 0: with ε 0.1 and `fewest` 10 it was 91 % of 1,000 runs
 * (`test/soak/coverage.ts`), because a variance that is low by luck stops it.
 *
 * @param samples statistic, such as `mean` or `p99` → one number per replication, all the same count
 * A statistic with a NaN never reaches its precision.
 * Source: A. M. Law, "Simulation Modeling and Analysis", 5th ed., 2015, §9.4.1, and Law, Kelton &
 * Koenig, "Relative width sequential confidence intervals for the mean", Comm. in Stat. B10, 1981.
 * Example: 98, 100, 102 with ε 0.1 is 100 ± 4.97 and ε′ 0.0909: reached.
 */
export function decideStopping(
  samples: Readonly<Record<string, readonly number[]>>,
  precision: Precision,
): StoppingVerdict {
  const counts = Object.values(samples).map(({ length }) => length);
  const replications = counts.length > 0 ? Math.min(...counts) : 0;
  const allowed = precision.relativeHalfWidth / (1 + precision.relativeHalfWidth);
  const progress = Object.entries(samples).map(([name, values]) =>
    progressOf(name, values, allowed),
  );
  const narrow = progress.every(({ relativeHalfWidth }) => relativeHalfWidth <= allowed);
  const reached = narrow && replications >= precision.fewest && replications > 0;
  return { stop: reached || replications >= precision.most, reached, replications, progress };
}

function progressOf(name: string, values: readonly number[], allowed: number): Progress {
  const estimate = confidenceInterval(values);
  const half = (estimate.high - estimate.low) / 2;
  // 0 ± 0 is known for sure: a ratio of errors that never happened.
  const relativeHalfWidth = half === 0 ? 0 : half / Math.abs(estimate.value);
  const excess = relativeHalfWidth / allowed;
  const replicationsNeeded = Math.max(3, Math.ceil(values.length * excess * excess));
  return { name, estimate, relativeHalfWidth, replicationsNeeded };
}

/**
 * Runs replications 0, 1, 2 … until `decideStopping` says stop.
 *
 * @param replicate one replication's statistics, the same names each time
 * Returns the last verdict; at least one replication is run.
 * Example: `replicateUntil((r) => ({ mean: meanOfRun(seed, r) }), { relativeHalfWidth: 0.05,
 * fewest: 10, most: 200 })`.
 */
export function replicateUntil(
  replicate: (replication: number) => Readonly<Record<string, number>>,
  precision: Precision,
): StoppingVerdict {
  const samples: Record<string, number[]> = {};
  for (let replication = 0; ; replication++) {
    for (const [name, value] of Object.entries(replicate(replication))) {
      samples[name] ??= [];
      samples[name].push(value);
    }
    const verdict = decideStopping(samples, precision);
    if (verdict.stop || replication + 1 >= precision.most) return verdict;
  }
}
