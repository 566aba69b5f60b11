/** One request and its answer, as undici tells of it. Bodies are thrown away unless wanted. */
import type { Dispatcher } from 'undici';
import type { Outcome } from './load-seconds.ts';

/** How a request ended. */
export interface Ended {
  readonly outcome: Outcome;
  /** From the send to the last byte, waiting for a connection included. */
  readonly latencyMs: number;
  /** `status 503`, `ECONNREFUSED`, … */
  readonly reason: string;
  /** Of the answer; 0 where none came. */
  readonly status: number;
  /** Of the answer's body, as they came. */
  readonly bytesIn: number;
}

/** Takes the answer as it comes; without one, bodies are thrown away. */
export interface KeepAnswer {
  /** Name, value, name, value, …, Latin-1; called again where the answer before was only a hint. */
  readonly start: (headers: readonly string[]) => void;
  readonly add: (chunk: Uint8Array) => void;
}

/** Codes that mean, as the request's own timeout does: the client gave up waiting. */
const TIMEOUT_CODES: ReadonlySet<string> = new Set(['UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT']);
/** The most that a timer takes; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class Exchange implements Dispatcher.DispatchHandler {
  private readonly sentAtMs = performance.now();
  private readonly onEnd: (ended: Ended) => void;
  private readonly timer: NodeJS.Timeout;
  private readonly keep: KeepAnswer | undefined;
  private controller: Dispatcher.DispatchController | undefined;
  private status = 0;
  private bytesIn = 0;
  private hasEnded = false;

  /** @param onEnd called once */
  constructor(timeoutMs: number, onEnd: (ended: Ended) => void, keep?: KeepAnswer) {
    this.onEnd = onEnd;
    this.keep = keep;
    // All timers of one length are one queue in Node.js, so that one a request costs next to
    // nothing. They count from the event loop's last look at the clock: one more is never early.
    this.timer = setTimeout(expire, Math.min(timeoutMs + 1, LONGEST_TIMER_MS), this);
  }

  /** Ends the request as timed out; whatever comes later is not looked at. */
  giveUp(reason: string): void {
    this.end('timeout', reason);
    this.controller?.abort(new Error(reason));
  }

  /** Whether anything of it may have been written. */
  get isOnWire(): boolean {
    return this.controller !== undefined;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    // Given up before there was a connection: undici then writes nothing.
    if (this.hasEnded) controller.abort(new Error('given up'));
  }

  /** Called for informational answers as well; the last one is the answer. */
  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    this.status = status;
    this.keep?.start(latin1(controller.rawHeaders));
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    this.bytesIn += chunk.length;
    this.keep?.add(chunk);
  }

  onResponseEnd(): void {
    this.end(this.status < 400 ? 'ok' : 'error', `status ${this.status}`);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const reason = reasonOf(error);
    this.end(TIMEOUT_CODES.has(reason) ? 'timeout' : 'error', reason);
  }

  private end(outcome: Outcome, reason: string): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    clearTimeout(this.timer);
    const { sentAtMs, status, bytesIn } = this;
    this.onEnd({ outcome, latencyMs: performance.now() - sentAtMs, reason, status, bytesIn });
  }
}

type RawHeaders = Dispatcher.DispatchController['rawHeaders'];

/** Names and values; an interceptor may have made an object of them. */
function latin1(raw: RawHeaders): string[] {
  const list: readonly unknown[] = Array.isArray(raw) ? raw : Object.entries(raw ?? {}).flat();
  return list.map((text) => (Buffer.isBuffer(text) ? text.toString('latin1') : String(text)));
}

function expire(exchange: Exchange): void {
  exchange.giveUp('no answer in time');
}

/** A code where there is one: few of them, and nothing in them that a server wrote. */
function reasonOf(error: Error): string {
  if (error instanceof AggregateError && error.errors[0] instanceof Error) {
    return reasonOf(error.errors[0]);
  }
  return 'code' in error ? String(error.code) : error.name;
}
