/**
 * Live mirroring: clients talk to the primary, byte for byte, and a copy of what may be sent twice
 * goes to the shadow, after the primary has got all of it.
 *
 *     clients ◄──► tunnel ◄──► primary
 *                    └─► tap ──► outbox (bounded) ──► thread: breaker, queue ──► shadow
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { epochNs } from '../capture/epoch.ts';
import { ExchangeTap, type TapOptions, type Tapped } from '../capture/exchange-tap.ts';
import type { RequestHead } from '../capture/head.ts';
import { newProgress, Outbox, type OutboxLimits } from '../capture/outbox.ts';
import { sampler } from '../capture/sampling.ts';
import { type Address, Tunnel, type TunnelCounts } from '../capture/tunnel.ts';
import { sensitiveNames } from '../redact/names.ts';
import { USUAL_RULES } from '../redact/rules.ts';
import { checkedSessions, sessionValue } from '../redact/session.ts';
import { isMarked } from '../safety/marker.ts';
import { closedReason, parseRoute } from '../safety/methods.ts';
import type { Copy, ShadowCounts, ShadowOptions } from './shadow.ts';
import { type ShadowHeaderOptions, shadowHeaders } from './shadow-headers.ts';
import type { FromShadow, ShadowData, ToShadow } from './shadow-worker.ts';

export interface MirrorOptions {
  readonly listen: Address;
  readonly primary: Address;
  readonly shadow: ShadowOptions;
  readonly headers: ShadowHeaderOptions;
  /** Such as `POST /search*`; what changes nothing is open by itself. */
  readonly routes: readonly string[];
  /** Share of the sessions. */
  readonly ratio: number;
  /** `cookie:<name>` or `header:<name>`. */
  readonly sessionBy: readonly string[];
  readonly mostBodyBytes: number;
  /** On the way to the shadow's thread, and of unfinished bodies. */
  readonly queue: OutboxLimits;
}

/** seen = all of skipped + all of dropped + answered + all of failed + inFlight + waiting. */
export interface MirrorCounts extends TunnelCounts {
  /** Requests that clients began. */
  readonly seen: number;
  /** Not to be mirrored, by reason. */
  readonly skipped: Readonly<Record<string, number>>;
  /** To be mirrored, and not sent: by reason. */
  readonly dropped: Readonly<Record<string, number>>;
  readonly shadow: Omit<ShadowCounts, 'dropped'>;
}

export interface Mirror {
  readonly port: number;
  readonly counts: () => MirrorCounts;
  /** Set when mirroring has ended for good; the primary's traffic goes on. */
  readonly failure: () => Error | undefined;
  readonly close: (mostMs: number) => Promise<void>;
}

/** Beside its body and target. */
const REQUEST_BYTES = 1000;
/** A thread that fills it is ended, and the primary's goes on. */
const MOST_HEAP_MB = 256;

/**
 * Begins to listen. Throws a UsageError for a route that is none, and what the system says where
 * the address is taken.
 */
export async function startMirror(options: MirrorOptions): Promise<Mirror> {
  const unwanted = unwantedFor(options);
  const sender = await ShadowSender.start(options);
  const tapOptions = tapOptionsFor(options, sender, unwanted);
  let connections = 0;
  const tunnel = new Tunnel(options.primary, () => {
    // Nothing is written down: a number is name enough.
    return new ExchangeTap((connections++).toString(16).padStart(16, '0'), tapOptions);
  });
  const port = await tunnel.listen(options.listen).catch(async (error: Error) => {
    await sender.close(0);
    throw error;
  });
  return {
    port,
    counts: () => ({ ...tunnel.counts, ...sender.counts() }),
    failure: () => sender.failure,
    close: async (mostMs) => {
      await tunnel.close(mostMs);
      await sender.close(mostMs);
    },
  };
}

function tapOptionsFor(
  options: MirrorOptions,
  sender: ShadowSender,
  unwanted: TapOptions['unwanted'],
): TapOptions {
  return {
    answers: 'none',
    mostBodyBytes: options.mostBodyBytes,
    budget: { left: options.queue.mostBytes },
    nowNs: epochNs,
    unwanted,
    onTapped: (tapped) => sender.take(tapped),
    onRequest: () => sender.sawRequest(),
    onSkipped: (reason) => sender.skip(reason),
  };
}

/** Why a request is not mirrored. Throws a UsageError for routes and sessions that are none. */
function unwantedFor({ routes, ratio, sessionBy: by }: MirrorOptions): TapOptions['unwanted'] {
  const open = routes.map(parseRoute);
  const isSampled = sampler(ratio);
  const isSensitive = sensitiveNames(USUAL_RULES);
  const sessionBy = checkedSessions(by);
  const isInSample = (headers: readonly string[], connection: string) =>
    ratio >= 1 || isSampled(sessionValue(headers, sessionBy, isSensitive) ?? connection);
  return (head: RequestHead, connection: string) => {
    const { target, headers } = head;
    if (isMarked(headers)) return 'marked as replayed';
    if (!target.startsWith('/')) return 'no path as target';
    if (closedReason(head, open) !== undefined) return 'method not opened';
    return isInSample(headers, connection) ? undefined : 'not sampled';
  };
}

class ShadowSender {
  failure: Error | undefined;
  private readonly options: MirrorOptions;
  private readonly worker: Worker;
  private readonly outbox: Outbox<Copy>;
  private readonly skipped: Record<string, number> = {};
  private readonly dropped: Record<string, number> = {};
  private seen = 0;
  private latest: ShadowCounts | undefined;

  private constructor(options: MirrorOptions, worker: Worker, outbox: Outbox<Copy>) {
    this.options = options;
    this.worker = worker;
    this.outbox = outbox;
    worker.on('error', (error) => {
      this.failure = error instanceof Error ? error : new Error(String(error));
    });
    worker.on('message', (message: FromShadow) => {
      this.latest = message.counts;
    });
  }

  /** Ready when its thread is. */
  static async start(options: MirrorOptions): Promise<ShadowSender> {
    const progress = newProgress();
    const workerData: ShadowData = { options: options.shadow, progress };
    const worker = new Worker(new URL('./shadow-worker.ts', import.meta.url), {
      name: 'shadow',
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: MOST_HEAP_MB },
    });
    await once(worker, 'message');
    return new ShadowSender(options, worker, new Outbox(worker, progress, options.queue));
  }

  sawRequest(): void {
    this.seen++;
  }

  skip(reason: string): void {
    add(this.skipped, reason);
  }

  /** Returns at once. */
  take(tapped: Tapped): void {
    if (tapped.type !== 'request') return;
    const { head, body } = tapped;
    const headers = shadowHeaders(head.headers, this.options.headers);
    const refusal = this.refusal(tapped, headers);
    if (refusal !== undefined || headers === undefined) {
      add(this.dropped, refusal ?? 'no host');
      return;
    }
    const copy: Copy = { method: head.method, target: head.target, headers, body };
    const bytes = REQUEST_BYTES + (body?.length ?? 0) + head.target.length;
    if (!this.outbox.offer(copy, bytes)) add(this.dropped, 'mirror too slow');
  }

  private refusal({ lost }: Tapped, headers: readonly string[] | undefined): string | undefined {
    if (lost !== undefined) return lost;
    if (headers === undefined) return 'no host';
    return this.failure === undefined ? undefined : 'mirror failed';
  }

  counts(): Omit<MirrorCounts, keyof TunnelCounts> {
    const { dropped = {}, ...shadow } = this.latest ?? NOTHING;
    const all = { ...this.dropped };
    for (const [reason, count] of Object.entries(dropped)) add(all, reason, count);
    return { seen: this.seen, skipped: { ...this.skipped }, dropped: all, shadow };
  }

  async close(mostMs: number): Promise<void> {
    if (this.failure !== undefined) return;
    this.outbox.send();
    const gone = once(this.worker, 'exit');
    const message: ToShadow = { type: 'close', mostMs };
    this.worker.postMessage(message);
    await gone;
  }
}

const NOTHING: ShadowCounts = {
  answered: 0,
  failed: {},
  dropped: {},
  connections: 0,
  breaker: 'closed',
  inFlight: 0,
  waiting: 0,
};

function add(counts: Record<string, number>, reason: string, count = 1): void {
  counts[reason] = (counts[reason] ?? 0) + count;
}
