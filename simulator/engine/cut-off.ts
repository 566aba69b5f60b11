/**
 * The end of a drain that was too short: every request at the instance fails at once. Rare, so it
 * looks at all slots.
 *
 *     frames of a slot     0 api   1 feed   2 store          the instance of feed is cut off:
 *                          └────────┘        └─ works on as zombie work, freed when it comes back
 *                          a messenger goes on from feed's answer, failed
 */
import { KILLED } from './engine.ts';
import type { Frame, Program } from './program.ts';
import { type Slots, STATUS, WAITS } from './slots.ts';

interface Parts {
  readonly slots: Slots;
  readonly rowAt: Int32Array;
  readonly draw: Float64Array;
  readonly queueHead: Int32Array;
  readonly program: Program;
  readonly mostInside: number;
  readonly execute: (slot: number) => void;
}

/**
 * Its queue goes first, and answers set out when all are dead: a caller that goes on at once may
 * come back to this very instance.
 */
export function cutOff(row: number, parts: Parts): void {
  const { slots, rowAt, queueHead } = parts;
  const { depths } = parts.program;
  queueHead[row] = -1;
  const messengers: number[] = [];
  for (let slot = 0, end = slots.highWater; slot < end; slot++) {
    if (slots.waits[slot] === WAITS.no || slots.pc[slot] === KILLED) continue;
    // Outermost first: what is inside a dead frame may be at the same instance again.
    for (const { depth, answerPc } of framesOf(slot, parts)) {
      if (rowAt[slot * depths + depth] !== row) continue;
      messengers.push(cutFrame(slot, depth, answerPc, parts));
    }
  }
  for (const messenger of messengers) parts.execute(messenger);
}

/** Frames that a waiting slot is in, the outermost first. */
function framesOf(slot: number, { slots, program }: Parts): Frame[] {
  const at = slots.pc[slot]!;
  return program.frames
    .filter(({ routePc, leavePc }) => routePc < at && at <= leavePc)
    .sort((a, b) => a.depth - b.depth);
}

/** Ends one frame; the messenger is what its callers go on as. */
function cutFrame(slot: number, depth: number, answerPc: number, parts: Parts): number {
  const { slots, rowAt } = parts;
  const messenger = copyOf(slot, depth, parts);
  slots.pc[messenger] = answerPc;
  slots.status[messenger] = STATUS.failed;
  rowAt[slot * parts.program.depths + depth] = -1;
  slots.deadDepth[slot] = depth;
  const isInnermost = framesOf(slot, parts).at(-1)!.depth === depth;
  if (!isInnermost) return messenger;
  // A slot with an event under way is freed when that comes; it must find nothing to do.
  if (slots.waits[slot] === WAITS.event) slots.pc[slot] = KILLED;
  else slots.free(slot);
  return messenger;
}

/** A slot with the frames outside `depth`, and all that they remember. */
function copyOf(slot: number, depth: number, parts: Parts): number {
  const { slots, rowAt, draw } = parts;
  const { depths, drawWidth: width } = parts.program;
  const copy = slots.allocate(parts.mostInside);
  for (const column of [slots.parent, slots.parentStamp, slots.journey, slots.startMs]) {
    column[copy] = column[slot]!;
  }
  slots.deadDepth[copy] = slots.deadDepth[slot]!;
  rowAt.copyWithin(copy * depths, slot * depths, slot * depths + depth);
  draw.copyWithin(copy * width, slot * width, (slot + 1) * width);
  return copy;
}
