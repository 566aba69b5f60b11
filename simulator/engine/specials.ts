/** Ids of events that are no slot's, above those of slots: what one means is kept beside it. */
import { MOST_SPECIALS as CAPACITY } from './memory.ts';

export class Specials {
  private readonly firstId: number;
  private readonly meaning = new Int32Array(CAPACITY);
  private readonly nextFree = new Int32Array(CAPACITY);
  private free = -1;
  private used = 0;

  constructor(firstId: number) {
    this.firstId = firstId;
  }

  clear(): void {
    this.free = -1;
    this.used = 0;
  }

  /** An id for an event that means `meaning`. */
  allocate(meaning: number): number {
    let index = this.free;
    if (index >= 0) this.free = this.nextFree[index]!;
    else if (this.used < CAPACITY) index = this.used++;
    else throw new Error('more special events are pending than instances and loops can have');
    this.meaning[index] = meaning;
    return this.firstId + index;
  }

  /** What an event means; its id is free again. */
  take(id: number): number {
    const index = id - this.firstId;
    this.nextFree[index] = this.free;
    this.free = index;
    return this.meaning[index]!;
  }
}
