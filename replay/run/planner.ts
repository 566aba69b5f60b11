/**
 * From records to requests with a moment: which are wanted, what is done to them, whether they may
 * be sent, and when. Nothing is sent here; a dry run ends here.
 *
 *     capture ──► window ──► steps (filter, rewrite, safety) ──► wire ──► pacer ──► Planned
 *        ▲                      └── held back, by reason ──┘                 │
 *        └────────────────────────── next pass ──────────────────────────────┘
 */

import type { CaptureSource, RecordedRequest } from '../formats/capture.ts';
import { fnv1a } from '../hashes.ts';
import { sessionOf } from '../safety/notes.ts';
import { Endpoints } from './endpoint.ts';
import { Pacer, type Tempo } from './pacer.ts';
import type { Planned } from './packet.ts';
import { type HeldBack, inOrder, type ShapedRequest, type Step } from './step.ts';
import { wireOf } from './wire.ts';

/** Opens a capture from its beginning; asked once for the look before, and once a pass. */
export type OpenCapture = () => CaptureSource | Promise<CaptureSource>;

/** A moment of the recording: by the calendar, or since its first record. */
export type Edge = { readonly atNs: bigint } | { readonly afterMs: number };

export type Loop =
  | { readonly type: 'passes'; readonly passes: number }
  | { readonly type: 'duration'; readonly durationMs: number };

export interface PlannerOptions {
  /** In this order, before the check of what can be sent at all. */
  readonly steps: readonly Step[];
  /** Whose token a request gets: see `Planned.login`. Default: nobody's. */
  readonly loginOf?: ((request: ShapedRequest) => number) | undefined;
  readonly tempo: Tempo;
  readonly loop: Loop;
  readonly mostGapMs?: number | undefined;
  /** The first moment that is wanted, and the first that no longer is. */
  readonly from?: Edge | undefined;
  readonly to?: Edge | undefined;
  readonly mostRequests?: number | undefined;
  readonly mostDurationMs?: number | undefined;
}

export const OUTSIDE = 'outside of --from and --to';
export const AFTER_PACE = 'after the last phase of --pace';
export const REQUEST_CAP = 'over the request cap';
export const DURATION_CAP = 'over the duration cap';
/** Beyond them, endpoints are one: each has its histograms. */
const MOST_ENDPOINTS = 100;

export class Planner {
  readonly endpoints: Endpoints = new Endpoints(MOST_ENDPOINTS);
  readonly pacer: Pacer;
  /** Records that the capture gave, in all passes. */
  records = 0;
  /** To be sent. */
  planned = 0;
  readonly heldBack: Map<HeldBack, number> = new Map();
  private readonly options: PlannerOptions;
  private readonly step: Step;
  private readonly passes: number;
  private readonly endMs: number;
  private window:
    | { readonly fromNs: bigint | undefined; readonly toNs: bigint | undefined }
    | undefined;
  private isOver = false;

  constructor(options: PlannerOptions) {
    const { loop } = options;
    this.options = options;
    this.pacer = new Pacer(options);
    this.step = inOrder(options.steps);
    this.passes = loop.type === 'passes' ? loop.passes : Number.POSITIVE_INFINITY;
    this.endMs = loop.type === 'duration' ? loop.durationMs : Number.POSITIVE_INFINITY;
  }

  /** What the passes give, in order of time. */
  async *batches(open: OpenCapture): AsyncGenerator<readonly Planned[]> {
    for (let pass = 0; pass < this.passes && !this.isOver; pass++) {
      if (pass > 0) this.pacer.nextPass();
      const plannedBefore = this.planned;
      const { batches } = await open();
      for await (const batch of batches) {
        const planned = this.plan(batch);
        if (planned.length > 0) yield planned;
        if (this.isOver) return;
      }
      // A pass without a request takes no time: there would be no end to them.
      if (this.planned === plannedBefore) return;
    }
  }

  private plan(batch: readonly RecordedRequest[]): Planned[] {
    const all: Planned[] = [];
    for (const record of batch) {
      const planned = this.planOne(record);
      if (this.isOver) break;
      this.records++;
      if (typeof planned === 'string') {
        this.heldBack.set(planned, (this.heldBack.get(planned) ?? 0) + 1);
      } else {
        this.planned++;
        all.push(planned);
      }
    }
    return all;
  }

  private planOne(record: RecordedRequest): Planned | HeldBack {
    if (!this.isInside(record.atNs)) return OUTSIDE;
    const wanted = this.step(record);
    if (typeof wanted === 'string') return wanted;
    const wire = wireOf(wanted);
    if (typeof wire === 'string') return wire;
    if (this.planned >= (this.options.mostRequests ?? Number.POSITIVE_INFINITY)) return REQUEST_CAP;
    const dueMs = this.pacer.dueMs(record.atNs);
    if (dueMs >= this.endMs && this.endMs < Number.POSITIVE_INFINITY) {
      this.isOver = true;
      return OUTSIDE;
    }
    if (dueMs === Number.POSITIVE_INFINITY) return AFTER_PACE;
    if (dueMs > (this.options.mostDurationMs ?? Number.POSITIVE_INFINITY)) return DURATION_CAP;
    const { id, answer } = record;
    const session = sessionOf(record);
    return {
      dueMs,
      sequence: this.records,
      id,
      endpoint: this.endpoints.numberOf(wire.method, wire.path),
      session: session === undefined ? -1 : fnv1a(session),
      recordedStatus: answer?.status ?? 0,
      answer,
      login: this.options.loginOf?.(wanted) ?? -1,
      wire,
    };
  }

  private isInside(atNs: bigint): boolean {
    const { from, to } = this.options;
    if (from === undefined && to === undefined) return true;
    this.window ??= { fromNs: momentOf(from, atNs), toNs: momentOf(to, atNs) };
    const { fromNs, toNs } = this.window;
    return (fromNs === undefined || atNs >= fromNs) && (toNs === undefined || atNs < toNs);
  }
}

function momentOf(edge: Edge | undefined, firstNs: bigint): bigint | undefined {
  if (edge === undefined) return undefined;
  return 'atNs' in edge ? edge.atNs : firstNs + BigInt(Math.round(edge.afterMs * 1e6));
}
