/**
 * The books of a replay: every record has one fate, and every fate is counted where it is known.
 *
 *     records = sent + held back (by reason) + failed (by reason)
 *
 * `sent` got an answer, whatever its status; `failed` got none. Latency is told three times: from
 * the intended moment (what a user would have waited), from the send (what the service took), and
 * how late the send itself was (what we are to blame for).
 */
import { Histogram, type HistogramData } from '../../simulator/results/histogram.ts';

/** Fates of one endpoint's requests that were due within one bucket of time. */
interface BucketFates {
  completed: number;
  failed: number;
  timedOut: number;
  shed: number;
  readonly latency: Histogram;
}

/** As it goes from thread to thread. */
export interface BucketPart {
  readonly endpoint: number;
  readonly bucket: number;
  readonly completed: number;
  readonly failed: number;
  readonly timedOut: number;
  readonly shed: number;
  /** From the intended moment, of completed requests. */
  readonly latencyMs: HistogramData;
}

export interface BooksPart {
  readonly sent: number;
  readonly failed: Readonly<Record<string, number>>;
  readonly heldBack: Readonly<Record<string, number>>;
  /** Answers by status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Answers that count as an error, and requests without an answer. */
  readonly bad: number;
  readonly bytesOut: number;
  readonly bytesIn: number;
  readonly intendedMs: HistogramData;
  readonly serviceMs: HistogramData;
  readonly latenessMs: HistogramData;
  /** By endpoint's number, of answered requests, from the send. */
  readonly serviceByEndpoint: readonly (readonly [endpoint: number, HistogramData])[];
  readonly buckets: readonly BucketPart[];
  /** By bucket, requests that went out in it. */
  readonly departed: readonly (readonly [bucket: number, count: number])[];
}

/** How a request ended, as the books see it. */
export interface Fate {
  readonly endpoint: number;
  readonly dueMs: number;
  /** Undefined where an answer came. */
  readonly failure: string | undefined;
  readonly isTimeout: boolean;
  readonly status: number;
  /** An answer that is none to be glad of. */
  readonly isError: boolean;
  readonly intendedMs: number;
  readonly serviceMs: number;
  readonly bytesOut: number;
  readonly bytesIn: number;
}

/** Reasons of this kind were due and not sent because somebody was too slow for them. */
export const IN_FLIGHT_CAP = 'too many in flight';
export const RATE_CAP = 'over the rate cap';
export const STOPPED = 'the run was stopped';

export class Books {
  readonly counts = { sent: 0, failed: 0, bad: 0, bytesOut: 0, bytesIn: 0 };
  private readonly failed = new Map<string, number>();
  private readonly heldBack = new Map<string, number>();
  private readonly statuses = new Map<string, number>();
  private readonly intended = new Histogram();
  private readonly service = new Histogram();
  private readonly lateness = new Histogram();
  private readonly serviceByEndpoint = new Map<number, Histogram>();
  /** Endpoint × buckets + bucket. */
  private readonly buckets = new Map<number, BucketFates>();
  private readonly departures = new Map<number, number>();
  private readonly bucketMs: number;
  private readonly bucketCount: number;

  constructor(bucketMs: number, bucketCount: number) {
    this.bucketMs = bucketMs;
    this.bucketCount = bucketCount;
  }

  /** The clock got around to a request so much after its moment. */
  late(latenessMs: number): void {
    this.lateness.record(latenessMs);
  }

  /** A request went out, so long after moment 0. */
  departed(atMs: number): void {
    const bucket = Math.floor(atMs / this.bucketMs);
    this.departures.set(bucket, (this.departures.get(bucket) ?? 0) + 1);
  }

  ended(fate: Fate): void {
    const { counts } = this;
    const bucket = this.bucketOf(fate.endpoint, fate.dueMs);
    counts.bytesOut += fate.bytesOut;
    counts.bytesIn += fate.bytesIn;
    if (fate.failure !== undefined || fate.isError) counts.bad++;
    if (fate.failure === undefined) this.answered(fate, bucket);
    else {
      counts.failed++;
      add(this.failed, fate.failure, 1);
      if (fate.isTimeout) bucket.timedOut++;
      else bucket.failed++;
    }
  }

  /** A record that was not sent; with an endpoint where it was due and would have been. */
  held(reason: string, count = 1): void {
    add(this.heldBack, reason, count);
  }

  /** Due, and not sent, because something was too slow. */
  shed(reason: string, endpoint: number, dueMs: number): void {
    this.held(reason);
    this.bucketOf(endpoint, dueMs).shed++;
  }

  /** All that came in since the last time. */
  drain(): BooksPart {
    const part = this.toPart();
    Object.assign(this.counts, { sent: 0, failed: 0, bad: 0, bytesOut: 0, bytesIn: 0 });
    for (const map of [this.failed, this.heldBack, this.statuses, this.serviceByEndpoint])
      map.clear();
    for (const histogram of [this.intended, this.service, this.lateness]) reset(histogram);
    this.buckets.clear();
    this.departures.clear();
    return part;
  }

  toPart(): BooksPart {
    const { sent, bad, bytesOut, bytesIn } = this.counts;
    return {
      sent,
      bad,
      bytesOut,
      bytesIn,
      failed: Object.fromEntries(this.failed),
      heldBack: Object.fromEntries(this.heldBack),
      statuses: Object.fromEntries(this.statuses),
      intendedMs: this.intended.toData(),
      serviceMs: this.service.toData(),
      latenessMs: this.lateness.toData(),
      serviceByEndpoint: [...this.serviceByEndpoint].map(([name, all]) => [name, all.toData()]),
      buckets: [...this.buckets].map(([key, fates]) => this.bucketPart(key, fates)),
      departed: [...this.departures],
    };
  }

  private answered(fate: Fate, bucket: BucketFates): void {
    this.counts.sent++;
    add(this.statuses, String(fate.status), 1);
    this.intended.record(fate.intendedMs);
    this.service.record(fate.serviceMs);
    let service = this.serviceByEndpoint.get(fate.endpoint);
    if (service === undefined) {
      service = new Histogram();
      this.serviceByEndpoint.set(fate.endpoint, service);
    }
    service.record(fate.serviceMs);
    if (fate.isError) bucket.failed++;
    else {
      bucket.completed++;
      bucket.latency.record(fate.intendedMs);
    }
  }

  private bucketOf(endpoint: number, dueMs: number): BucketFates {
    const index = Math.min(this.bucketCount - 1, Math.floor(dueMs / this.bucketMs));
    const key = endpoint * this.bucketCount + index;
    let fates = this.buckets.get(key);
    if (fates === undefined) {
      fates = { completed: 0, failed: 0, timedOut: 0, shed: 0, latency: new Histogram() };
      this.buckets.set(key, fates);
    }
    return fates;
  }

  private bucketPart(key: number, { latency, ...fates }: BucketFates): BucketPart {
    const bucket = key % this.bucketCount;
    const endpoint = (key - bucket) / this.bucketCount;
    return { endpoint, bucket, ...fates, latencyMs: latency.toData() };
  }
}

function reset(histogram: Histogram): void {
  histogram.counts.fill(0);
  histogram.count = 0;
  histogram.sum = 0;
  histogram.min = Number.POSITIVE_INFINITY;
  histogram.max = 0;
}

function add(counts: Map<string, number>, key: string, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}
