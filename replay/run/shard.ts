/**
 * Sends what one thread has to send: each request at its own moment, whatever became of the ones
 * before, and exactly once.
 *
 *     packets ──► queue ──clock──► caps ──► (order of its connection) ──► sender ──► books, log
 */
import type { LookupFunction } from 'node:net';
import type { Dispatcher } from 'undici';
import { Clock, nextTurn } from '../clock.ts';
import { type AnswersToOne, KeptAnswers } from '../compare/kept-answers.ts';
import type { Ended } from '../exchange.ts';
import { takeFromSecond } from '../safety/caps.ts';
import { MARKER } from '../safety/marker.ts';
import { Sender, UNWRITTEN } from '../send.ts';
import { Books, IN_FLIGHT_CAP, RATE_CAP, STOPPED } from './books.ts';
import {
  ANSWERS_CELL,
  type FromShard,
  RATE_CELL,
  type ShardOrder,
  type ShardProgress,
  STOP_CELL,
  type UserToken,
} from './messages.ts';
import { type Due, type Packet, type Planned, takeOut, unpack } from './packet.ts';
import { PreciseClock } from './precise-clock.ts';
import { csvLine, type LoggedEnd, loggedTarget, ndjsonHeldLine, ndjsonLine } from './raw-log.ts';
import { Second } from './second.ts';
import { WaitingRoom } from './waiting-room.ts';

const CONNECT_TIMEOUT_MS = 30_000;
/** What is in flight when the run is stopped may still end. */
const DRAIN_MS = 4500;
const MOST_AT_ONCE = 100;
const TELL_MS = 100;
/** The books go over every so many tellings. */
const TELLINGS_A_PART = 10;

export interface ShardTools {
  readonly tell: (message: FromShard) => void;
  readonly interceptors: readonly Dispatcher.DispatcherComposeInterceptor[];
  readonly lookup?: LookupFunction | undefined;
}

export class Shard {
  private readonly order: ShardOrder;
  private readonly tools: ShardTools;
  private readonly clock: Clock;
  private readonly sender: Sender;
  private readonly second: Second | undefined;
  private readonly answers: KeptAnswers | undefined;
  private readonly books: Books;
  private readonly waiting = new WaitingRoom<Due>();
  /** Headers of ours. */
  private readonly own: readonly string[];
  private readonly origin: string;
  private readonly loggedTarget: (target: string) => string;
  private readonly tokens = new Map<number, UserToken>();
  private readonly packets: Packet[] = [];
  private index = 0;
  private isComplete = false;
  private wakeUp: (() => void) | undefined;
  private givingUp: NodeJS.Timeout | undefined;
  private startAtMs = Number.NaN;
  private taken = 0;
  private ended = 0;
  private bad = 0;
  private ndjson = '';
  private csv = '';
  /** Of the last one sent; NaN where none was. */
  private lastDueMs = Number.NaN;
  private lastLatenessMs = Number.NaN;
  /** Sessions one of whose requests has just ended. */
  private readonly freed: number[] = [];

  constructor(order: ShardOrder, tools: ShardTools) {
    this.order = order;
    this.tools = tools;
    this.clock = order.isPrecise ? new PreciseClock() : new Clock();
    this.books = new Books(order.bucketMs, order.bucketCount);
    const host = order.host === undefined ? [] : ['host', order.host];
    this.own = [...host, MARKER, order.runId];
    this.origin = new URL(order.target).origin;
    this.loggedTarget = loggedTarget(order.log.key);
    const { mostAnswerBytes, second } = order;
    const sending = {
      allowedHosts: order.allowedHosts,
      connectTimeoutMs: Math.min(CONNECT_TIMEOUT_MS, order.timeoutMs),
      mostConnections: order.mostInFlight,
      interceptors: tools.interceptors,
      lookup: tools.lookup,
    };
    this.sender = new Sender(order.target, sending);
    if (mostAnswerBytes === undefined) return;
    this.answers = new KeptAnswers(order.control, ANSWERS_CELL, {
      hasSecond: second !== undefined,
      mostBytes: mostAnswerBytes,
    });
    if (second !== undefined) this.second = new Second(second, sending);
  }

  add(packet: Packet): void {
    this.packets.push(packet);
    this.wakeUp?.();
  }

  /** Its requests carry this token from now on. */
  setToken(user: number, token: UserToken): void {
    this.tokens.set(user, token);
  }

  /** No more packets. */
  complete(): void {
    this.isComplete = true;
    this.wakeUp?.();
  }

  /** Nothing is sent from now on; what is in flight has some seconds to end. */
  stop(): void {
    if (this.givingUp !== undefined) return;
    Atomics.store(this.order.control, STOP_CELL, 1);
    this.givingUp = setTimeout(() => {
      this.sender.giveUp();
      this.second?.giveUp();
    }, DRAIN_MS);
    this.sender.giveUpUnwritten();
    this.second?.giveUpUnwritten();
    void this.clock.close();
    this.wakeUp?.();
  }

  /**
   * Plays all packets until the last one or the stop, and tells how it goes.
   *
   * @param startAtMs epoch time of moment 0
   */
  async run(startAtMs: number): Promise<void> {
    this.startAtMs = startAtMs;
    let tellings = 0;
    const telling = setInterval(() => {
      this.tell(++tellings % TELLINGS_A_PART === 0);
    }, TELL_MS);
    try {
      await this.sendAll();
      this.holdTheRest();
      // Whose turn comes next is neither waiting nor under way for a moment.
      while (this.inFlightCount + this.waiting.size > 0) {
        await this.sender.idle();
        await this.second?.idle();
        await nextTurn();
      }
    } finally {
      clearInterval(telling);
      clearTimeout(this.givingUp);
      await this.sender.close();
      await this.second?.close();
      await this.clock.close();
    }
    this.tell(true);
    const { lastDueMs: dueMs, lastLatenessMs: latenessMs, sender } = this;
    const last = Number.isNaN(dueMs) ? undefined : { dueMs, latenessMs };
    this.tools.tell({ type: 'done', end: { connections: sender.connections, last } });
  }

  /** At both systems. */
  private get inFlightCount(): number {
    return this.sender.inFlightCount + (this.second?.inFlightCount ?? 0);
  }

  private async sendAll(): Promise<void> {
    while (!this.isStopped) {
      const packet = this.packets[0];
      if (packet !== undefined) {
        await this.clock.wakeAt(this.startAtMs + packet.dueMs[this.index]!);
        this.sendDue();
      } else if (this.isComplete) return;
      else await this.somethingNew();
    }
  }

  /** Resolves when there is a packet, no more packets, or a stop. */
  private somethingNew(): Promise<void> {
    return new Promise((resolve) => {
      this.wakeUp = () => {
        this.wakeUp = undefined;
        resolve();
      };
    });
  }

  private get isStopped(): boolean {
    return Atomics.load(this.order.control, STOP_CELL) !== 0;
  }

  /** Sends what is due, at most some at a time. */
  private sendDue(): void {
    for (let room = MOST_AT_ONCE; room > 0 && !this.isStopped; room--) {
      const packet = this.packets[0];
      if (packet === undefined) return;
      const nowMs = this.clock.nowMs();
      const latenessMs = nowMs - this.startAtMs - packet.dueMs[this.index]!;
      if (latenessMs < 0) return;
      this.take(takeOut(packet, this.index), nowMs, latenessMs);
      this.goOn(packet);
    }
  }

  private goOn(packet: Packet): void {
    this.taken++;
    this.index++;
    if (this.index < packet.count) return;
    this.packets.shift();
    this.index = 0;
  }

  private take(due: Due, nowMs: number, latenessMs: number): void {
    const refusal = this.refusal(nowMs);
    if (refusal !== undefined) {
      this.shed(due, refusal);
      return;
    }
    this.books.late(latenessMs);
    this.lastDueMs = due.dueMs;
    this.lastLatenessMs = latenessMs;
    const keepsOrder = this.order.keepsOrder && due.session >= 0;
    if (!keepsOrder || this.waiting.enter(due.session, due)) this.send(due, latenessMs);
  }

  /** Why nothing may be sent at this moment; undefined where something may. */
  private refusal(nowMs: number): string | undefined {
    const { control, mostPerSecond, mostInFlight } = this.order;
    // Whatever goes to two systems counts twice.
    const each = this.second === undefined ? 1 : 2;
    const inFlight = this.inFlightCount + each * this.waiting.size;
    if (inFlight + each > mostInFlight) return IN_FLIGHT_CAP;
    if (mostPerSecond === undefined) return undefined;
    return takeFromSecond(control, RATE_CELL, nowMs, mostPerSecond, each) ? undefined : RATE_CAP;
  }

  private send(due: Due, lateMs: number): void {
    this.books.departed(due.dueMs + lateMs);
    const planned = unpack(due);
    const { wire, login } = planned;
    const token = this.tokens.get(login);
    const { timeoutMs } = this.order;
    const { method, path, body } = wire;
    const headers = wire.headers.concat(this.own);
    if (token !== undefined) headers.push(token.header, token.value);
    const outgoing = { method, path, headers, body, timeoutMs };
    const answers = this.answers?.begin({
      sequence: planned.sequence,
      sentAtMs: this.clock.nowMs(),
    });
    const end = (ended: Ended) => {
      this.end(planned, lateMs, ended, answers);
      if (token === undefined || ended.status !== 401) return;
      this.tools.tell({ type: 'refused', user: login, generation: token.generation });
    };
    this.sender.send(outgoing, end, answers?.target);
    if (answers !== undefined) this.second?.send({ ...outgoing, headers: [...headers] }, answers);
  }

  private end(
    planned: Planned,
    lateMs: number,
    ended: Ended,
    answers: AnswersToOne | undefined,
  ): void {
    answers?.targetHasEnded(ended);
    if (ended.reason === UNWRITTEN) {
      this.holdPlanned(planned);
      return;
    }
    const { status, latencyMs: serviceMs, bytesIn } = ended;
    // An answer whose body did not come to its end is no answer.
    const isAnswered = ended.reason === `status ${status}`;
    const failure = isAnswered ? undefined : ended.reason;
    const isError = isAnswered && isUnwelcome(status, planned.recordedStatus);
    const intendedMs = lateMs + serviceMs;
    const { endpoint, dueMs, wire } = planned;
    const bytesOut = wire.body?.length ?? 0;
    const isTimeout = ended.outcome === 'timeout';
    this.books.ended({
      endpoint,
      dueMs,
      failure,
      isTimeout,
      status,
      isError,
      intendedMs,
      serviceMs,
      bytesOut,
      bytesIn,
    });
    this.ended++;
    if (isError || failure !== undefined) this.bad++;
    this.write({ planned, lateMs, intendedMs, serviceMs, status, failure, bytesIn });
    if (this.order.keepsOrder && planned.session >= 0) this.free(planned.session);
  }

  /** The next one's turn: not at once, undici frees a connection a turn of the loop later. */
  private free(session: number): void {
    if (this.freed.push(session) === 1) setImmediate(this.freeLater);
  }

  private readonly freeLater = (): void => {
    // Those that end in between have their own turn to wait.
    setImmediate(this.sendNextOfAll, this.freed.splice(0));
  };

  private readonly sendNextOfAll = (sessions: readonly number[]): void => {
    for (const session of sessions) this.sendNextOf(session);
  };

  private sendNextOf(session: number): void {
    const next = this.waiting.leave(session);
    if (next === undefined) return;
    if (this.isStopped) this.hold(next);
    else this.send(next, this.clock.nowMs() - this.startAtMs - next.dueMs);
  }

  private write(ended: Omit<LoggedEnd, 'target'>): void {
    const { log, runId } = this.order;
    if (!log.ndjson && !log.csv) return;
    const end = { ...ended, target: this.loggedTarget(ended.planned.wire.path) };
    if (log.ndjson) this.ndjson += ndjsonLine(end);
    if (log.csv) this.csv += csvLine(end, this.startAtMs, runId, this.origin);
  }

  private shed(due: Due, reason: string): void {
    this.books.shed(reason, due.endpoint, due.dueMs);
    this.answers?.heldBack(due.sequence);
    if (this.order.log.ndjson) this.ndjson += ndjsonHeldLine(unpack(due), reason);
  }

  private hold(due: Due): void {
    this.holdPlanned(unpack(due));
  }

  private holdPlanned(planned: Planned): void {
    this.books.held(STOPPED);
    this.answers?.heldBack(planned.sequence);
    if (this.order.log.ndjson) this.ndjson += ndjsonHeldLine(planned, STOPPED);
  }

  /** What a stop left over. */
  private holdTheRest(): void {
    if (!this.isStopped) return;
    this.stop();
    for (const due of this.waiting.clear()) this.hold(due);
    for (let packet = this.packets[0]; packet !== undefined; packet = this.packets[0]) {
      this.hold(takeOut(packet, this.index));
      this.goOn(packet);
    }
  }

  private tell(withBooks: boolean): void {
    const { taken, ended, bad, ndjson, csv } = this;
    const part = withBooks ? this.books.drain() : undefined;
    const inFlight = this.inFlightCount;
    const answers = this.answers?.drain();
    const second = { ended: this.second?.ended ?? 0, bad: this.second?.bad ?? 0 };
    const counts = { taken, inFlight, part, ended, bad };
    const progress: ShardProgress = { ...counts, ndjson, csv, answers, second };
    this.tools.tell({ type: 'progress', progress });
    this.taken = 0;
    this.ndjson = '';
    this.csv = '';
  }
}

/** An answer from 400 on, unless one of its hundred came when it was recorded. */
function isUnwelcome(status: number, recordedStatus: number): boolean {
  return status >= 400 && Math.floor(status / 100) !== Math.floor(recordedStatus / 100);
}
