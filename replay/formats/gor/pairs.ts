/** Requests with the answers that were recorded for them. */
import { STATUS_CODES } from 'node:http';
import type { ReadBooks } from '../books.ts';
import type { RecordedAnswer, RecordedRequest } from '../capture.ts';
import type { Window } from '../reorder.ts';
import type { GorMessage } from './parser.ts';

type Request = GorMessage & { readonly type: '1' };
type Answer = GorMessage & { readonly type: '2' };

interface Waiting {
  readonly request: Request;
  answer: Answer | undefined;
  /** The next one of the same id that has no answer, and, of the first of them, the last one. */
  next: Waiting | undefined;
  last: Waiting | undefined;
}

/**
 * So many wait until there is an answer at all. To hold more back makes V8 believe that what is
 * parsed lives long, and keep it in its old space from then on: twice the memory, half the speed.
 */
const FEWEST_WAITING = 2000;

/**
 * Takes messages in the order of their times. A request waits for its answer until so many newer
 * ones wait behind it; an answer belongs to the earliest request of its id that has none.
 */
export class Pairs {
  private readonly window: Window;
  private readonly books: ReadBooks;
  private readonly queue: (Waiting | undefined)[] = [];
  private first = 0;
  private bytes = 0;
  /** By id; undefined until there is an answer at all: most captures have none. */
  private unanswered: Map<string, Waiting> | undefined;
  private mostWaiting: number;
  private gone = 0;

  constructor(window: Window, books: ReadBooks) {
    this.window = window;
    this.mostWaiting = Math.min(FEWEST_WAITING, window.items);
    this.books = books;
  }

  push(message: GorMessage): void {
    switch (message.type) {
      case '1':
        this.ask(message);
        return;
      case '2':
        this.answer(message);
        return;
      case '3':
        this.books.skip('answer to a replayed request');
        return;
      default:
        message satisfies never;
    }
  }

  /** The earliest request, once it has its answer or has waited for long enough. */
  pop(isLast: boolean = false): RecordedRequest | undefined {
    const front = this.queue[this.first];
    if (front === undefined) return undefined;
    const count = this.queue.length - this.first;
    const isOverfull = count > this.mostWaiting || this.bytes > this.window.bytes;
    if (!isLast && !isOverfull && front.answer === undefined) return undefined;
    this.queue[this.first++] = undefined;
    if (this.first >= 1024) {
      this.queue.splice(0, this.first);
      this.first = 0;
    }
    return this.recorded(front);
  }

  private recorded(waiting: Waiting): RecordedRequest {
    const { request, answer } = waiting;
    this.bytes -= sizeOf(request);
    this.books.use();
    // So many requests and not one answer: there are none, and nobody needs to wait for them.
    if (this.unanswered === undefined && ++this.gone > FEWEST_WAITING) this.mostWaiting = 0;
    if (answer === undefined) {
      this.forget(waiting);
      return requestOf(request, undefined);
    }
    this.bytes -= sizeOf(answer);
    this.books.use();
    return requestOf(request, answerOf(answer, request.atNs));
  }

  private ask(request: Request): void {
    const waiting: Waiting = { request, answer: undefined, next: undefined, last: undefined };
    this.queue.push(waiting);
    this.bytes += sizeOf(request);
    if (this.unanswered !== undefined) remember(this.unanswered, waiting);
  }

  private answer(answer: Answer): void {
    this.unanswered ??= this.allWaiting();
    this.mostWaiting = this.window.items;
    const waiting = this.unanswered.get(answer.id);
    if (waiting === undefined) {
      this.books.skip('answer without its request');
      return;
    }
    this.forget(waiting);
    waiting.answer = answer;
    this.bytes += sizeOf(answer);
  }

  private allWaiting(): Map<string, Waiting> {
    const all = new Map<string, Waiting>();
    for (const waiting of this.queue.slice(this.first)) remember(all, waiting!);
    return all;
  }

  /** It is the first of its id. */
  private forget({ request, next, last }: Waiting): void {
    if (next === undefined) this.unanswered?.delete(request.id);
    else {
      next.last = last;
      this.unanswered?.set(request.id, next);
    }
  }
}

function remember(unanswered: Map<string, Waiting>, waiting: Waiting): void {
  const first = unanswered.get(waiting.request.id);
  if (first === undefined) {
    waiting.last = waiting;
    unanswered.set(waiting.request.id, waiting);
  } else {
    first.last!.next = waiting;
    first.last = waiting;
  }
}

/** About how much memory a message takes. */
export function sizeOf({ head, body }: GorMessage): number {
  return 512 + head.length + (body?.length ?? 0);
}

/** GoReplay's id is ports, address and sequence number: the first 16 digits are the connection. */
const GOREPLAY_ID = /^[0-9a-f]{24}$/;

/** `93d5805f0100007f00bc614e` → `93d5805f0100007f`; undefined for an id of another form. */
export function connectionOf(id: string): string | undefined {
  return GOREPLAY_ID.test(id) ? id.slice(0, 16) : undefined;
}

function requestOf(message: Request, answer: RecordedAnswer | undefined): RecordedRequest {
  const { atNs, id, transferNs, head, body } = message;
  const { method, target, headers } = head;
  const request = { atNs, id, connection: connectionOf(id), method, target, headers, body, answer };
  if (!head.isHttp10 && !transferNs) return request;
  return {
    ...request,
    ...(head.isHttp10 && { httpVersion: '1.0' }),
    ...(transferNs && { transferNs }),
  };
}

function answerOf(message: Answer, requestNs: bigint): RecordedAnswer {
  const { head, body, transferNs } = message;
  const { status, headers, isHttp10, reasonPhrase } = head;
  const answer = { status, headers, body, latencyNs: latencyOf(message, requestNs) };
  const isUsual = reasonPhrase === STATUS_CODES[status];
  if (!isHttp10 && isUsual && !transferNs) return answer;
  return {
    ...answer,
    ...(transferNs && { firstByteNs: message.atNs - requestNs }),
    ...(!isUsual && { reasonPhrase }),
    ...(isHttp10 && { httpVersion: '1.0' }),
  };
}

/**
 * From the request's first byte to the answer's last. An answer at the very moment of its request,
 * of which nobody says how long it took, tells nothing.
 */
function latencyOf({ atNs, transferNs }: Answer, requestNs: bigint): bigint | undefined {
  if (transferNs === undefined && atNs === requestNs) return undefined;
  return atNs + (transferNs ?? 0n) - requestNs;
}
