/**
 * What a policy gets to see, and when. Instances are scraped now and then, some samples get lost,
 * and what was scraped is visible only after a while:
 *
 *     scrapes     x       x       –       x       x   |
 *                 └────────── window ─────────┘delay─►now
 *
 * The same code reads simulated instances and live ones.
 */
import { PIPELINE_DEFAULTS } from '../model/metric-sources.ts';
import type { MetricName, MetricPipelineSettings } from '../model/scaling-settings.ts';

/** What an instance had done, and how it was, when it was scraped. */
export interface Sample {
  /** The moment that the scrape was due. */
  readonly beatMs: number;
  /** The moment that the numbers are of; live ones come a little early or late. */
  readonly atMs: number;
  /** What it can do at once. */
  readonly servers: number;
  /** Requests that arrived, since the instance began. */
  readonly requests: number;
  /** Integral of busy servers over time, in server-ms. */
  readonly busyMs: number;
  /** Integral of requests inside over time, in request-ms. */
  readonly insideMs: number;
  /** Requests that wait. */
  readonly queued: number;
}

/** An instance over a window of time. */
export interface Window {
  readonly first: Sample;
  readonly last: Sample;
  /** Mean of the gauge over the window's samples. */
  readonly queuedMean: number;
}

/** What policies see where the model file says nothing. */
export const DIRECT: MetricPipelineSettings = {
  source: 'direct',
  statistic: 'average',
  ...PIPELINE_DEFAULTS.direct,
};

/** The samples of a group's instances; mutable, one a group. */
export class MetricPipeline<Id> {
  private readonly settings: MetricPipelineSettings;
  private readonly keepMs: number;
  private readonly samples = new Map<Id, Sample[]>();

  /** @param longestMs the longest window that will be asked for */
  constructor(settings: MetricPipelineSettings, longestMs: number) {
    this.settings = settings;
    this.keepMs = Math.max(longestMs, settings.windowMs ?? 0) + settings.delayMs;
  }

  /** Takes one sample in. */
  add(id: Id, sample: Sample): void {
    const kept = this.samples.get(id);
    if (kept === undefined) {
      this.samples.set(id, [sample]);
      return;
    }
    kept.push(sample);
    // One stays that is older than the longest window: what came since is counted from it.
    const oldestMs = sample.beatMs - this.keepMs;
    while (kept.length > 1 && kept[1]!.beatMs <= oldestMs) kept.shift();
  }

  /** Forgets an instance that is gone. */
  forget(id: Id): void {
    this.samples.delete(id);
  }

  ids(): Iterable<Id> {
    return this.samples.keys();
  }

  /**
   * What is visible at `nowMs` of an instance.
   *
   * @param periodMs length of the window where the source works by periods
   * @returns undefined where there is no sample, or too few
   */
  read(id: Id, periodMs: number, nowMs: number): Window | undefined {
    const { windowMs, delayMs } = this.settings;
    const samples = this.samples.get(id) ?? [];
    const visible = samples.filter(({ beatMs }) => beatMs <= nowMs - delayMs);
    const last = visible.at(-1);
    if (last === undefined) return undefined;
    return windowMs === undefined
      ? period(visible, last, nowMs - delayMs, periodMs)
      : slidingWindow(visible, last, nowMs - delayMs - windowMs);
  }
}

/** The period that ends at `endMs`; who began meanwhile is counted from nothing. */
function period(
  visible: readonly Sample[],
  last: Sample,
  endMs: number,
  periodMs: number,
): Window | undefined {
  if (last.beatMs !== endMs) return undefined;
  const before = visible.findLast(({ beatMs }) => beatMs <= endMs - periodMs);
  return { first: before ?? nothing(last, periodMs), last, queuedMean: last.queued };
}

function nothing({ atMs, servers }: Sample, periodMs: number): Sample {
  const startMs = atMs - periodMs;
  const zeros = { requests: 0, busyMs: 0, insideMs: 0, queued: 0 };
  return { beatMs: startMs, atMs: startMs, servers, ...zeros };
}

/** Slope between the first and the last of at least two samples, as `rate()` takes it. */
function slidingWindow(
  visible: readonly Sample[],
  last: Sample,
  afterMs: number,
): Window | undefined {
  const inside = visible.filter(({ beatMs }) => beatMs > afterMs);
  const first = inside[0];
  if (first === undefined || first === last) return undefined;
  const queued = inside.reduce((sum, sample) => sum + sample.queued, 0);
  return { first, last, queuedMean: queued / inside.length };
}

/** How often each instance is scraped: at `phaseMs`, and then every `everyMs`. */
export interface Beat {
  readonly everyMs: number;
  readonly offsetMs: number;
}

/** The first moment of a beat after `nowMs`; a beat's offset is its first moment but for 0. */
export function nextOf({ everyMs, offsetMs }: Beat, nowMs: number): number {
  const next = offsetMs + (Math.floor((nowMs - offsetMs) / everyMs) + 1) * everyMs;
  return next > 0 ? Math.max(next, offsetMs) : offsetMs;
}

/** Whether `nowMs` is a moment of a beat. */
export function isOn({ everyMs, offsetMs }: Beat, nowMs: number): boolean {
  return nowMs >= offsetMs && (nowMs - offsetMs) % everyMs === 0;
}

/**
 * One instance's metric over a window; undefined where it says nothing (no time has passed, nobody
 * came whose latency there could be).
 * Example: 1,430 requests in 10 s are 143 requests a second.
 */
export function instanceMetric(metric: MetricName, window: Window): number | undefined {
  const { first, last, queuedMean } = window;
  const elapsedMs = last.atMs - first.atMs;
  if (!(elapsedMs > 0)) return undefined;
  const requests = last.requests - first.requests;
  switch (metric) {
    case 'requests-per-instance':
      return (requests * 1000) / elapsedMs;
    case 'utilization':
      return within01((last.busyMs - first.busyMs) / (last.servers * elapsedMs));
    case 'in-flight':
      return Math.max(0, (last.insideMs - first.insideMs) / elapsedMs);
    case 'queue-length':
      return queuedMean;
    case 'latency':
      // Little's law: requests inside ÷ arrivals a ms.
      return requests > 0 ? Math.max(0, (last.insideMs - first.insideMs) / requests) : undefined;
    default:
      throw new Error(`unknown metric ${metric satisfies never}`);
  }
}

function within01(ratio: number): number {
  return Math.min(1, Math.max(0, ratio));
}

/** A group's metric from those of its instances; undefined (a missing datapoint) without any. */
export function groupMetric(
  statistic: MetricPipelineSettings['statistic'],
  values: readonly number[],
): number | undefined {
  if (values.length === 0) return undefined;
  switch (statistic) {
    case 'average':
      return values.reduce((sum, value) => sum + value, 0) / values.length;
    case 'maximum':
      return Math.max(...values);
    case 'minimum':
      return Math.min(...values);
    case 'sum':
      return values.reduce((sum, value) => sum + value, 0);
    default:
      throw new Error(`unknown statistic ${statistic satisfies never}`);
  }
}
