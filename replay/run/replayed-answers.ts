/** What the target answered, for whoever wants to have it: by the id of the request. */
import type { Answer } from '../compare/answer.ts';
import type { ToldAnswers } from '../compare/kept-answers.ts';
import type { CaptureSource } from '../formats/capture.ts';
import type { Planned } from './packet.ts';

export interface ReplayedAnswer {
  /** Of the request, as it was planned. */
  readonly id: string;
  readonly method: string;
  /** Epoch time of the send. */
  readonly sentAtMs: number;
  /** From the send to the last byte. */
  readonly serviceMs: number;
  /** Its body is `bytes`, or was too large to be kept. */
  readonly answer: Answer;
}

/** Stands between the capture and the run, and gets the answers. */
export interface Tracker {
  /** @param untilWanted resolves when a record of that time is not long before its turn */
  readonly through: (
    source: CaptureSource,
    untilWanted: (atNs: bigint) => Promise<void>,
  ) => CaptureSource;
  /** About 0.1 s after the end of an answer. */
  readonly replayed: (answer: ReplayedAnswer) => void;
}

/** The longest body that is handed on: GoReplay's own limit of a message. */
export const MOST_REPLAYED_BYTES: number = 5 * 1024 * 1024;

/** Remembers ids from the plan to the answer. */
export class ReplayedAnswers {
  private readonly asked = new Map<number, Pick<Planned, 'id' | 'wire'>>();
  private readonly tracker: Tracker;

  constructor(tracker: Tracker) {
    this.tracker = tracker;
  }

  expect({ sequence, id, wire }: Planned): void {
    this.asked.set(sequence, { id, wire });
  }

  settle({ sequence, target, sentAtMs, serviceMs }: ToldAnswers): void {
    const asked = this.asked.get(sequence);
    this.asked.delete(sequence);
    if (asked === undefined || target === undefined) return;
    const { id, wire } = asked;
    this.tracker.replayed({ id, method: wire.method, sentAtMs, serviceMs, answer: target });
  }
}
