/** What the thread that reads and a thread that sends tell each other. */
import type { ToldAnswers } from '../compare/kept-answers.ts';
import type { AllowedHost } from '../guard.ts';
import type { BooksPart } from './books.ts';
import type { Packet } from './packet.ts';
import type { LogLines } from './raw-log.ts';

/** Cells that all threads of a run share. */
export const STOP_CELL = 0;
export const RATE_CELL = 1;
/** Bytes of answers on their way to be compared. */
export const ANSWERS_CELL = 2;
export const CONTROL_CELLS = 3;

export interface ShardOrder {
  /** About how many it will get. */
  readonly requests: number;
  /** As `checkedTarget` returns it. */
  readonly target: string;
  readonly allowedHosts: readonly AllowedHost[];
  /** Sent as Host instead of the target's own. */
  readonly host: string | undefined;
  readonly runId: string;
  readonly timeoutMs: number;
  /** Of this shard. */
  readonly mostInFlight: number;
  /** Of all shards together. */
  readonly mostPerSecond: number | undefined;
  readonly isPrecise: boolean;
  /** One request of a recorded connection after the other. */
  readonly keepsOrder: boolean;
  readonly bucketMs: number;
  readonly bucketCount: number;
  readonly control: Int32Array<SharedArrayBuffer>;
  readonly log: LogLines;
  /** So much of an answer's body is kept and told; undefined: answers are not. */
  readonly mostAnswerBytes: number | undefined;
  /** Gets what the target gets; as `checkedTarget` returns it. */
  readonly second: string | undefined;
  /** Modules by URL, each with an export `interceptor`. */
  readonly interceptors: readonly string[];
}

export interface UserToken {
  readonly generation: number;
  readonly header: string;
  readonly value: string;
}

export type ToShard =
  | { readonly type: 'order'; readonly order: ShardOrder }
  | { readonly type: 'start'; readonly startAtMs: number }
  /** Of a user, for all of its requests from now on. */
  | { readonly type: 'token'; readonly user: number; readonly token: UserToken }
  | { readonly type: 'packet'; readonly packet: Packet }
  /** No more packets. */
  | { readonly type: 'end' }
  | { readonly type: 'stop' };

export interface ShardProgress {
  /** Requests that are no longer in its packets, since the last time. */
  readonly taken: number;
  readonly inFlight: number;
  readonly part: BooksPart | undefined;
  /** Since the run's start. */
  readonly ended: number;
  readonly bad: number;
  readonly ndjson: string;
  readonly csv: string;
  /** Since the last time; undefined where answers are not kept. */
  readonly answers: readonly ToldAnswers[] | undefined;
  /** Of the second system, since the run's start. */
  readonly second: { readonly ended: number; readonly bad: number };
}

export interface ShardEnd {
  readonly connections: number;
  /** Due moment and lateness of the last request that was sent; undefined where none was. */
  readonly last: { readonly dueMs: number; readonly latenessMs: number } | undefined;
}

export type FromShard =
  | { readonly type: 'ready' }
  | { readonly type: 'progress'; readonly progress: ShardProgress }
  /** An answer was 401; the token was of that generation. */
  | { readonly type: 'refused'; readonly user: number; readonly generation: number }
  | { readonly type: 'done'; readonly end: ShardEnd };
