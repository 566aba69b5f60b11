/** Slots that others start: calls at once, whose answers are counted, and published work. */
import { I, type Memory, STATUS, STATUS_BITS } from './memory.ts';
import type { Program, Spawn } from './program.ts';
import type { Slots } from './slots.ts';

export interface Children {
  readonly begin: (program: Program) => void;
  /** Starts the calls of a fan-out, which are ready in their order; the slot waits for them. */
  readonly fan: (slot: number, index: number) => void;
  readonly publish: (slot: number, index: number) => void;
  /** A call of a fan-out has its answer, and is free; false when nobody waits for it any more. */
  readonly join: (slot: number) => boolean;
}

/** Made once a thread, as the memory is. */
export function createChildren(memory: Memory, slots: Slots): Children {
  const { ints, pc, flags, startMs, bucketOf, priority, draw, rowAt, ready } = memory;
  const { parent, parentStamp, stamp, needs, spares, budgetAt } = memory;
  let program: Program;
  let [depths, drawWidth, tryLevels] = [1, 1, 0];
  let hasBudgets = false;

  function begin(runProgram: Program): void {
    program = runProgram;
    ({ depths, drawWidth, tryLevels } = program);
    hasBudgets = program.budgets.length > 0;
  }

  function fan(slot: number, index: number): void {
    const { spawns, needs: needed, total } = program.fanOuts[index]!;
    needs[slot] = needed;
    spares[slot] = total - needed;
    for (const spawn of spawns.toReversed()) {
      for (let copy = spawn.copies - 1; copy >= 0; copy--) {
        const child = spawnOf(slot, spawn, copy);
        parent[child] = slot;
        parentStamp[child] = stamp[slot]!;
      }
    }
  }

  function publish(slot: number, index: number): void {
    spawnOf(slot, program.publishes[index]!, 0);
  }

  /** A slot with nothing of its starter but its draws, its start and its priority; it is ready. */
  function spawnOf(slot: number, { entryPc, column, width }: Spawn, copy: number): number {
    const child = slots.allocate();
    pc[child] = entryPc;
    flags[child] = STATUS.ok;
    parent[child] = -1;
    priority[child] = priority[slot]!;
    startMs[child] = startMs[slot]!;
    bucketOf[child] = bucketOf[slot]!;
    rowAt.fill(-1, child * depths, (child + 1) * depths);
    // Its code lies within that of calls around it, whose budgets are the starter's.
    if (hasBudgets) budgetAt.fill(-1, child * tryLevels, (child + 1) * tryLevels);
    const from = slot * drawWidth + column + copy * width;
    draw.copyWithin(child * drawWidth, from, from + width);
    ready[ints[I.ready]!++] = child;
    return child;
  }

  /** The last answer that is needed, or one failure too many, lets the waiting slot go on. */
  function join(slot: number): boolean {
    const waiting = parent[slot]!;
    if (parentStamp[slot] !== stamp[waiting]) return false;
    const status = flags[slot]! & STATUS_BITS;
    const left = status === STATUS.ok ? --needs[waiting]! : spares[waiting]!--;
    slots.free(slot);
    if (left !== 0) return true;
    stamp[waiting]!++;
    if (status !== STATUS.ok) flags[waiting] = (flags[waiting]! & ~STATUS_BITS) | status;
    ready[ints[I.ready]!++] = waiting;
    return true;
  }

  return { begin, fan, publish, join };
}
