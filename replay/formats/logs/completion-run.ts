/**
 * Requests whose stamps are whole seconds of their *ends*, with the time that each took: the lines
 * of one second are in the order of the ends, so these are spread inside it first, and then each
 * arrival is its end less its duration.
 *
 *     log:      [:36 took 0.9 s] [:36 took 0.1 s]          ends:      ──────────●──●─► :36
 *     arrivals: end − 0.9 s      end − 0.1 s               arrivals:  ──●───────●───►
 */
import { type Draft, SPREAD } from '../text/in-order.ts';
import type { LineSink } from '../text/line-source.ts';
import { orderStatistics } from '../text/order-statistics.ts';
import { earlier } from '../text/stamps.ts';

export const FROM_END = 'arrival worked out: the end less the time it took';
const MOST_AT_ONCE = 65_536;
const NS_PER_SECOND = 1_000_000_000;

export class CompletionRun {
  private readonly sink: LineSink;
  private readonly seed: number;
  private drafts: Draft[] = [];
  private durationsNs: number[] = [];
  private second = -1;
  private pieces = 0;

  constructor(sink: LineSink, seed = 1) {
    this.sink = sink;
    this.seed = seed;
  }

  /** @param second of the end; lines of one second come one after the other */
  push(draft: Draft, second: number, durationNs: number): void {
    if (second !== this.second || this.drafts.length === MOST_AT_ONCE) {
      this.end();
      this.second = second;
    }
    this.drafts.push(draft);
    this.durationsNs.push(durationNs);
  }

  /** Hands on what is left. */
  end(): void {
    const { drafts, second } = this;
    if (drafts.length === 0) return;
    // A second may come in several pieces, where workers write at the same time.
    const purpose = `end/${second}/${this.pieces++}`;
    const moments = orderStatistics(drafts.length, this.seed, purpose);
    drafts.forEach((draft, at) => {
      const end = { second, nanos: Math.floor(moments[at]! * NS_PER_SECOND) };
      const arrival = earlier(end, this.durationsNs[at]!) ?? { second: 0, nanos: 0 };
      this.sink.note(SPREAD);
      this.sink.note(FROM_END);
      this.sink.use(draft, arrival.second, arrival.nanos);
    });
    this.drafts = [];
    this.durationsNs = [];
  }
}
