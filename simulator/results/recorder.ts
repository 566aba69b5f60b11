/** Collects one run's series while the engine runs: one element per bucket of simulated time. */
import type { Fleet } from '../components/fleet.ts';
import { STATE } from '../components/fleet.ts';
import type { Model } from '../model/model.ts';
import { Histogram } from './histogram.ts';
import type { LatencyLog } from './latency-log.ts';
import type { JourneySeries, Run, ScalingDecision, ServiceSeries } from './results.ts';

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

/** The fates of one journey's requests; hot, so plain mutable fields. */
export class JourneyRecorder {
  readonly latencyMs: Histogram[];
  readonly arrived: Int32Array;
  readonly completed: Int32Array;
  readonly errors: Int32Array;
  failed = 0;
  timedOut = 0;
  shed = 0;
  inside = 0;
  private readonly bucketMs: number;
  private readonly log: LatencyLog | undefined;

  /** @param log where every completed request's latency goes as well, if anywhere */
  constructor(bucketMs: number, buckets: number, log?: LatencyLog) {
    this.bucketMs = bucketMs;
    this.log = log;
    this.latencyMs = Array.from({ length: buckets }, () => new Histogram());
    this.arrived = new Int32Array(buckets);
    this.completed = new Int32Array(buckets);
    this.errors = new Int32Array(buckets);
  }

  arrive(atMs: number): void {
    this.arrived[this.bucket(atMs)]!++;
    this.inside++;
  }

  /** @param status 0 completed, 1 failed, 2 timed out, 3 shed */
  end(startMs: number, nowMs: number, status: number): void {
    const bucket = this.bucket(startMs);
    this.inside--;
    if (status === 0) {
      this.completed[bucket]!++;
      this.latencyMs[bucket]!.record(nowMs - startMs);
      if (this.log !== undefined) this.log.record(nowMs, nowMs - startMs);
      return;
    }
    this.errors[bucket]!++;
    if (status === 2) this.timedOut++;
    else if (status === 3) this.shed++;
    else this.failed++;
  }

  toSeries(): JourneySeries {
    const sum = (values: Int32Array) => values.reduce((a, b) => a + b, 0);
    return {
      counters: {
        arrived: sum(this.arrived),
        completed: sum(this.completed),
        failed: this.failed,
        timedOut: this.timedOut,
        shed: this.shed,
        inside: this.inside,
      },
      latencyMs: this.latencyMs.map((histogram) => histogram.toData()),
      arrived: [...this.arrived],
      completed: [...this.completed],
      errors: [...this.errors],
    };
  }

  private bucket(atMs: number): number {
    return Math.min(this.arrived.length - 1, Math.floor(atMs / this.bucketMs));
  }
}

/** What is sampled of one service at the end of each bucket. */
class ServiceRecorder {
  readonly booting: number[] = [];
  readonly serving: number[] = [];
  readonly draining: number[] = [];
  readonly desired: number[] = [];
  readonly utilizationRatio: (number | null)[] = [];
  private busyMs = 0;
  private capacityMs = 0;

  sample(fleet: Fleet, service: number, nowMs: number): void {
    const { busyMs, capacityMs } = fleet.work(service, nowMs);
    this.booting.push(fleet.rowsIn(service, STATE.booting).length);
    this.serving.push(fleet.memberCount[service]!);
    this.draining.push(fleet.rowsIn(service, STATE.draining).length);
    this.desired.push(fleet.desired[service]!);
    const capacity = capacityMs - this.capacityMs;
    this.utilizationRatio.push(capacity > 0 ? (busyMs - this.busyMs) / capacity : null);
    this.busyMs = busyMs;
    this.capacityMs = capacityMs;
  }
}

export class Recorder {
  readonly bucketMs: number;
  readonly bucketCount: number;
  readonly journeys: readonly JourneyRecorder[];
  readonly services: readonly ServiceRecorder[];
  readonly zombies: Float64Array;
  readonly decisions: ScalingDecision[] = [];
  private readonly model: Model;

  /** @param logs by journey; none keeps histograms only */
  constructor(model: Model, logs: readonly LatencyLog[] = []) {
    this.model = model;
    this.bucketMs = bucketMsFor(model.durationMs);
    this.bucketCount = Math.max(1, Math.ceil(model.durationMs / this.bucketMs));
    this.journeys = model.journeys.map(
      (_, index) => new JourneyRecorder(this.bucketMs, this.bucketCount, logs[index]),
    );
    this.services = model.services.map(() => new ServiceRecorder());
    this.zombies = new Float64Array(model.services.length);
  }

  sample(fleet: Fleet, nowMs: number): void {
    this.services.forEach((recorder, service) => {
      recorder.sample(fleet, service, nowMs);
    });
  }

  toRun(seed: number, instanceHours: readonly number[]): Run {
    const journeys: Record<string, JourneySeries> = {};
    this.model.journeys.forEach(({ name }, index) => {
      journeys[name] = this.journeys[index]!.toSeries();
    });
    const services: Record<string, ServiceSeries> = {};
    this.model.services.forEach(({ name }, index) => {
      const { booting, serving, draining, desired, utilizationRatio } = this.services[index]!;
      services[name] = {
        booting,
        serving,
        draining,
        desired,
        utilizationRatio,
        zombies: this.zombies[index]!,
        instanceHours: instanceHours[index]!,
      };
    });
    return { seed, journeys, services, decisions: this.decisions };
  }
}
