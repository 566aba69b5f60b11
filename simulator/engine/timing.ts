/** Code of steps that take time: of a server that is held, of a loop that they block, of cores. */
import type { Distribution, Model, Step } from '../model/model.ts';
import { indexIn } from './code.ts';
import { OP } from './program.ts';
import { type Inside, mayBeSlow, Protection } from './protection.ts';

/** Constants beyond these have no lane: the earliest entry of all lanes is looked for by hand. */
const MOST_PAUSES = 6;
const UNKNOWN = -1;

export class Timing extends Protection {
  protected readonly pausesMs: number[] = [];
  protected readonly sleepsMs: number[] = [];

  constructor(model: Model) {
    super(model);
    if (model.hopMs > 0) this.pausesMs.push(model.hopMs);
  }

  /** A step that takes its time: of a loop that it blocks, of shared cores, of its thread. */
  protected timed(step: Extract<Step, { type: 'cpu' | 'wait' }>, place: Inside): void {
    const kind = step.type === 'cpu' ? place.service?.serves.type : undefined;
    if (kind === 'cpu-shared') {
      const column = this.stretched(step.time, place);
      this.emit(OP.share, column, place.depth, this.indexOf(place));
      return;
    }
    if (kind === 'event-loop') this.emit(OP.acquire, UNKNOWN, place.depth, this.indexOf(place));
    this.sleep(step.time, kind !== undefined, place);
    if (kind === 'event-loop') this.emit(OP.release, 0, place.depth, this.indexOf(place));
  }

  private sleep(time: Distribution, isServed: boolean, place: Inside): void {
    const served = isServed ? 1 : 0;
    const isWork = isServed && mayBeSlow(place.service);
    if (isWork) this.emit(OP.delay, this.stretched(time, place), served);
    else if (time.type !== 'constant') this.emit(OP.delay, this.column(time, place), served);
    else if (this.pausesMs.length < MOST_PAUSES || this.pausesMs.includes(time.ms)) {
      this.emit(OP.pause, indexIn(this.pausesMs, time.ms), served);
    } else this.emit(OP.sleep, indexIn(this.sleepsMs, time.ms), served);
  }

  protected hop(): void {
    if (this.model.hopMs > 0) this.emit(OP.pause, 0, 0);
  }
}
