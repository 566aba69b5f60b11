/** A replay → Results, so that it can be held against a prediction, or another measurement. */
import undici from 'undici/package.json' with { type: 'json' };
import type { HistogramData } from '../../simulator/results/histogram.ts';
import { bucketMsFor } from '../../simulator/results/recorder.ts';
import {
  type GeneratorHealth,
  type JourneySeries,
  RESULTS_FORMAT,
  type ReplayOutcome,
  type Results,
} from '../../simulator/results/results.ts';
import { VERSION } from '../../simulator/simulate.ts';
import type { ReplaySummary } from './summary.ts';
import { type EndpointBucket, emptyBucket, type Totals } from './totals.ts';

/** Buckets of a run whose last request is due at `durationMs`. */
export interface Extent {
  readonly durationMs: number;
  readonly bucketMs: number;
  readonly bucketCount: number;
}

/** A run of one request has a length as well. */
export function extentOf(lastDueMs: number): Extent {
  const durationMs = Math.max(1, Math.ceil(lastDueMs));
  const bucketMs = bucketMsFor(durationMs);
  return { durationMs, bucketMs, bucketCount: Math.ceil(durationMs / bucketMs) };
}

export interface Replayed {
  readonly name: string;
  readonly startAtMs: number;
  readonly extent: Extent;
  readonly totals: Totals;
  readonly endpointNames: readonly string[];
  readonly shed: number;
  readonly cpuRatio: number;
  readonly cores: number;
  readonly warnings: readonly string[];
  readonly summary: ReplaySummary;
}

/** One run, a journey for each endpoint; a request belongs to the bucket in which it was *due*. */
export function replayResults(replayed: Replayed): Results {
  const { name, startAtMs, extent, totals, endpointNames } = replayed;
  const { durationMs, bucketMs, bucketCount } = extent;
  const journeys = [...totals.endpoints].map(([endpoint, buckets]) => [
    endpointNames[endpoint]!,
    journeySeries(buckets, bucketCount, totals.serviceByEndpoint.get(endpoint)?.toData()),
  ]);
  return {
    format: RESULTS_FORMAT,
    name,
    provenance: {
      version: VERSION,
      tool: 'replay',
      toolVersion: undici.version,
      modelDigest: 'none',
      seed: 0,
      startedAtMs: startAtMs,
    },
    model: undefined,
    durationMs,
    warmUpMs: 0,
    bucketMs,
    phases: [],
    runs: [{ seed: 0, journeys: Object.fromEntries(journeys), services: {}, decisions: [] }],
    generator: healthOf(replayed),
    warnings: replayed.warnings,
    replay: outcomeOf(replayed),
    ...(replayed.summary.answers && { answers: replayed.summary.answers }),
  };
}

function outcomeOf({ summary, totals }: Replayed): ReplayOutcome {
  const { verdict, reasons, target, records, sent, failed, heldBack, statuses } = summary;
  const { serviceMs, elapsedMs, driftMs, connections } = summary;
  return {
    verdict,
    reasons,
    target,
    records,
    sent,
    failed,
    heldBack,
    statuses,
    departed: totals.departed,
    serviceMs,
    elapsedMs,
    driftMs,
    connections,
  };
}

function healthOf({ totals, shed, cpuRatio, cores }: Replayed): GeneratorHealth {
  return {
    latenessMs: totals.lateness.toData(),
    plannedArrivals: Math.max(1, totals.lateness.count + shed),
    droppedIterations: shed,
    cpuRatio,
    cores,
    machineCpuRatio: null,
    loopDelayMsP99: null,
  };
}

function journeySeries(
  buckets: ReadonlyMap<number, EndpointBucket>,
  bucketCount: number,
  serviceMs: HistogramData | undefined,
): JourneySeries {
  const all = Array.from({ length: bucketCount }, (_, i) => buckets.get(i) ?? emptyBucket());
  const sum = (of: (bucket: EndpointBucket) => number) =>
    all.reduce((total, bucket) => total + of(bucket), 0);
  const errors = all.map(({ failed, timedOut, shed }) => failed + timedOut + shed);
  const counters = {
    completed: sum(({ completed }) => completed),
    failed: sum(({ failed }) => failed),
    timedOut: sum(({ timedOut }) => timedOut),
    shed: sum(({ shed }) => shed),
    inside: 0,
  };
  return {
    counters: {
      arrived: counters.completed + sum((one) => one.failed + one.timedOut + one.shed),
      ...counters,
    },
    latencyMs: all.map(({ latencyMs }) => latencyMs),
    arrived: all.map(({ completed }, i) => completed + errors[i]!),
    completed: all.map(({ completed }) => completed),
    errors,
    ...(serviceMs !== undefined && { serviceMs }),
  };
}
