/**
 * Sends copies to the shadow, and looks at no answer but to see whether it does well. Everything is
 * bounded: requests at once, those that wait, time, bytes of an answer; a breaker keeps off a
 * shadow that fails or is slow. What is not sent is counted.
 */
import type { Dispatcher } from 'undici';
import { Pool } from 'undici';
import { type BreakerSettings, breakerSettings } from '../../simulator/model/breaker-settings.ts';
import {
  type Breaker,
  newBreaker,
  noteOutcome,
  permits,
} from '../../simulator/policies/resilience/breaker.ts';
import { type AllowedHost, guardedConnector } from '../guard.ts';
import { takeFromSecond } from '../safety/caps.ts';

export interface ShadowOptions {
  /** As `checkedTarget` returns it, without a path. */
  readonly target: string;
  readonly allowedHosts: readonly AllowedHost[];
  /** In any second by the clock; undefined: as many as come. */
  readonly mostPerSecond?: number | undefined;
  /** Requests under way at once. */
  readonly mostInFlight: number;
  /** Requests that wait for one of these to end. */
  readonly mostWaiting: number;
  readonly timeoutMs: number;
  /** An answer that is longer is cut off. */
  readonly mostAnswerBytes: number;
  /** A call that takes longer counts as slow. */
  readonly slowMs: number;
  /** How long the breaker stays open. */
  readonly openMs: number;
}

/** A request as it is sent. */
export interface Copy {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly string[];
  readonly body: Uint8Array | undefined;
}

export interface ShadowCounts {
  /** Answered with a status below 500. */
  answered: number;
  /** By reason, such as `status 503` or `ECONNREFUSED`. */
  readonly failed: Record<string, number>;
  /** Not sent, by reason. */
  readonly dropped: Record<string, number>;
  connections: number;
  breaker: Breaker['mode'];
  inFlight: number;
  waiting: number;
}

/** Reasons are codes and statuses: few, but no server gets to invent thousands. */
const MOST_REASONS = 100;

export class Shadow {
  readonly counts: ShadowCounts = {
    answered: 0,
    failed: {},
    dropped: {},
    connections: 0,
    breaker: 'closed',
    inFlight: 0,
    waiting: 0,
  };
  private readonly options: ShadowOptions;
  private readonly pool: Pool;
  private readonly settings: BreakerSettings;
  private readonly breaker: Breaker;
  private readonly second = new Int32Array(1);
  private readonly waiting: Copy[] = [];
  private readonly inFlight = new Set<CopyHandler>();
  private onIdle: (() => void) | undefined;

  constructor(options: ShadowOptions) {
    this.options = options;
    this.settings = breakerSettings({
      slowCallDurationThresholdMs: options.slowMs,
      slowCallRateThreshold: 50,
      slidingWindowSize: 50,
      minimumNumberOfCalls: 20,
      permittedNumberOfCallsInHalfOpenState: 5,
      waitDurationInOpenStateMs: options.openMs,
      maxWaitDurationInHalfOpenStateMs: options.timeoutMs * 2,
    });
    this.breaker = newBreaker(this.settings);
    this.pool = new Pool(options.target, {
      connections: options.mostInFlight,
      pipelining: 1,
      headersTimeout: 0,
      bodyTimeout: 0,
      maxHeaderSize: 65_536,
      connect: guardedConnector(options.allowedHosts, { connectTimeoutMs: options.timeoutMs }),
    });
    this.pool.on('connect', () => {
      this.counts.connections++;
    });
  }

  /** Sends, lets wait, or drops. */
  offer(copy: Copy): void {
    if (this.inFlight.size < this.options.mostInFlight) this.sendIfPermitted(copy);
    else if (this.waiting.length < this.options.mostWaiting) this.waiting.push(copy);
    else this.drop('queue full');
    this.tellLevels();
  }

  drop(reason: string): void {
    count(this.counts.dropped, reason);
  }

  /** Waits for what is under way, at most so long; what waits is dropped. */
  async close(mostMs: number): Promise<void> {
    while (this.waiting.pop() !== undefined) this.drop('stopped');
    if (this.inFlight.size > 0) {
      const timer = setTimeout(() => {
        for (const handler of this.inFlight) handler.giveUp('stopped');
      }, mostMs);
      await new Promise<void>((resolve) => {
        this.onIdle = resolve;
      });
      clearTimeout(timer);
    }
    this.tellLevels();
    await this.pool.destroy();
  }

  private sendIfPermitted(copy: Copy): void {
    const { mostPerSecond } = this.options;
    const nowMs = Date.now();
    if (mostPerSecond !== undefined && !takeFromSecond(this.second, 0, nowMs, mostPerSecond)) {
      this.drop('over the rate cap');
    } else if (permits(this.settings, this.breaker, performance.now())) this.send(copy);
    else this.drop('breaker open');
  }

  private send({ method, target, headers, body }: Copy): void {
    const handler = new CopyHandler(this.options, (reason, tookMs) => {
      this.inFlight.delete(handler);
      this.note(reason, tookMs);
      this.next();
    });
    this.inFlight.add(handler);
    const bytes = body === undefined || body.length === 0 ? null : Buffer.from(body);
    const path = target;
    this.pool.dispatch({ method, path, headers: [...headers], body: bytes }, handler);
  }

  private note(reason: string | undefined, tookMs: number): void {
    noteOutcome(this.settings, this.breaker, reason !== undefined, tookMs, performance.now());
    if (reason === undefined) this.counts.answered++;
    else count(this.counts.failed, reason);
  }

  private next(): void {
    const free = this.options.mostInFlight - this.inFlight.size;
    for (const copy of this.waiting.splice(0, free)) this.sendIfPermitted(copy);
    this.tellLevels();
    if (this.inFlight.size === 0) this.onIdle?.();
  }

  private tellLevels(): void {
    this.counts.breaker = this.breaker.mode;
    this.counts.inFlight = this.inFlight.size;
    this.counts.waiting = this.waiting.length;
  }
}

function count(counts: Record<string, number>, reason: string): void {
  const isNew = !Object.hasOwn(counts, reason) && Object.keys(counts).length >= MOST_REASONS;
  const key = isNew ? 'others' : reason;
  counts[key] = (counts[key] ?? 0) + 1;
}

/** One copy and its answer, whose bytes are counted and thrown away. */
class CopyHandler implements Dispatcher.DispatchHandler {
  private readonly startedMs = performance.now();
  private readonly options: ShadowOptions;
  private readonly onEnd: (reason: string | undefined, tookMs: number) => void;
  private readonly timer: NodeJS.Timeout;
  private controller: Dispatcher.DispatchController | undefined;
  private status = 0;
  private bytes = 0;
  private hasEnded = false;

  constructor(options: ShadowOptions, onEnd: (reason: string | undefined, tookMs: number) => void) {
    this.options = options;
    this.onEnd = onEnd;
    this.timer = setTimeout(() => this.giveUp('no answer in time'), options.timeoutMs);
  }

  giveUp(reason: string): void {
    this.end(reason);
    this.controller?.abort(new Error(reason));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.hasEnded) controller.abort(new Error('given up'));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    this.status = status;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.bytes += chunk.length;
    if (this.bytes > this.options.mostAnswerBytes) this.giveUp('answer too long');
  }

  onResponseEnd(): void {
    this.end(this.status >= 500 ? `status ${this.status}` : undefined);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.end('code' in error ? String(error.code).slice(0, 40) : error.name);
  }

  private end(reason: string | undefined): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    clearTimeout(this.timer);
    this.onEnd(reason, performance.now() - this.startedMs);
  }
}
