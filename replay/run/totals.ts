/** The books of all shards and of the planner as one. */
import { Histogram, type HistogramData } from '../../simulator/results/histogram.ts';
import type { BooksPart, BucketPart } from './books.ts';

/** Of one endpoint in one bucket of time. */
export interface EndpointBucket {
  completed: number;
  failed: number;
  timedOut: number;
  shed: number;
  /** From the intended moment, of completed requests. */
  latencyMs: HistogramData;
}

const EMPTY: HistogramData = { count: 0, sum: 0, min: 0, max: 0, buckets: [] };

export class Totals {
  sent = 0;
  bytesOut = 0;
  bytesIn = 0;
  readonly failed: Map<string, number> = new Map();
  readonly heldBack: Map<string, number> = new Map();
  readonly statuses: Map<string, number> = new Map();
  readonly intended: Histogram = new Histogram();
  readonly service: Histogram = new Histogram();
  readonly lateness: Histogram = new Histogram();
  readonly serviceByEndpoint: Map<number, Histogram> = new Map();
  /** Endpoint → bucket → fates. */
  readonly endpoints: Map<number, Map<number, EndpointBucket>> = new Map();

  /** By bucket, requests that went out in it. */
  readonly departed: number[] = [];

  add(part: BooksPart): void {
    this.sent += part.sent;
    this.bytesOut += part.bytesOut;
    this.bytesIn += part.bytesIn;
    addAll(this.failed, Object.entries(part.failed));
    this.hold(Object.entries(part.heldBack));
    addAll(this.statuses, Object.entries(part.statuses));
    this.intended.merge(part.intendedMs);
    this.service.merge(part.serviceMs);
    this.lateness.merge(part.latenessMs);
    for (const [endpoint, service] of part.serviceByEndpoint) {
      const before = this.serviceByEndpoint.get(endpoint) ?? new Histogram();
      this.serviceByEndpoint.set(endpoint, before.merge(service));
    }
    for (const bucket of part.buckets) this.addBucket(bucket);
    for (const [bucket, count] of part.departed) {
      while (this.departed.length <= bucket) this.departed.push(0);
      this.departed[bucket]! += count;
    }
  }

  /** Records that were not sent, by reason. */
  hold(counts: Iterable<readonly [string, number]>): void {
    addAll(this.heldBack, counts);
  }

  get failedCount(): number {
    return sumOf(this.failed);
  }

  get heldBackCount(): number {
    return sumOf(this.heldBack);
  }

  private addBucket({ endpoint, bucket, ...part }: BucketPart): void {
    const buckets = this.endpoints.get(endpoint) ?? new Map<number, EndpointBucket>();
    this.endpoints.set(endpoint, buckets);
    const before = buckets.get(bucket);
    if (before === undefined) {
      buckets.set(bucket, { ...part });
      return;
    }
    before.completed += part.completed;
    before.failed += part.failed;
    before.timedOut += part.timedOut;
    before.shed += part.shed;
    before.latencyMs = merged(before.latencyMs, part.latencyMs);
  }
}

function merged(a: HistogramData, b: HistogramData): HistogramData {
  if (a.count === 0) return b;
  return b.count === 0 ? a : new Histogram().merge(a).merge(b).toData();
}

/** Of an endpoint in which nothing was due. */
export function emptyBucket(): EndpointBucket {
  return { completed: 0, failed: 0, timedOut: 0, shed: 0, latencyMs: EMPTY };
}

function addAll(counts: Map<string, number>, more: Iterable<readonly [string, number]>): void {
  for (const [key, count] of more) counts.set(key, (counts.get(key) ?? 0) + count);
}

function sumOf(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}
