/**
 * Sends requests to one target and says how each ended. A failed request is data, never an
 * exception: there is exactly one end for every send. `dispatch` is undici's lowest layer (100 k
 * requests/s on a core, where `fetch` does 20 k): it follows no redirect, retries nothing, and
 * knows no proxy.
 */
import type { LookupFunction } from 'node:net';
import { type Dispatcher, Pool } from 'undici';
import { type Ended, Exchange, type KeepAnswer } from './exchange.ts';
import { type AllowedHost, guardedConnector } from './guard.ts';

/** As it goes over the wire. */
export interface Outgoing {
  readonly method: string;
  /** Sent as it stands, after the target's own. */
  readonly path: string;
  /** Name, value, name, value, … without framing: that is made from the body. */
  readonly headers: string[];
  readonly body?: Uint8Array | undefined;
  /** From the send to the last byte. */
  readonly timeoutMs: number;
}

export interface SenderOptions {
  readonly allowedHosts: readonly AllowedHost[];
  /** A connection that takes longer is no use to any request. */
  readonly connectTimeoutMs: number;
  /** Connections at most; more requests than that wait for one. Default: as many as it takes. */
  readonly mostConnections?: number;
  /** What stands between a request and the wire, the first one nearest to the wire. */
  readonly interceptors?: readonly Dispatcher.DispatcherComposeInterceptor[];
  /** See `guardedConnector`. */
  readonly lookup?: LookupFunction | undefined;
}

/** The reason of what was given up before it had a connection. */
export const UNWRITTEN = 'given up before it was sent';

export class Sender {
  /** Connections made so far. */
  connections = 0;
  private readonly pool: Pool;
  private readonly dispatcher: Dispatcher;
  private readonly basePath: string;
  private readonly inFlight = new Set<Exchange>();
  private onIdle: (() => void) | undefined;

  /** @param target as `checkedTarget` returns it */
  constructor(target: string, options: SenderOptions) {
    const { allowedHosts, connectTimeoutMs, lookup, interceptors = [] } = options;
    const { origin } = new URL(target);
    this.basePath = target.slice(target.indexOf('//') + 2).replace(/^[^/]*/, '');
    this.pool = new Pool(origin, {
      connections: options.mostConnections ?? null,
      pipelining: 1,
      // One timer a request, over all of its parts, instead of undici's two.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: guardedConnector(allowedHosts, {
        connectTimeoutMs,
        ...(lookup && { lookup }),
      }),
    });
    this.dispatcher = interceptors.length > 0 ? this.pool.compose([...interceptors]) : this.pool;
    this.pool.on('connect', () => {
      this.connections++;
    });
  }

  /** Requests sent and not ended. */
  get inFlightCount(): number {
    return this.inFlight.size;
  }

  /** Sends now, on a free connection or a new one. `onEnd` is called once, after all of `keep`. */
  send(outgoing: Outgoing, onEnd: (ended: Ended) => void, keep?: KeepAnswer): void {
    const { method, path, headers, body = null } = outgoing;
    const end = (ended: Ended) => {
      this.inFlight.delete(exchange);
      onEnd(ended);
      if (this.inFlight.size === 0) this.onIdle?.();
    };
    const exchange = new Exchange(outgoing.timeoutMs, end, keep);
    this.inFlight.add(exchange);
    // Without `reset: false` undici ends the connection after a HEAD, and after a GET with a body.
    const wire = { method, path: this.basePath + path, headers, body, reset: false };
    this.dispatcher.dispatch(wire, exchange);
  }

  /** Resolves when nothing is in flight. */
  async idle(): Promise<void> {
    if (this.inFlight.size === 0) return;
    await new Promise<void>((resolve) => {
      this.onIdle = resolve;
    });
  }

  /** Ends what is in flight as timed out: the client waits no longer. */
  giveUp(): void {
    for (const exchange of this.inFlight) exchange.giveUp('given up');
  }

  /** Ends what still waits for a connection; it will never be written. */
  giveUpUnwritten(): void {
    for (const exchange of this.inFlight) if (!exchange.isOnWire) exchange.giveUp(UNWRITTEN);
  }

  async close(): Promise<void> {
    this.giveUp();
    await this.pool.destroy();
  }
}
