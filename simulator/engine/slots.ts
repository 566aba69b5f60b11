/** Which slots are in use. */
import { UsageError } from '../model/usage-error.ts';
import type { Lanes } from './lanes.ts';
import { I, MAX_INSIDE, type Memory, MOST_DRAWS, MOST_FRAMES, MOST_TIMERS, PC } from './memory.ts';
import type { Program } from './program.ts';

export interface Slots {
  /** Forgets all requests; so many slots may be used from now on. */
  readonly begin: (most: number) => void;
  readonly allocate: () => number;
  /** A slot that has never been used, where no other is free. */
  readonly fresh: () => number;
  readonly free: (slot: number) => void;
}

/** So many slots as a program's draws, frames and timers leave room for. */
export function roomFor({ drawWidth, depths, timerLevels, tryLevels }: Program): number {
  const room = [
    MOST_DRAWS / drawWidth,
    MOST_FRAMES / depths,
    MOST_TIMERS / Math.max(timerLevels, tryLevels, 1),
  ];
  return Math.floor(Math.min(MAX_INSIDE, ...room));
}

/** Made once a thread, as the memory is. */
export function createSlots({ ints, pc, next }: Memory, lanes: Lanes): Slots {
  function begin(most: number): void {
    pc.fill(PC.free, 0, ints[I.highWater]!);
    ints[I.highWater] = 0;
    ints[I.free] = -1;
    ints[I.most] = most;
  }

  function allocate(): number {
    const slot = ints[I.free]!;
    if (slot < 0) return fresh();
    ints[I.free] = next[slot]!;
    return slot;
  }

  function fresh(): number {
    const most = ints[I.most]!;
    if (ints[I.highWater]! >= most) {
      throw new UsageError(
        most < MAX_INSIDE
          ? `more than ${most} requests are inside at once, which is all that there is room for: ` +
              'each draws and calls so much; make fewer copies of calls at once, or lower the rate'
          : `more than ${most} requests are inside the system at once: it is overloaded without ` +
              'bound; give its calls a timeout, add capacity or lower the rate',
      );
    }
    const slot = ints[I.highWater]!++;
    lanes.freshTimers(slot);
    return slot;
  }

  function free(slot: number): void {
    pc[slot] = PC.free;
    next[slot] = ints[I.free]!;
    ints[I.free] = slot;
  }

  return { begin, allocate, fresh, free };
}
