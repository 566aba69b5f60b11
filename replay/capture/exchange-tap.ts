/**
 * Listens to both directions of a connection and tells of its requests and answers, paired. It only
 * looks: whatever it finds or fails to find, the bytes have long gone on their way.
 */
import {
  type AnswerHead,
  answerFraming,
  type Framing,
  parseAnswerHead,
  parseRequestHead,
  type RequestHead,
  requestFraming,
  Unclear,
  valuesOf,
} from './head.ts';
import { MessageReader } from './message-reader.ts';

/** A request, complete, with its body's framing undone. */
export interface TappedRequest {
  readonly type: 'request';
  readonly id: string;
  /** Epoch ns of the first byte. */
  readonly atNs: bigint;
  /** From the first byte to the last. */
  readonly tookNs: bigint;
  readonly head: RequestHead;
  /** Undefined where it was not kept: `lost` says why. */
  readonly body: Uint8Array | undefined;
  readonly bodyBytes: number;
  readonly lost: string | undefined;
}

export interface TappedAnswer {
  readonly type: 'answer';
  /** The request's. */
  readonly id: string;
  readonly atNs: bigint;
  readonly tookNs: bigint;
  readonly head: AnswerHead;
  readonly body: Uint8Array | undefined;
  readonly bodyBytes: number;
  readonly lost: string | undefined;
}

export type Tapped = TappedRequest | TappedAnswer;

export interface TapOptions {
  /** Larger bodies are not kept. */
  readonly mostBodyBytes: number;
  /** Bytes of unfinished bodies, over all connections. */
  readonly budget: { left: number };
  readonly nowNs: () => bigint;
  /** A reason not to keep a request (and its answer), or undefined. */
  readonly unwanted: (head: RequestHead, connection: string) => string | undefined;
  /** Whether answers are kept, and their bodies. */
  readonly answers: 'none' | 'head' | 'full';
  readonly onTapped: (tapped: Tapped) => void;
  /** Every request that begins is counted once: kept (`tapped` will follow) or not, and why. */
  readonly onRequest: () => void;
  readonly onSkipped: (reason: string) => void;
}

/** More requests that wait for their answers on one connection are not followed. */
const MOST_WAITING = 1000;

interface Message {
  atNs: bigint;
  body: Buffer[] | undefined;
  kept: number;
  bodyBytes: number;
  lost: string | undefined;
}

interface Exchange {
  readonly id: string;
  readonly method: string;
  readonly isWanted: boolean;
  /** Whether it asks for another protocol: it is told of when it was not granted. */
  asksUpgrade: boolean;
  request: TappedRequest | undefined;
}

export class ExchangeTap {
  private readonly connection: string;
  private readonly options: TapOptions;
  private readonly fromClient: MessageReader;
  private readonly fromServer: MessageReader;
  private readonly waiting: Exchange[] = [];
  private request: (Message & { head?: RequestHead; exchange?: Exchange }) | undefined;
  private answer: (Message & { head?: AnswerHead }) | undefined;
  private count = 0;
  private isDark = false;

  /** @param connection 16 hex digits, the first ones of its requests' ids */
  constructor(connection: string, options: TapOptions) {
    this.connection = connection;
    this.options = options;
    this.fromClient = new MessageReader({
      begin: () => {
        this.request = this.newMessage();
      },
      head: (text) => this.requestHead(text),
      body: (bytes) => this.keep(this.request!, bytes),
      end: () => this.requestEnd(),
      dark: (reason) => {
        if (this.request?.head === undefined) this.requestDark(reason);
        else this.goDark(reason);
      },
    });
    this.fromServer = new MessageReader({
      begin: () => {
        this.answer = this.newMessage();
      },
      head: (text) => this.answerHead(text),
      body: (bytes) => this.keep(this.answer!, bytes),
      end: () => this.answerEnd(),
      dark: (reason) => this.goDark(reason),
    });
  }

  /** Whether nothing is under way, as far as this can tell: a good moment to close. */
  get isIdle(): boolean {
    return !this.isDark && !this.fromClient.isInside && this.waiting.length === 0;
  }

  clientData(bytes: Uint8Array): void {
    this.fromClient.feed(bytes);
  }

  serverData(bytes: Uint8Array): void {
    this.fromServer.feed(bytes);
  }

  /** The server will say no more: an answer without a length ends here. */
  serverEnd(): void {
    this.fromServer.finish();
  }

  /** The connection is gone. */
  close(): void {
    this.goDark('connection closed');
  }

  private newMessage(): Message {
    const atNs = this.options.nowNs();
    return { atNs, body: [], kept: 0, bodyBytes: 0, lost: undefined };
  }

  private keep(message: Message, bytes: Uint8Array): void {
    message.bodyBytes += bytes.length;
    if (message.body === undefined) return;
    const { mostBodyBytes, budget } = this.options;
    if (message.bodyBytes > mostBodyBytes) {
      this.letGo(message, 'body too large');
      return;
    }
    if (bytes.length > budget.left) {
      this.letGo(message, 'too much at once');
      return;
    }
    budget.left -= bytes.length;
    message.kept += bytes.length;
    message.body.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  }

  private letGo(message: Message, reason: string | undefined): void {
    this.options.budget.left += message.kept;
    message.kept = 0;
    message.body = undefined;
    message.lost ??= reason;
  }

  private requestHead(text: string): Framing | Unclear {
    const message = this.request!;
    const head = parseRequestHead(text);
    const framing = head instanceof Unclear ? head : requestFraming(head);
    if (head instanceof Unclear || framing instanceof Unclear) {
      const isHttp2 = text.startsWith('PRI * HTTP/2.0');
      this.requestDark(isHttp2 ? 'HTTP/2' : (framing as Unclear).reason);
      return framing;
    }
    if (this.waiting.length >= MOST_WAITING) {
      this.requestDark('too many requests without an answer');
      return new Unclear('');
    }
    this.options.onRequest();
    const unwanted = this.options.unwanted(head, this.connection);
    if (unwanted !== undefined) {
      this.options.onSkipped(unwanted);
      this.letGo(message, undefined);
    }
    const id = this.connection + (this.count++).toString(16).padStart(8, '0').slice(-8);
    const asksUpgrade = head.method === 'CONNECT' || valuesOf(head.headers, 'upgrade').length > 0;
    const isWanted = unwanted === undefined;
    const exchange: Exchange = {
      id,
      method: head.method,
      isWanted,
      asksUpgrade,
      request: undefined,
    };
    Object.assign(message, { head, exchange });
    this.waiting.push(exchange);
    return framing;
  }

  private requestEnd(): void {
    const { head, exchange, ...message } = this.request!;
    this.request = undefined;
    if (head === undefined || exchange === undefined || !exchange.isWanted) return;
    const request = { ...this.finished(message), type: 'request' as const, id: exchange.id, head };
    if (exchange.asksUpgrade) exchange.request = request;
    else this.options.onTapped(request);
  }

  /** What a message has come to; its bytes are the receiver's from here. */
  private finished({ atNs, body, kept, bodyBytes, lost }: Message) {
    this.options.budget.left += kept;
    const tookNs = this.options.nowNs() - atNs;
    const whole = body === undefined ? undefined : Buffer.concat(body);
    return { atNs, tookNs, body: whole, bodyBytes, lost };
  }

  private answerHead(text: string): Framing | Unclear {
    const exchange = this.waiting[0];
    if (exchange === undefined) return this.answerDark('answer without a request');
    const head = parseAnswerHead(text);
    if (head instanceof Unclear) return this.answerDark(head.reason);
    const isTunnel = exchange.method === 'CONNECT' && head.status < 300 && head.status >= 200;
    if (head.status === 101 || isTunnel) return this.answerDark('upgraded');
    if (head.status >= 200) this.notUpgraded(exchange);
    const framing = answerFraming(head, exchange.method);
    if (framing instanceof Unclear) return this.answerDark(framing.reason);
    const message = this.answer!;
    Object.assign(message, { head });
    const isKept = exchange.isWanted && this.options.answers === 'full';
    if (!isKept) this.letGo(message, framing.type === 'none' ? undefined : 'not wanted');
    return framing;
  }

  private notUpgraded(exchange: Exchange): void {
    if (exchange.request !== undefined) this.options.onTapped(exchange.request);
    exchange.request = undefined;
    exchange.asksUpgrade = false;
  }

  private answerEnd(): void {
    const { head, ...message } = this.answer!;
    this.answer = undefined;
    // 100 Continue and 103 Early Hints come before the answer itself.
    if (head === undefined || head.status < 200) return;
    const exchange = this.waiting.shift()!;
    if (!exchange.isWanted || this.options.answers === 'none') return;
    this.options.onTapped({ ...this.finished(message), type: 'answer', id: exchange.id, head });
  }

  /** A request that could not be read: it was one all the same. */
  private requestDark(reason: string): void {
    this.options.onRequest();
    this.options.onSkipped(reason);
    this.request = undefined;
    this.goDark(reason);
  }

  private answerDark(reason: string): Unclear {
    this.goDark(reason);
    return new Unclear(reason);
  }

  /** Follows this connection no longer; what was under way is counted as not kept. */
  private goDark(reason: string): void {
    this.isDark = true;
    this.fromClient.goDark();
    this.fromServer.goDark();
    const { request } = this;
    if (request !== undefined) this.letGo(request, undefined);
    if (this.answer !== undefined) this.letGo(this.answer, undefined);
    if (request !== undefined && request.exchange === undefined) this.options.onRequest();
    if (request !== undefined && (request.exchange?.isWanted ?? true)) {
      this.options.onSkipped(`cut off: ${reason}`);
    }
    for (const { request: held } of this.waiting) {
      if (held !== undefined) this.options.onSkipped(reason);
    }
    this.request = undefined;
    this.answer = undefined;
    this.waiting.length = 0;
  }
}
