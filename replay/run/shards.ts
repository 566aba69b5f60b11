/**
 * The threads that send, seen from the one that reads: requests go to the thread of their recorded
 * connection, and no further ahead than a bound, so that a long capture takes no more memory than
 * a short one.
 */
import { Worker } from 'node:worker_threads';
import { UsageError } from '../../simulator/model/usage-error.ts';
import type {
  FromShard,
  ShardEnd,
  ShardOrder,
  ShardProgress,
  ToShard,
  UserToken,
} from './messages.ts';
import { STOP_CELL } from './messages.ts';
import {
  bytesOf,
  MOST_PACKET_BYTES,
  MOST_PACKET_REQUESTS,
  type Planned,
  pack,
  transferable,
} from './packet.ts';

const MOST_AHEAD = 50_000;
const MOST_AHEAD_BYTES = 64 * 1024 * 1024;

/** Something that takes what a shard's thread takes, and tells what it tells. */
export interface ShardPort {
  readonly post: (message: ToShard, handedOver?: readonly ArrayBuffer[]) => void;
  readonly onMessage: (listener: (message: FromShard) => void) => void;
  /** Called when it comes to an end that nobody asked for. */
  readonly onFailure: (listener: (error: Error) => void) => void;
  readonly close: () => Promise<void>;
}

/** Starts a thread. */
export function startThread(): ShardPort {
  const worker = new Worker(new URL('./shard-worker.ts', import.meta.url), { name: 'send' });
  return {
    post: (message, handedOver = []) => worker.postMessage(message, handedOver),
    onMessage: (listener) => worker.on('message', listener),
    onFailure: (listener) => worker.on('error', (error) => listener(asThrown(error))),
    close: async () => {
      await worker.terminate();
    },
  };
}

/** What comes out of a thread is a copy of what was thrown there, without its class. */
function asThrown(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  return error.name === 'UsageError' ? new UsageError(error.message) : error;
}

interface Lane {
  readonly port: ShardPort;
  /** Not handed over yet. */
  open: Planned[];
  openBytes: number;
  /** Handed over and not taken yet, in order. */
  readonly ahead: { requests: number; readonly bytes: number }[];
}

export class Shards {
  /** Resolves when, for the first time, there is no room for more. */
  readonly full: Promise<void>;
  private readonly lanes: readonly Lane[];
  private readonly control: Int32Array<SharedArrayBuffer>;
  private readonly onProgress: (shard: number, progress: ShardProgress) => void;
  private readonly onRefused: (user: number, generation: number) => void;
  private readonly ends: Promise<ShardEnd>[];
  private readonly readies: Promise<unknown>[];
  private readonly failure: Promise<never>;
  private aheadCount = 0;
  private aheadBytes = 0;
  private onRoom: (() => void) | undefined;
  private readonly onFull: () => void;

  /** @param orders one a shard */
  constructor(
    orders: readonly ShardOrder[],
    start: () => ShardPort,
    onProgress: (shard: number, progress: ShardProgress) => void,
    onRefused: (user: number, generation: number) => void = () => {},
  ) {
    this.onRefused = onRefused;
    this.control = orders[0]!.control;
    const full = Promise.withResolvers<void>();
    this.full = full.promise;
    this.onFull = full.resolve;
    this.onProgress = onProgress;
    this.lanes = orders.map(() => ({ port: start(), open: [], openBytes: 0, ahead: [] }));
    this.failure = new Promise<never>((_, reject) => {
      for (const { port } of this.lanes) port.onFailure(reject);
    });
    // Whoever waits for something hears of it there.
    this.failure.catch(() => {});
    const told = this.lanes.map((lane, index) => this.listen(lane, index));
    this.readies = told.map(({ ready }) => ready);
    this.ends = told.map(({ end }) => end);
    for (const [index, { port }] of this.lanes.entries()) {
      port.post({ type: 'order', order: orders[index]! });
    }
  }

  /** Resolves when all could begin. Rejects when one has come to an unexpected end. */
  async ready(): Promise<void> {
    await Promise.race([Promise.all(this.readies), this.failure]);
  }

  /** @param startAtMs epoch time of moment 0 */
  start(startAtMs: number): void {
    for (const { port } of this.lanes) port.post({ type: 'start', startAtMs });
  }

  /** Before the requests that need it. */
  setToken(user: number, token: UserToken): void {
    for (const { port } of this.lanes) port.post({ type: 'token', user, token });
  }

  /** @param moreBytes that are held for it until it has been taken */
  add(planned: Planned, moreBytes: number = 0): void {
    const { lanes } = this;
    const key = planned.session >= 0 ? planned.session : planned.sequence;
    const lane = lanes[key % lanes.length]!;
    lane.open.push(planned);
    lane.openBytes += bytesOf(planned) + moreBytes;
    const isFull = lane.open.length >= MOST_PACKET_REQUESTS || lane.openBytes >= MOST_PACKET_BYTES;
    if (isFull) this.hand(lane);
  }

  /** Hands over what is open. */
  flush(): void {
    for (const lane of this.lanes) if (lane.open.length > 0) this.hand(lane);
  }

  /** Resolves when there may be more. */
  async room(): Promise<void> {
    while (this.aheadCount >= MOST_AHEAD || this.aheadBytes >= MOST_AHEAD_BYTES) {
      this.onFull();
      const more = new Promise<void>((resolve) => {
        this.onRoom = resolve;
      });
      await Promise.race([more, this.failure]);
    }
  }

  /** Nothing is sent from now on, by any thread. */
  stop(): void {
    Atomics.store(this.control, STOP_CELL, 1);
    for (const { port } of this.lanes) port.post({ type: 'stop' });
  }

  /** No more requests; resolves when all have ended. */
  async end(): Promise<ShardEnd[]> {
    this.flush();
    for (const { port } of this.lanes) port.post({ type: 'end' });
    return Promise.race([Promise.all(this.ends), this.failure]);
  }

  async close(): Promise<void> {
    await Promise.all(this.lanes.map(({ port }) => port.close()));
  }

  private hand(lane: Lane): void {
    const { open, openBytes: bytes } = lane;
    const packet = pack(open);
    lane.ahead.push({ requests: packet.count, bytes });
    this.aheadCount += packet.count;
    this.aheadBytes += bytes;
    lane.open = [];
    lane.openBytes = 0;
    lane.port.post({ type: 'packet', packet }, transferable(packet));
  }

  private listen(lane: Lane, index: number) {
    const ready = Promise.withResolvers<void>();
    const end = Promise.withResolvers<ShardEnd>();
    lane.port.onMessage((message) => {
      if (message.type === 'ready') ready.resolve();
      else if (message.type === 'done') end.resolve(message.end);
      else if (message.type === 'refused') this.onRefused(message.user, message.generation);
      else {
        this.taken(lane, message.progress.taken);
        this.onProgress(index, message.progress);
      }
    });
    return { ready: ready.promise, end: end.promise };
  }

  private taken(lane: Lane, count: number): void {
    this.aheadCount -= count;
    let left = count;
    for (let first = lane.ahead[0]; first !== undefined && left > 0; first = lane.ahead[0]) {
      const some = Math.min(left, first.requests);
      first.requests -= some;
      left -= some;
      if (first.requests > 0) break;
      this.aheadBytes -= first.bytes;
      lane.ahead.shift();
    }
    this.onRoom?.();
  }
}
