import { z } from 'zod';
import { UsageError } from '../simulator/model/usage-error.ts';
import { LoadTotals, type Outcome } from './load-totals.ts';
import { forEachLine } from './ndjson.ts';

const pointSchema = z.object({
  metric: z.string(),
  type: z.enum(['Metric', 'Point']),
  data: z.object({
    time: z.string().optional(),
    value: z.number().optional(),
    tags: z.record(z.string(), z.string()).nullish(),
  }),
});

interface Point {
  readonly metric: string;
  readonly atMs: number;
  readonly value: number;
  readonly tags: Readonly<Record<string, string>>;
}

interface Request {
  readonly endedAtMs: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly blockedMs: number;
  readonly durationMs: number;
}

/** A request's own points follow one another; this is the one whose points are coming in. */
type OpenRequest = Pick<Request, 'endedAtMs' | 'tags'> & {
  blockedMs?: number;
  durationMs?: number;
};

/**
 * Reads what any k6 ≥ 1 writes with `--out json=<file>`. A request is stamped at its end; here it
 * belongs to the second in which it started: end − blocked − duration, which is also its latency
 * (`http_req_blocked` holds name look-up, connect and TLS already; the other parts are inside
 * `http_req_duration`). Throws a UsageError for anything else, and for a file without a request.
 */
export function readK6Json(file: string, text: string): LoadTotals {
  const reader = new Reader();
  forEachLine(file, text, pointSchema, ({ type, metric, data }, number) => {
    if (type === 'Metric') return;
    const atMs = data.time === undefined ? Number.NaN : epochMs(data.time);
    if (Number.isNaN(atMs) || data.value === undefined) {
      throw new UsageError(`${file}:${number}: expected a point with RFC 3339 time and value`);
    }
    reader.add({ metric, atMs, value: data.value, tags: data.tags ?? {} });
  });
  if (reader.requests === 0) {
    throw new UsageError(`${file}: expected points of http_reqs, found none`);
  }
  if (reader.measured < reader.requests) {
    const found = `${reader.measured} of ${reader.requests} with both`;
    throw new UsageError(
      `${file}: expected http_req_duration and http_req_blocked of every request, found ${found}`,
    );
  }
  return reader.finish();
}

class Reader {
  requests = 0;
  private readonly totals = new LoadTotals('k6', 'unknown');
  private readonly ended: Request[] = [];
  private readonly starts: { journey: string; atMs: number }[] = [];
  private open: OpenRequest | undefined;

  /** Requests whose times are all there. */
  get measured(): number {
    return this.ended.length;
  }

  add(point: Point): void {
    switch (point.metric) {
      case 'http_reqs':
        this.requests++;
        this.open = { endedAtMs: point.atMs, tags: point.tags };
        break;
      case 'http_req_duration':
        this.fill('durationMs', point);
        break;
      case 'http_req_blocked':
        this.fill('blockedMs', point);
        break;
      case 'plimsoll_start':
        this.totals.startAtMs = point.value;
        break;
      case 'plimsoll_lateness':
        this.totals.latenessMs.record(point.value);
        this.starts.push({ journey: journeyOf(point.tags), atMs: point.atMs });
        break;
      case 'dropped_iterations':
        this.totals.droppedIterations += point.value;
        break;
      default:
      // The other metrics are parts of these, or say nothing about requests.
    }
  }

  /** Seconds count from moment 0, which a foreign script does not name: its first request then. */
  finish(): LoadTotals {
    const { totals } = this;
    const firstMs = this.ended.reduce((least, one) => Math.min(least, startOf(one)), Infinity);
    totals.startAtMs ??= firstMs;
    const second = (atMs: number) => Math.floor((atMs - totals.startAtMs!) / 1000);
    for (const { journey, atMs } of this.starts) totals.at(journey, second(atMs)).started++;
    for (const request of this.ended) {
      const started = totals.at(journeyOf(request.tags), second(startOf(request)));
      started[outcomeOf(request.tags)].record(request.blockedMs + request.durationMs);
    }
    return totals;
  }

  private fill(part: 'blockedMs' | 'durationMs', { value }: Point): void {
    const { open } = this;
    if (open === undefined) return;
    open[part] = value;
    const { blockedMs, durationMs } = open;
    if (blockedMs === undefined || durationMs === undefined) return;
    this.ended.push({ ...open, blockedMs, durationMs });
    this.open = undefined;
  }
}

function startOf({ endedAtMs, blockedMs, durationMs }: Request): number {
  return endedAtMs - blockedMs - durationMs;
}

/** As `scenarios/xk6/seconds.go` has it. */
function journeyOf(tags: Readonly<Record<string, string>>): string {
  return tags['journey'] ?? tags['name'] ?? tags['scenario'] ?? 'default';
}

function outcomeOf(tags: Readonly<Record<string, string>>): Outcome {
  const { error_code: code = '', status = '' } = tags;
  if (code === '1050' || code === '1211') return 'timeout';
  return code !== '' || status === '0' || status >= '4' ? 'error' : 'ok';
}

/** Milliseconds with fractions: `Date.parse` drops what is beyond them. */
function epochMs(time: string): number {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$/.exec(time);
  if (match === null) return Number.NaN;
  return Date.parse(match[1]! + match[3]!) + Number(`0${match[2] ?? ''}`) * 1000;
}
