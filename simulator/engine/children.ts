/** Slots that others start: calls at once, whose answers are counted, and published work. */
import { createHedges, type Hedges } from './hedges.ts';
import { DEGRADED, I, type Memory, STATUS, STATUS_BITS } from './memory.ts';
import type { FanOut, Program, Spawn } from './program.ts';
import type { CalledOff } from './sever.ts';
import type { Slots } from './slots.ts';

export interface Children {
  readonly hedges: Hedges;
  readonly begin: (program: Program) => void;
  /** Starts the calls of a fan-out, which are ready in their order; the slot waits for them. */
  readonly fan: (slot: number, index: number) => void;
  readonly publish: (slot: number, index: number) => void;
  /**
   * A call of a fan-out has its answer, and is free; false when nobody waits for it any more.
   *
   * @param hedged index + 1 of the hedged call that it is a copy of, 0 for others
   */
  readonly join: (slot: number, hedged: number) => boolean;
}

/** Made once a thread, as the memory is. */
export function createChildren(
  memory: Memory,
  slots: Slots,
  callOffAll: (losers: readonly CalledOff[]) => void,
): Children {
  const { ints, pc, flags, startMs, bucketOf, priority, draw, rowAt, ready } = memory;
  const { parent, parentStamp, stamp, needs, spares, budgetAt } = memory;
  let program: Program;
  let [depths, drawWidth, tryLevels] = [1, 1, 0];
  let hasBudgets = false;
  const hedges = createHedges(memory, spawnCopy, callOffAll);

  function begin(runProgram: Program): void {
    program = runProgram;
    ({ depths, drawWidth, tryLevels } = program);
    hasBudgets = program.budgets.length > 0;
    hedges.begin();
  }

  function fan(slot: number, index: number): void {
    const fanOut = program.fanOuts[index]!;
    if (fanOut.hedge !== undefined) {
      hedges.start(slot, fanOut);
      return;
    }
    const { spawns, needs: needed, total } = fanOut;
    needs[slot] = needed;
    spares[slot] = total - needed;
    for (const spawn of spawns.toReversed()) {
      for (let copy = spawn.copies - 1; copy >= 0; copy--) {
        adopt(slot, spawnOf(slot, spawn, copy));
      }
    }
  }

  function adopt(slot: number, child: number): number {
    parent[child] = slot;
    parentStamp[child] = stamp[slot]!;
    return child;
  }

  function spawnCopy(slot: number, { spawns }: FanOut, which: 'watch' | number): number {
    const isWatch = which === 'watch';
    return adopt(slot, spawnOf(slot, spawns[isWatch ? 1 : 0]!, isWatch ? 0 : which));
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
  function join(slot: number, hedged: number): boolean {
    const waiting = parent[slot]!;
    if (parentStamp[slot] !== stamp[waiting]) return false;
    const status = flags[slot]! & STATUS_BITS;
    flags[waiting]! |= flags[slot]! & DEGRADED;
    const isOver = hedged > 0 ? isAnswered(slot, hedged, status) : isLast(waiting, status);
    slots.free(slot);
    if (!isOver) return true;
    stamp[waiting]!++;
    if (status !== STATUS.ok) flags[waiting] = (flags[waiting]! & ~STATUS_BITS) | status;
    ready[ints[I.ready]!++] = waiting;
    return true;
  }

  function isAnswered(slot: number, hedged: number, status: number): boolean {
    return hedges.answered(slot, program.fanOuts[hedged - 1]!, status);
  }

  function isLast(waiting: number, status: number): boolean {
    return (status === STATUS.ok ? --needs[waiting]! : spares[waiting]!--) === 0;
  }

  return { hedges, begin, fan, publish, join };
}
