/** Collects one run's series while the engine runs: one element per bucket of simulated time. */

import type { Cluster } from '../components/cluster.ts';
import type { Fleet } from '../components/fleet.ts';
import { MAX_SERVICES, STATE } from '../components/fleet.ts';
import type { WarmPool } from '../components/warm-pool.ts';
import type { Columns } from '../engine/columns.ts';
import type { Model, Service } from '../model/model.ts';
import { UsageError } from '../model/usage-error.ts';
import { EvaluationLog } from './evaluation-log.ts';
import { BUCKET_COUNT, bucketOf, type HistogramData, sparse } from './histogram.ts';
import { MixRecorder } from './mix-recorder.ts';
import { NodeRecorder } from './node-recorder.ts';
import type {
  Evaluation,
  Incident,
  JourneySeries,
  MixSeries,
  Run,
  ScalingDecision,
  ServiceSeries,
  WarmPoolSeries,
} from './results.ts';

const NICE_BUCKETS_MS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800].map((s) => s * 1000);
const MOST_BUCKETS = 150;

/**
 * Bucket width in ms that a person would choose for a run: at most 150 buckets.
 * `bucketMsFor(70_000)` is 1000.
 */
export function bucketMsFor(durationMs: number): number {
  const nice = NICE_BUCKETS_MS.find((bucketMs) => durationMs / bucketMs <= MOST_BUCKETS);
  return nice ?? 3_600_000 * Math.ceil(durationMs / MOST_BUCKETS / 3_600_000);
}

/** Journeys × buckets of a run, and journeys alone. */
const MOST_SERIES: number = 1 << 14;

/** Integral of a group's instances over time, in hours; by type where there are several. */
export interface GroupHours {
  readonly all: number;
  readonly byType: Readonly<Record<string, number>> | undefined;
}

/** What is sampled of one service at the end of each bucket. */
class ServiceRecorder {
  readonly booting: number[] = [];
  readonly serving: number[] = [];
  readonly draining: number[] = [];
  readonly desired: number[] = [];
  readonly utilizationRatio: (number | null)[] = [];
  /** Of the version that comes; undefined where none does. */
  readonly updated: number[] | undefined;
  /** Of a warm pool. */
  private readonly pooled: number[] = [];
  private warmPool: WarmPool | undefined;
  /** Of a group of several types. */
  private readonly mix: MixRecorder | undefined;
  private busyMs = 0;
  private capacityMs = 0;

  constructor({ rollouts, on }: Service) {
    this.updated = rollouts === undefined ? undefined : [];
    this.mix = on.mix && new MixRecorder();
  }

  sample(fleet: Fleet, service: number, nowMs: number): void {
    const { busyMs, capacityMs } = fleet.work(service, nowMs);
    this.booting.push(fleet.rowsIn(service, STATE.booting).length);
    this.serving.push(fleet.rowsIn(service, STATE.warming, STATE.ready).length);
    this.draining.push(fleet.rowsIn(service, STATE.draining).length);
    this.desired.push(fleet.desired[service]!);
    this.updated?.push(updatedIn(fleet, service));
    this.mix?.sample(fleet, service);
    this.pooled.push(fleet.warmPools[service]?.size ?? 0);
    this.warmPool = fleet.warmPools[service];
    const capacity = capacityMs - this.capacityMs;
    this.utilizationRatio.push(capacity > 0 ? (busyMs - this.busyMs) / capacity : null);
    this.busyMs = busyMs;
    this.capacityMs = capacityMs;
  }

  mixSeries(hours: MixSeries['hours'] | undefined): MixSeries | undefined {
    return hours && this.mix?.series(hours);
  }

  warmPoolSeries(nowMs: number): WarmPoolSeries | undefined {
    return this.warmPool && { size: this.pooled, ...this.warmPool.outcome(nowMs) };
  }
}

/** Instances of the version that the latest roll-out brings. */
function updatedIn(fleet: Fleet, service: number): number {
  const latest = fleet.latestVersion[service]!;
  if (latest === 0) return 0;
  const rows = fleet.rowsIn(service, STATE.booting, STATE.warming, STATE.ready);
  return rows.filter((row) => fleet.version[row] === latest).length;
}

/**
 * Made once a thread and used for one run after the other. Columns have an element per journey and
 * bucket, at `journey · bucketCount + bucket`; a request belongs to the bucket in which it started.
 */
export class Recorder {
  bucketMs = 1;
  bucketCount = 0;
  readonly arrived: Int32Array;
  readonly completed: Int32Array;
  readonly errors: Int32Array = new Int32Array(MOST_SERIES);
  /** Of completed requests: histograms, one after the other, and what they do not know. */
  readonly counts: Uint32Array<ArrayBuffer>;
  readonly sumMs: Float64Array;
  readonly minMs: Float64Array;
  readonly maxMs: Float64Array;
  /** By journey. */
  readonly failed: Int32Array = new Int32Array(MOST_SERIES);
  readonly timedOut: Int32Array = new Int32Array(MOST_SERIES);
  readonly shed: Int32Array = new Int32Array(MOST_SERIES);
  /** Completed, with something answered by a fallback. */
  readonly degraded: Int32Array = new Int32Array(MOST_SERIES);
  /** By service. */
  readonly zombies: Float64Array = new Float64Array(MAX_SERVICES);
  decisions: ScalingDecision[] = [];
  private evaluations: EvaluationLog | undefined;
  incidents: Incident[] = [];
  private services: readonly ServiceRecorder[] = [];
  private nodes: readonly NodeRecorder[] = [];
  private model: Model | undefined;

  /** @param columns where those lie that code made for a model works on */
  constructor({ int32, uint32, float64 }: Columns) {
    this.arrived = int32(MOST_SERIES);
    this.completed = int32(MOST_SERIES);
    this.counts = uint32(MOST_SERIES * BUCKET_COUNT);
    this.sumMs = float64(MOST_SERIES);
    this.minMs = float64(MOST_SERIES);
    this.maxMs = float64(MOST_SERIES);
  }

  /** Forgets the run before. */
  begin(model: Model, isFirst = false): void {
    this.model = model;
    this.evaluations = isFirst ? new EvaluationLog() : undefined;
    this.bucketMs = bucketMsFor(model.durationMs);
    this.bucketCount = Math.max(1, Math.ceil(model.durationMs / this.bucketMs));
    const series = model.journeys.length * this.bucketCount;
    if (series > MOST_SERIES) {
      const most = Math.floor(MOST_SERIES / this.bucketCount);
      throw new UsageError(
        `${model.name}: expected at most ${most} journeys, found ${model.journeys.length}`,
      );
    }
    const { arrived, completed, errors, sumMs, maxMs } = this;
    for (const column of [arrived, completed, errors, sumMs, maxMs]) column.fill(0, 0, series);
    this.counts.fill(0, 0, series * BUCKET_COUNT);
    this.minMs.fill(Number.POSITIVE_INFINITY, 0, series);
    for (const fate of [this.failed, this.timedOut, this.shed, this.degraded]) {
      fate.fill(0, 0, model.journeys.length);
    }
    this.zombies.fill(0, 0, model.services.length);
    this.decisions = [];
    this.incidents = [];
    this.services = model.services.map((service) => new ServiceRecorder(service));
    this.nodes = (model.nodes ?? []).map(() => new NodeRecorder());
  }

  /** What a control loop saw and said, and what was desired before. */
  evaluate(evaluation: Evaluation): void {
    const { atMs, service, observation, desired, reason } = evaluation;
    const from = observation.desired;
    if (desired !== from) this.decisions.push({ atMs, service, from, desired, reason });
    this.evaluations?.add(evaluation);
  }

  arrive(journey: number, bucket: number): void {
    this.arrived[journey * this.bucketCount + bucket]!++;
  }

  /**
   * A request's end, in the bucket in which it started.
   *
   * @param status 0 completed, 1 failed, 2 timed out, 3 shed
   * @param latency its latency in ms is the first element
   */
  end(journey: number, bucket: number, status: number, latency: Float64Array): void {
    const at = journey * this.bucketCount + bucket;
    if (status === 0) {
      this.complete(at, latency[0]!);
      return;
    }
    this.errors[at]!++;
    if (status === 2) this.timedOut[journey]!++;
    else if (status === 3) this.shed[journey]!++;
    else this.failed[journey]!++;
  }

  private complete(at: number, latencyMs: number): void {
    this.completed[at]!++;
    this.counts[at * BUCKET_COUNT + bucketOf(latencyMs)]!++;
    this.sumMs[at]! += latencyMs;
    if (latencyMs < this.minMs[at]!) this.minMs[at] = latencyMs;
    if (latencyMs > this.maxMs[at]!) this.maxMs[at] = latencyMs;
  }

  sample(fleet: Fleet, nowMs: number, cluster?: Cluster): void {
    this.services.forEach((recorder, service) => {
      recorder.sample(fleet, service, nowMs);
    });
    if (cluster === undefined) return;
    this.nodes.forEach((recorder, pool) => {
      recorder.sample(cluster, pool, nowMs);
    });
  }

  /** What nodes were doing; nothing of a model without any. */
  private nodesOf(cluster: Cluster | undefined): Pick<Run, 'nodes'> {
    if (cluster === undefined) return {};
    const series = this.nodes.map((recorder, pool) => recorder.series(cluster, pool));
    const names = cluster.pools.pools.map(({ name }, pool) => [name, series[pool]!] as const);
    return { nodes: Object.fromEntries(names) };
  }

  toRun(
    seed: number,
    hours: readonly GroupHours[],
    caches: Run['caches'],
    outcomes: readonly ServiceSeries['rollouts'][],
    cluster?: Cluster,
  ): Run {
    const { model } = this;
    const journeys: Record<string, JourneySeries> = {};
    model!.journeys.forEach(({ name }, index) => {
      journeys[name] = this.journeySeries(index);
    });
    const services: Record<string, ServiceSeries> = {};
    model!.services.forEach(({ name }, index) => {
      const { updated, ...series } = this.services[index]!;
      const pool = this.services[index]!.warmPoolSeries(model!.durationMs);
      const { booting, serving, draining, desired, utilizationRatio } = series;
      const rollouts = outcomes[index];
      const mix = this.services[index]!.mixSeries(hours[index]!.byType);
      services[name] = {
        booting,
        serving,
        draining,
        desired,
        utilizationRatio,
        zombies: this.zombies[index]!,
        instanceHours: hours[index]!.all,
        ...(updated !== undefined && { updated }),
        ...(rollouts !== undefined && { rollouts }),
        ...(mix !== undefined && { mix }),
        ...(pool !== undefined && { warmPool: pool }),
      };
    });
    const { decisions, incidents } = this;
    const evaluations = this.evaluations?.entries ?? [];
    return {
      seed,
      journeys,
      services,
      decisions,
      ...(incidents.length > 0 && { incidents }),
      ...(evaluations.length > 0 && { evaluations }),
      ...this.nodesOf(cluster),
      ...(caches !== undefined && { caches }),
    };
  }

  private journeySeries(journey: number): JourneySeries {
    const from = journey * this.bucketCount;
    const series = (column: Int32Array) => [...column.subarray(from, from + this.bucketCount)];
    const [arrived, completed, errors] = [this.arrived, this.completed, this.errors].map(series);
    const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
    return {
      counters: {
        arrived: sum(arrived!),
        completed: sum(completed!),
        failed: this.failed[journey]!,
        timedOut: this.timedOut[journey]!,
        shed: this.shed[journey]!,
        inside: sum(arrived!) - sum(completed!) - sum(errors!),
      },
      latencyMs: arrived!.map((_, bucket) => this.histogram(from + bucket)),
      arrived: arrived!,
      completed: completed!,
      errors: errors!,
      ...(this.degraded[journey]! > 0 && { degraded: this.degraded[journey]! }),
    };
  }

  private histogram(at: number): HistogramData {
    const count = this.completed[at]!;
    const counts = this.counts.subarray(at * BUCKET_COUNT, (at + 1) * BUCKET_COUNT);
    const min = count > 0 ? this.minMs[at]! : 0;
    const data = { count, sum: this.sumMs[at]!, min, max: this.maxMs[at]! };
    return { ...data, buckets: sparse(counts) };
  }
}
