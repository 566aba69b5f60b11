/**
 * The look before: reads the capture once, and says what a run would do. `--dry-run` ends here, and
 * every run begins here.
 */
import type { ReadReport, RecordedRequest } from '../formats/capture.ts';
import { type Counted, NameCounts } from '../inspect/names.ts';
import { isSafe } from '../safety/methods.ts';
import type { Planned } from './packet.ts';
import {
  AFTER_PACE,
  DURATION_CAP,
  type OpenCapture,
  Planner,
  type PlannerOptions,
  REQUEST_CAP,
} from './planner.ts';
import type { Step } from './step.ts';
import { headerValue, type Wire } from './wire.ts';

export interface Survey {
  readonly format: string;
  readonly read: ReadReport;
  /** Of one pass: records = planned + held back. */
  readonly records: number;
  readonly planned: number;
  readonly heldBack: Readonly<Record<string, number>>;
  /** Recorded hosts and how often, the most frequent first; the later of too many together. */
  readonly hosts: readonly Counted[];
  readonly methods: readonly Counted[];
  /** What would be sent. */
  readonly endpoints: readonly Counted[];
  /** Records that may change something ÷ all. */
  readonly mutatingRatio: number;
  /** Of what would be sent, heads and bodies. */
  readonly bytes: number;
  readonly recordedMs: number;
  /** Of the run, all passes; its last request is due then. */
  readonly durationMs: number;
  /** Requests of the run; where it ends within a later pass, about. */
  readonly requests: number;
  readonly peakPerSecond: number;
  /** Records that were earlier than one before them. */
  readonly wentBack: number;
}

/** Among `hosts`, requests that name none. */
export const NO_HOST = '(none)';

/** Of hosts, methods and endpoints each. */
const MOST_TOLD = 20;

/** Reads one pass. */
export async function survey(open: OpenCapture, options: PlannerOptions): Promise<Survey> {
  const seen = new Seen();
  const steps = [seen.step, ...options.steps];
  const planner = new Planner({ ...options, steps, loop: { type: 'passes', passes: 1 } });
  let format = '';
  let report: () => ReadReport = () => NOTHING;
  const once = async () => {
    const source = await open();
    format = source.format;
    report = source.report;
    return source;
  };
  const sent = new Sent(planner);
  for await (const batch of planner.batches(once)) for (const planned of batch) sent.add(planned);
  const { records, planned, heldBack, pacer } = planner;
  const { passes, requests, durationMs } = extent(planner, options);
  return {
    format,
    read: report(),
    records,
    planned,
    heldBack: Object.fromEntries(heldBack),
    hosts: seen.hosts.summary().slice(0, MOST_TOLD),
    methods: seen.methods.summary().slice(0, MOST_TOLD),
    endpoints: sent.endpoints.summary().slice(0, MOST_TOLD),
    mutatingRatio: seen.records === 0 ? 0 : seen.mutating / seen.records,
    bytes: Math.round(sent.bytes * passes),
    recordedMs: seen.spanMs,
    durationMs,
    requests,
    peakPerSecond: sent.peak,
    wentBack: pacer.wentBack,
  };
}

const NOTHING: ReadReport = { read: 0, used: 0, skipped: {}, rejected: {}, examples: [] };

/** More passes than any run has. */
const MANY = 1e9;
const NEVER = Number.POSITIVE_INFINITY;

/** How much of it the run is: until its passes, its time, its pace or a cap are at their end. */
function extent({ pacer, planned, heldBack }: Planner, options: PlannerOptions) {
  if (planned === 0) return { passes: 0, requests: 0, durationMs: 0 };
  const { loop, mostRequests = NEVER, mostDurationMs = NEVER } = options;
  const most = loop.type === 'passes' ? loop.passes : MANY;
  const lengthMs = loop.type === 'passes' ? NEVER : loop.durationMs;
  const endMs = Math.min(pacer.durationMs(most), lengthMs, mostDurationMs);
  // Nothing is left for a second pass where the first one came to such an end.
  const isCut = [AFTER_PACE, REQUEST_CAP, DURATION_CAP].some((reason) => heldBack.has(reason));
  if (isCut) {
    return { passes: 1, requests: planned, durationMs: Math.min(endMs, pacer.durationMs(1)) };
  }
  // What is due at the end of a loop's time is not sent any more.
  const passes = Math.min(most, pacer.passesBy(endMs === lengthMs ? endMs - 1e-6 : endMs));
  const requests = Math.round(passes * planned);
  if (requests <= mostRequests) return { passes, requests, durationMs: endMs };
  // To the end of the pass in which it is: nobody knows where.
  const needed = Math.ceil(mostRequests / planned);
  const durationMs = Math.min(endMs, pacer.durationMs(needed));
  return { passes: mostRequests / planned, requests: mostRequests, durationMs };
}

/** What is in the capture, before anything is left out. */
class Seen {
  records = 0;
  mutating = 0;
  readonly hosts = new NameCounts(true);
  readonly methods = new NameCounts();
  private firstNs: bigint | undefined;
  private lastNs = 0n;

  readonly step: Step = (request: RecordedRequest) => {
    const { method, headers, atNs } = request;
    this.records++;
    this.firstNs ??= atNs;
    if (atNs > this.lastNs) this.lastNs = atNs;
    if (!isSafe(method, headers)) this.mutating++;
    this.methods.add(method);
    this.hosts.add(headerValue(headers, 'host') ?? NO_HOST);
    return request;
  };

  get spanMs(): number {
    return this.firstNs === undefined ? 0 : Number(this.lastNs - this.firstNs) / 1e6;
  }
}

/** What would go over the wire. */
class Sent {
  bytes = 0;
  peak = 0;
  readonly endpoints = new NameCounts();
  private readonly planner: Planner;
  private second = -1;
  private inSecond = 0;

  constructor(planner: Planner) {
    this.planner = planner;
  }

  add({ dueMs, endpoint, wire }: Planned): void {
    const second = Math.floor(dueMs / 1000);
    this.inSecond = second === this.second ? this.inSecond + 1 : 1;
    this.second = second;
    this.peak = Math.max(this.peak, this.inSecond);
    this.bytes += wireBytes(wire);
    this.endpoints.add(this.planner.endpoints.names[endpoint]!);
  }
}

/** Of request line, headers and body, without what the sender adds. */
function wireBytes({ method, path, headers, body }: Wire): number {
  const head = headers.reduce((sum, text) => sum + text.length + 2, 0);
  return method.length + path.length + 13 + head + (body?.length ?? 0);
}
