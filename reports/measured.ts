/** A measured load → Results, so that it can be held against a prediction. */
import { windowsOf } from '../simulator/analysis/windows.ts';
import { Histogram } from '../simulator/results/histogram.ts';
import { bucketMsFor } from '../simulator/results/recorder.ts';
import {
  type GeneratorHealth,
  type JourneySeries,
  RESULTS_FORMAT,
  type Results,
  type Run,
} from '../simulator/results/results.ts';
import { VERSION } from '../simulator/simulate.ts';
import type { LoadPlan } from '../simulator/traffic/load-plan.ts';
import type { LoadTotals, SecondTotals } from './load-totals.ts';
import type { StagingSeries } from './read-staging-log.ts';

/** What `load` saw of the machine while the generator worked. */
export type MachineHealth = Pick<
  GeneratorHealth,
  'machineCpuRatio' | 'loopDelayMsP99' | 'cores'
> & {
  /** CPU of the generator's process ÷ one core, for a generator that does not report its own. */
  readonly cpuRatio: number | null;
};

export interface Measurement {
  readonly plan: LoadPlan;
  readonly totals: LoadTotals;
  readonly staging: StagingSeries | undefined;
  readonly machine: MachineHealth | undefined;
  readonly toolVersion?: string;
}

/** One run; a request belongs to the bucket in which it started. */
export function measuredResults(measurement: Measurement): Results {
  const { plan, totals, staging, toolVersion } = measurement;
  const { name, modelDigest, seed, durationMs, warmUpMs, phases } = plan;
  const bucketMs = bucketMsFor(durationMs);
  const journeys = Object.fromEntries(
    [...totals.journeys].map(([journey, seconds]) => [
      journey,
      journeySeries(seconds, bucketMs, Math.ceil(durationMs / bucketMs)),
    ]),
  );
  return {
    format: RESULTS_FORMAT,
    name,
    provenance: {
      version: VERSION,
      tool: totals.toolName,
      toolVersion: toolVersion ?? totals.toolVersion,
      modelDigest,
      seed,
      startedAtMs: totals.startAtMs,
    },
    model: undefined,
    durationMs,
    warmUpMs,
    bucketMs,
    phases,
    runs: [{ seed, journeys, ...seenByController(staging) }],
    generator: generatorHealth(measurement),
    warnings: doubts(measurement),
  };
}

/** A target that no controller of ours watches shows neither instances nor decisions. */
export function seenByController(
  staging: StagingSeries | undefined,
): Omit<Run, 'seed' | 'journeys'> {
  if (staging === undefined) return { services: {}, decisions: [] };
  const { services, decisions, evaluations, scaling, incidents } = staging;
  const happened = incidents.length > 0 ? { incidents } : {};
  return { services, decisions, evaluations, scaling, ...happened };
}

function journeySeries(
  seconds: ReadonlyMap<number, SecondTotals>,
  bucketMs: number,
  buckets: number,
): JourneySeries {
  const latency = Array.from({ length: buckets }, () => new Histogram());
  const column = () => Array.from({ length: buckets }, () => 0);
  const [arrived, completed, errors] = [column(), column(), column()];
  const counters = { arrived: 0, completed: 0, failed: 0, timedOut: 0, shed: 0, inside: 0 };
  let started = 0;
  for (const [second, totals] of seconds) {
    // The load begins at moment 0, and what started late still belongs to the run.
    const bucket = Math.min(buckets - 1, Math.max(0, Math.floor((second * 1000) / bucketMs)));
    const { ok, error, timeout } = totals;
    latency[bucket]!.merge(ok.toData());
    completed[bucket]! += ok.count;
    errors[bucket]! += error.count + timeout.count;
    arrived[bucket]! += ok.count + error.count + timeout.count;
    counters.completed += ok.count;
    counters.failed += error.count;
    counters.timedOut += timeout.count;
    started += totals.started;
  }
  const ended = counters.completed + counters.failed + counters.timedOut;
  counters.inside = Math.max(0, started - ended);
  counters.arrived = ended + counters.inside;
  arrived[buckets - 1]! += counters.inside;
  return { counters, latencyMs: latency.map((one) => one.toData()), arrived, completed, errors };
}

function generatorHealth({ plan, totals, machine }: Measurement): GeneratorHealth {
  return {
    latenessMs: totals.latenessMs.toData(),
    plannedArrivals: plan.loads.reduce((sum, { arrivalCount }) => sum + arrivalCount, 0),
    droppedIterations: totals.droppedIterations,
    cpuRatio: totals.cpuRatio ?? machine?.cpuRatio ?? null,
    cores: machine?.cores ?? 1,
    machineCpuRatio: machine?.machineCpuRatio ?? null,
    loopDelayMsP99: machine?.loopDelayMsP99 ?? null,
  };
}

function doubts({ plan, totals, staging }: Measurement): string[] {
  const warnings = (staging?.deaths ?? []).map(
    ({ service, atMs }) =>
      `an instance of ${service} died ${(atMs / 1000).toFixed(1)} s into the run`,
  );
  const ended = [...totals.journeys.values()].flatMap((seconds) => [...seconds.values()]);
  if (ended.length > 0 && ended.every(({ ok }) => ok.count === 0)) {
    warnings.push('not one request succeeded: does the target run, and is it the right one?');
  }
  const known = new Set(plan.loads.map(({ journey }) => journey));
  for (const journey of totals.journeys.keys()) {
    if (!known.has(journey))
      warnings.push(`the load has a journey ${journey} that the plan has not`);
  }
  if (windowsOf(plan).length === 1 && plan.phases.length > 0) {
    warnings.push('every phase lies inside the warm-up');
  }
  return warnings;
}
