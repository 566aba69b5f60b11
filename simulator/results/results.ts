/**
 * The one shape in the middle. Whatever was simulated, loaded by k6 or by the built-in generator,
 * or replayed is a Results, so that anything can be compared with anything: a measurement has one
 * run, a simulation one per replication. Plain JSON; times in milliseconds since the first moment
 * of the scenario.
 */
import type { Model, Scaling } from '../model/model.ts';
import type { ScalingObservation } from '../policies/scaling.ts';
import type { AnswerComparison } from './answers.ts';
import type { HistogramData } from './histogram.ts';

export const RESULTS_FORMAT = 'plimsoll-results/1';

/** Fates of requests; `arrived` = the sum of the other five, at every moment. */
export interface Counters {
  readonly arrived: number;
  readonly completed: number;
  /**
   * Answered with an error (a downstream call failed or timed out, no instance, cut by a drain).
   */
  readonly failed: number;
  /** The client gave up waiting; the work may go on (zombie work). */
  readonly timedOut: number;
  /** Refused at once by an overloaded server. */
  readonly shed: number;
  /** Not finished when the run ended. */
  readonly inside: number;
}

/**
 * What clients saw of one journey. Series have one element per bucket of `Results.bucketMs`, and a
 * request belongs to the bucket in which it *started*. Latency is of completed requests only.
 */
export interface JourneySeries {
  readonly counters: Counters;
  readonly latencyMs: readonly HistogramData[];
  readonly arrived: readonly number[];
  readonly completed: readonly number[];
  /** failed + timed out + shed */
  readonly errors: readonly number[];
  /** Completed with a degraded answer: something on the way was done by a fallback. */
  readonly degraded?: number;
  /**
   * Of a replay, over the whole run: from the send to the last byte. `latencyMs` counts from the
   * intended moment there.
   */
  readonly serviceMs?: HistogramData;
}

/** What a replay says of itself: what became of every record, and whether it was sound. */
export interface ReplayOutcome {
  readonly verdict: 'pass' | 'fail' | 'inconclusive' | 'no data';
  /** Why it is not a pass. */
  readonly reasons: readonly string[];
  readonly target: string;
  /** = sent (answered, whatever the status) + all of `failed` + all of `heldBack`. */
  readonly records: number;
  readonly sent: number;
  /** Not answered, by reason. */
  readonly failed: Readonly<Record<string, number>>;
  /** Not sent, by reason. */
  readonly heldBack: Readonly<Record<string, number>>;
  /** Answers by status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Requests that went out, by the bucket in which they did; journeys go by when they were due. */
  readonly departed: readonly number[];
  /** From the send to the last byte, of all that was answered. */
  readonly serviceMs: HistogramData;
  readonly elapsedMs: number;
  /** Lateness of the last request; null where none went out. */
  readonly driftMs: number | null;
  readonly connections: number;
}

/** One service's group of instances; series hold the value at each bucket's end. */
export interface ServiceSeries {
  readonly booting: readonly number[];
  /** Serving: ready or still warming up; on their balancer's list, or ejected from it. */
  readonly serving: readonly number[];
  readonly draining: readonly number[];
  readonly desired: readonly number[];
  /** Mean share of busy capacity during the bucket, 0..1; null where it was not measured. */
  readonly utilizationRatio: readonly (number | null)[];
  /** Work finished for callers that no longer waited, in requests. */
  readonly zombies: number;
  /** Integral of instances (booting to gone) over time. */
  readonly instanceHours: number;
  /** Booting or serving, of the version that the latest roll-out brings; only with roll-outs. */
  readonly updated?: readonly number[];
  /** Those that have begun, in order of time; only with roll-outs. */
  readonly rollouts?: readonly RolloutOutcome[];
  /** Only of a group of several instance types: `desired` is in units there. */
  readonly mix?: MixSeries;
  /** Only of a group with a warm pool; its instances are none of the group's. */
  readonly warmPool?: WarmPoolSeries;
}

/** Capacity of a group in units of weight, at each bucket's end, and what of which type it had. */
export interface MixSeries {
  readonly booting: readonly number[];
  /** `GroupInServiceCapacity` of AWS, with those that warm up. */
  readonly serving: readonly number[];
  readonly draining: readonly number[];
  /** By type: integral of instances over time; together `instanceHours`. */
  readonly hours: Readonly<Record<string, number>>;
}

/** Instances that were prepared beforehand. */
export interface WarmPoolSeries {
  /** At each bucket's end, those being prepared or on their way back included. */
  readonly size: readonly number[];
  /** Launches of the group from the pool, and past it. */
  readonly warmStarts: number;
  readonly coldStarts: number;
  /** Instances that came to the pool from the group. */
  readonly returned: number;
  /** Integrals over time: being prepared, as a running machine, and waiting, as the pool has it. */
  readonly preparingHours: number;
  readonly waitingHours: number;
}

/** What became of a new version, and what its users saw. */
export interface RolloutOutcome {
  readonly startedAtMs: number;
  /** Null while it is under way. */
  readonly endedAtMs: number | null;
  /** `replaced`: it gave way to the next one. */
  readonly phase: 'under way' | 'done' | 'rolled back' | 'failed' | 'replaced';
  /** That came to instances of the new version, and those of them that failed there. */
  readonly requests: number;
  readonly errors: number;
}

/**
 * A pool of nodes; series hold the value at each bucket's end. Its decisions and evaluations go by
 * the name `nodes/<pool>`.
 */
export interface NodeSeries {
  /** Take pods. */
  readonly ready: readonly number[];
  /** Asked for, and still to come. */
  readonly provisioning: readonly number[];
  /** Take no pods any more, and go when theirs are gone. */
  readonly draining: readonly number[];
  readonly desired: readonly number[];
  /** Pods that might be on a node of the pool, and have none. */
  readonly pending: readonly number[];
  /** Requested ÷ allocatable, mean over the bucket and over all nodes; null where none was paid. */
  readonly allocatedCpuRatio: readonly (number | null)[];
  readonly allocatedMemoryRatio: readonly (number | null)[];
  /** Integral of nodes, from the request to their end, over time. */
  readonly nodeHours: number;
  /** What of those was requested by pods: 1 for an hour of a whole node's CPU, or memory. */
  readonly allocatedCpuHours: number;
  readonly allocatedMemoryHours: number;
}

export interface ScalingDecision {
  readonly atMs: number;
  readonly service: string;
  readonly from: number;
  readonly desired: number;
  /** In words, with its numbers: `step-scaling: requests-per-instance 143.2/s above 120/s …`. */
  readonly reason: string;
}

/** A look of a group's control loop at its metrics: what it saw, and what it said. */
export interface Evaluation {
  readonly atMs: number;
  readonly service: string;
  readonly observation: ScalingObservation;
  readonly desired: number;
  readonly reason: string;
}

/** What happened to instances, or was done about it. */
export interface Incident {
  readonly atMs: number;
  readonly service: string;
  readonly reason: string;
}

/** What was asked of a cache over the whole run. */
export interface CacheCounters {
  readonly lookUps: number;
  readonly hits: number;
}

export interface Run {
  readonly seed: number;
  readonly journeys: Readonly<Record<string, JourneySeries>>;
  readonly services: Readonly<Record<string, ServiceSeries>>;
  /** Changes of `desired` only. */
  readonly decisions: readonly ScalingDecision[];
  /**
   * Of the first run only: evaluations that changed something, or said something new; from each
   * until the next of its group the loop said the same, but for its numbers.
   */
  readonly evaluations?: readonly Evaluation[];
  /** Faults, ejections and what health checks found, in order of time; without any, absent. */
  readonly incidents?: readonly Incident[];
  /** Of a live run: how its groups were set; what a simulation had stands in its model. */
  readonly scaling?: Readonly<Record<string, Scaling>>;
  /** By pool, of a model with nodes. */
  readonly nodes?: Readonly<Record<string, NodeSeries>>;
  /** Of a model with caches. */
  readonly caches?: Readonly<Record<string, CacheCounters>>;
}

/** How well the load generator did its own job; a measurement without it cannot pass its gates. */
export interface GeneratorHealth {
  /** Actual minus intended start of each request. */
  readonly latenessMs: HistogramData;
  readonly plannedArrivals: number;
  readonly droppedIterations: number;
  /**
   * CPU of the generator's process ÷ one core, mean over the run; null when it was not measured.
   */
  readonly cpuRatio: number | null;
  /** Cores that the generator can use: 1 for a program of one thread. */
  readonly cores: number;
  /** Busy share of the whole machine, 0..1: over the run, and in its busiest second. */
  readonly machineCpuRatio: { readonly mean: number; readonly max: number } | null;
  /**
   * 99th percentile of the delay of a periodic timer in the generator's (or its watcher's) event
   * loop.
   */
  readonly loopDelayMsP99: number | null;
}

export interface Provenance {
  readonly version: string;
  readonly tool: 'simulator' | 'k6' | 'built-in' | 'replay';
  readonly toolVersion: string | undefined;
  readonly modelDigest: string;
  readonly seed: number;
  /** Wall clock of the scenario's moment 0; absent for a simulation. */
  readonly startedAtMs: number | undefined;
}

export interface Results {
  readonly format: typeof RESULTS_FORMAT;
  readonly name: string;
  readonly provenance: Provenance;
  /** What was simulated; absent for a measurement. With the seed it gives the same bytes again. */
  readonly model: Model | undefined;
  readonly durationMs: number;
  readonly warmUpMs: number;
  readonly bucketMs: number;
  /** Comparison windows in order of time; the whole run is not listed. */
  readonly phases: readonly Phase[];
  readonly runs: readonly Run[];
  readonly generator: GeneratorHealth | undefined;
  /** Statistical doubt in words; data, not errors. */
  readonly warnings: readonly string[];
  /** Only of a replay. */
  readonly replay?: ReplayOutcome;
  /** Of a replay whose answers were held against the recorded ones. */
  readonly answers?: AnswerComparison;
}

export interface Phase {
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
}
