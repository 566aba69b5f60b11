/** Answers as a thread that sends holds them, until it tells the thread that compares of them. */
import type { Ended, KeepAnswer } from '../exchange.ts';
import { type Answer, type AnswerBody, GrowingBody } from './answer.ts';
import { takeRoom } from './room.ts';

/** What head and message take, about. */
const HEAD_BYTES = 2048;

/** What became of one request whose answers are compared. */
export interface ToldAnswers {
  readonly sequence: number;
  /** `answered`, `failed` without an answer, or not compared for other words. */
  readonly fate: 'answered' | 'failed' | 'held back' | 'no room' | 'stopped';
  /** Epoch time of the send. */
  readonly sentAtMs: number;
  /** From the send to the last byte. */
  readonly serviceMs: number;
  readonly target?: Answer | undefined;
  /** Of the second system; undefined where there is none or it gave none. */
  readonly second?: Answer | undefined;
  /** It was asked, and gave no answer. */
  readonly secondHasFailed: boolean;
  /** Room that was taken for it. */
  readonly bytes: number;
}

/** One answer that comes in. */
class KeptAnswer implements KeepAnswer {
  bytes = 0;
  private headers: readonly string[] = [];
  private body: GrowingBody;
  private readonly take: (bytes: number) => boolean;
  private readonly mostBytes: number;

  constructor(take: (bytes: number) => boolean, mostBytes: number) {
    this.take = take;
    this.mostBytes = mostBytes;
    this.body = this.newBody();
  }

  start(headers: readonly string[]): void {
    this.headers = headers;
    this.body = this.newBody();
  }

  add(chunk: Uint8Array): void {
    this.body.add(chunk);
  }

  /** Undefined without an answer that came to its end. */
  end(ended: Ended): Answer | undefined {
    const { status, reason } = ended;
    if (reason !== `status ${status}`) return undefined;
    const body: AnswerBody = this.body.end();
    return { status, headers: this.headers, body };
  }

  private newBody(): GrowingBody {
    return new GrowingBody((bytes) => {
      if (!this.take(bytes)) return false;
      this.bytes += bytes;
      return true;
    }, this.mostBytes);
  }
}

interface Asked {
  readonly sequence: number;
  readonly sentAtMs: number;
}

export interface KeepOptions {
  readonly hasSecond: boolean;
  /** Of a body; of a longer one the digest is kept. */
  readonly mostBytes: number;
}

/** The answers to one request: that of the target, and that of the second system. */
export class AnswersToOne {
  readonly target: KeptAnswer;
  readonly second: KeptAnswer | undefined;
  private readonly asked: Asked;
  private readonly hasRoom: boolean;
  private readonly onComplete: (told: ToldAnswers) => void;
  private targetEnd: Ended | undefined;
  private secondEnd: Ended | undefined;

  constructor(
    asked: Asked,
    { hasSecond, mostBytes }: KeepOptions,
    take: (bytes: number) => boolean,
    onComplete: (told: ToldAnswers) => void,
  ) {
    this.asked = asked;
    this.onComplete = onComplete;
    this.hasRoom = take(HEAD_BYTES);
    const takeIfAny = this.hasRoom ? take : () => false;
    this.target = new KeptAnswer(takeIfAny, mostBytes);
    this.second = hasSecond ? new KeptAnswer(takeIfAny, mostBytes) : undefined;
  }

  targetHasEnded(ended: Ended): void {
    this.targetEnd = ended;
    this.tellIfComplete();
  }

  secondHasEnded(ended: Ended): void {
    this.secondEnd = ended;
    this.tellIfComplete();
  }

  private tellIfComplete(): void {
    const { targetEnd, secondEnd, hasRoom } = this;
    if (targetEnd === undefined) return;
    if (this.second !== undefined && secondEnd === undefined) return;
    const target = this.target.end(targetEnd);
    const second = secondEnd && this.second!.end(secondEnd);
    this.onComplete({
      ...this.asked,
      fate: hasRoom ? fateOf(target, targetEnd) : 'no room',
      serviceMs: targetEnd.latencyMs,
      ...(hasRoom && { target, second }),
      secondHasFailed: secondEnd !== undefined && second === undefined,
      bytes: (hasRoom ? HEAD_BYTES : 0) + this.target.bytes + (this.second?.bytes ?? 0),
    });
  }
}

function fateOf(target: Answer | undefined, { reason }: Ended): ToldAnswers['fate'] {
  if (target !== undefined) return 'answered';
  return reason.startsWith(GIVEN_UP) ? 'stopped' : 'failed';
}

/** How all reasons begin that are our own doing; see `Sender.giveUp`. */
const GIVEN_UP = 'given up';

/** All of a thread. */
export class KeptAnswers {
  private told: ToldAnswers[] = [];
  private readonly cells: Int32Array;
  private readonly cell: number;
  private readonly options: KeepOptions;

  /** @param cell of the room that all threads share */
  constructor(cells: Int32Array, cell: number, options: KeepOptions) {
    this.cells = cells;
    this.cell = cell;
    this.options = options;
  }

  begin(asked: Asked): AnswersToOne {
    const take = (bytes: number) => takeRoom(this.cells, this.cell, bytes);
    return new AnswersToOne(asked, this.options, take, (told) => this.told.push(told));
  }

  /** It is not sent: nobody needs to remember its recorded answer. */
  heldBack(sequence: number): void {
    this.told.push({
      sequence,
      fate: 'held back',
      sentAtMs: 0,
      serviceMs: 0,
      secondHasFailed: false,
      bytes: 0,
    });
  }

  /** All since the last time. */
  drain(): ToldAnswers[] {
    const { told } = this;
    this.told = [];
    return told;
  }
}
