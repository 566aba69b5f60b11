/**
 * A clock that looks at the time until the moment has come, instead of being woken: lateness of
 * microseconds for a whole core. Only the last half millisecond is spent so.
 */
import { Clock, nextTurn } from '../clock.ts';

const SPIN_MS = 0.5;

export class PreciseClock extends Clock {
  private isOver = false;

  override async wakeAt(epochMs: number): Promise<void> {
    if (epochMs - this.nowMs() > SPIN_MS) await super.wakeAt(epochMs - SPIN_MS);
    // Answers come in between: each turn of the loop looks at the sockets as well.
    do await nextTurn();
    while (!this.isOver && this.nowMs() < epochMs);
  }

  override close(): Promise<void> {
    this.isOver = true;
    return super.close();
  }
}
