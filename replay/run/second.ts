/**
 * A second system that gets every request that the target gets, at the same moment, so that its
 * answers tell the noise. Its requests are none of the run's books; the caps count them, and the
 * error budget looks at them by themselves.
 */

import type { AnswersToOne } from '../compare/kept-answers.ts';
import type { Ended } from '../exchange.ts';
import { type Outgoing, Sender, type SenderOptions, UNWRITTEN } from '../send.ts';

export class Second {
  ended = 0;
  bad = 0;
  private readonly sender: Sender;

  /** @param url as `checkedTarget` returns it */
  constructor(url: string, options: SenderOptions) {
    this.sender = new Sender(url, options);
  }

  get inFlightCount(): number {
    return this.sender.inFlightCount;
  }

  send(outgoing: Outgoing, answers: AnswersToOne): void {
    this.sender.send(outgoing, (ended) => this.end(ended, answers), answers.second);
  }

  /** See `Sender`. */
  giveUp(): void {
    this.sender.giveUp();
  }

  giveUpUnwritten(): void {
    this.sender.giveUpUnwritten();
  }

  async idle(): Promise<void> {
    await this.sender.idle();
  }

  async close(): Promise<void> {
    await this.sender.close();
  }

  private end(ended: Ended, answers: AnswersToOne): void {
    if (ended.reason !== UNWRITTEN) {
      this.ended++;
      if (ended.outcome !== 'ok') this.bad++;
    }
    answers.secondHasEnded(ended);
  }
}
