/**
 * Read first: the whole story. A model is compiled into a program, the program is run once per
 * replication with random streams of its own, and the runs are laid side by side as Results.
 *
 *     Model ──compile──► Program ──run × replications──► Run[] ──collect──► Results
 */

import { compile } from './engine/compile.ts';
import { runReplication } from './engine/engine.ts';
import type { Model } from './model/model.ts';
import { significant } from './model/units.ts';
import { LatencyLog, type LatencyRun } from './results/latency-log.ts';
import { bucketMsFor } from './results/recorder.ts';
import {
  type Phase,
  type Provenance,
  RESULTS_FORMAT,
  type Results,
  type Run,
} from './results/results.ts';
import { curveArea } from './traffic/curve.ts';

export const VERSION = '0.1.0';

export interface SimulationOptions {
  readonly seed: number;
  /** Independent runs; an interval needs at least three. */
  readonly replications: number;
  /**
   * `independent`: every replication has arrivals of its own. `shared`: all play the arrivals of
   * the first one, which are also what `plan` writes, so that the prediction is for that very load.
   */
  readonly arrivals: 'independent' | 'shared';
  readonly modelDigest: string;
}

/** Runs all replications in this thread. The same options give the same bytes on every machine. */
export function simulate(model: Model, options: SimulationOptions): Results {
  const runs: Run[] = [];
  for (let replication = 0; replication < options.replications; replication++) {
    runs.push(simulateRun(model, options, replication));
  }
  return collect(model, options, runs);
}

/** One replication; what a worker thread does. */
export function simulateRun(
  model: Model,
  options: Pick<SimulationOptions, 'seed' | 'arrivals'>,
  replication: number,
): Run {
  const shared = options.arrivals === 'shared' ? { arrivalsOf: 0 } : {};
  return runReplication(model, compile(model), { seed: options.seed, replication, ...shared });
}

/** `simulateRun`, with the latencies of what was completed before the end: 8 bytes a request. */
export function simulateLatencies(model: Model, seed: number, replication = 0): LatencyRun {
  const latencyLogs = model.journeys.map(
    ({ name }) => new LatencyLog(model.durationMs, arrivalsAtMost(model, name)),
  );
  const run = runReplication(model, compile(model), { seed, replication, latencyLogs });
  return { run, latenciesMs: latencyLogs.map((log) => log.latenciesMs()) };
}

/** The mean of a Poisson count and six standard deviations: the logs hardly ever grow. */
function arrivalsAtMost(model: Model, journey: string): number {
  const own = model.traffic.filter(({ does }) => does === journey);
  const expected = own.reduce((sum, { rate }) => sum + curveArea(rate), 0);
  return expected + 6 * Math.sqrt(expected) + 1;
}

/** What gives the same numbers again. */
export function provenanceOf(seed: number, modelDigest: string): Provenance {
  const tool = { tool: 'simulator', toolVersion: undefined, startedAtMs: undefined } as const;
  return { version: VERSION, ...tool, modelDigest, seed };
}

/** Lays runs, in order of replication, side by side. */
export function collect(model: Model, options: SimulationOptions, runs: readonly Run[]): Results {
  const { seed, modelDigest } = options;
  return {
    format: RESULTS_FORMAT,
    name: model.name,
    provenance: provenanceOf(seed, modelDigest),
    model,
    durationMs: model.durationMs,
    warmUpMs: model.warmUpMs,
    bucketMs: bucketMsFor(model.durationMs),
    phases: phasesOf(model),
    runs,
    generator: undefined,
    warnings: [...doubts(runs), ...replayedWords(model), ...burstWords(model, options)],
  };
}

/**
 * The named pieces of the first traffic's rate curve; a piece without a name goes on with the one
 * before.
 */
export function phasesOf(model: Model): Phase[] {
  const phases: Phase[] = [];
  for (const { phase, startMs, endMs } of model.traffic[0]?.rate ?? []) {
    const latest = phases.at(-1);
    if (phase !== undefined && phase !== latest?.name) phases.push({ name: phase, startMs, endMs });
    else if (latest !== undefined) phases.splice(-1, 1, { ...latest, endMs });
  }
  return phases;
}

/** What intervals of replayed arrivals do not say. */
function replayedWords({ traffic }: Model): string[] {
  return traffic.flatMap(({ name, arrivals }) => {
    if (typeof arrivals !== 'object' || arrivals.type !== 'replayed') return [];
    const { file, digest, speed, count, left } = arrivals;
    const same =
      `traffic ${name}: every replication has the same ${count} arrivals, those of ${file} ` +
      `(${digest}) at ${speed} times their speed; intervals are for these arrivals, not for others`;
    const after = `traffic ${name}: ${left} arrivals of ${file} come after the end of the run`;
    return left > 0 ? [same, after] : [same];
  });
}

/** A few bursts are not what bursts are like: runs without any agree with each other very well. */
const FEWEST_BURSTS = 30;

function burstWords(
  { traffic, durationMs }: Model,
  { replications, arrivals: whose }: SimulationOptions,
): string[] {
  if (whose === 'shared') return [];
  return traffic.flatMap(({ name, arrivals }) => {
    if (typeof arrivals !== 'object' || arrivals.type !== 'bursts') return [];
    const bursts = (replications * durationMs) / arrivals.everyMs;
    if (bursts >= FEWEST_BURSTS) return [];
    return [
      `traffic ${name}: ${significant(bursts)} bursts are expected in all runs together; with ` +
        `fewer than ${FEWEST_BURSTS} intervals do not say what more of them would do`,
    ];
  });
}

/** Reasons not to believe the numbers; data, not errors. */
function doubts(runs: readonly Run[]): string[] {
  const warnings: string[] = [];
  if (runs.length < 3) {
    warnings.push(`replications: ${runs.length}; an interval needs at least 3`);
  }
  const inside = runs.flatMap(({ journeys }) =>
    Object.values(journeys).map((j) => j.counters.inside),
  );
  const stuck = Math.max(0, ...inside);
  if (stuck > 0) {
    warnings.push(
      `up to ${stuck} requests had not finished a minute after the last arrival: the system is ` +
        'overloaded, and the latencies of those that did finish are too kind',
    );
  }
  return warnings;
}
