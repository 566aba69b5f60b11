/** Who has a server of an instance, and who waits for one. */
import type { Fleet } from '../components/fleet.ts';
import type { Model, ThreadQueue } from '../model/model.ts';
import { OP_WIDTH } from './program.ts';
import { type Slots, STATUS, WAITS } from './slots.ts';

/** Place of the current moment in the clock. */
export const NOW = 0;

interface Parts {
  readonly slots: Slots;
  readonly fleet: Fleet;
  readonly ops: Int32Array;
  readonly clock: Float64Array;
  /** Slots that may go on, once the one that is under way has come to rest. */
  readonly ready: number[];
}

export interface Servers {
  readonly begin: (model: Model) => void;
  /** Takes a server, or a place in the queue, or is turned away; true to go on at once. */
  readonly acquire: (slot: number, row: number, leavePc: number) => boolean;
  /** Gives a server to the first in the queue, or back. */
  readonly release: (row: number) => void;
}

/** Made once a thread, as the engine is. */
export function createServers({ slots, fleet, ops, clock, ready }: Parts): Servers {
  const { pc, parent, parentStamp, stamp, status, waits, next } = slots;
  const { idle, queueHead, queueTail, queued, queueLimit, service } = fleet;
  let queues: readonly (ThreadQueue | undefined)[] = [];

  function begin(model: Model): void {
    queues = model.services.map(({ serves }) =>
      serves.type === 'threads' ? serves.queue : undefined,
    );
  }

  function acquire(slot: number, row: number, leavePc: number): boolean {
    if (idle[row]! > 0) {
      fleet.touch(row, clock[NOW]!);
      idle[row]!--;
      return true;
    }
    if (queued[row]! >= queueLimit[row]!) {
      turnAway(slot, leavePc);
      return true;
    }
    waits[slot] = WAITS.queue;
    enqueue(slot, row);
    return false;
  }

  function enqueue(slot: number, row: number): void {
    queued[row]!++;
    const first = queueHead[row]!;
    const isNext = first >= 0 && queues[service[row]!]?.order === 'lifo';
    next[slot] = isNext ? first : -1;
    if (isNext || first < 0) queueHead[row] = slot;
    else next[queueTail[row]!] = slot;
    if (!isNext) queueTail[row] = slot;
  }

  function release(row: number): void {
    // The instance was cut off while its request was elsewhere.
    if (row < 0) return;
    for (let waiting = queueHead[row]!; waiting >= 0; waiting = queueHead[row]!) {
      queueHead[row] = next[waiting]!;
      queued[row]!--;
      waits[waiting] = WAITS.no;
      ready.push(waiting);
      if (!isDropped(waiting, row)) return;
      turnAway(waiting, ops[pc[waiting]! - OP_WIDTH + 3]!);
    }
    fleet.touch(row, clock[NOW]!);
    idle[row]!++;
  }

  /** Its caller has given up, and the queue looks. */
  function isDropped(slot: number, row: number): boolean {
    const caller = parent[slot]!;
    if (caller < 0 || stamp[caller] === parentStamp[slot]) return false;
    return queues[service[row]!]?.expired === 'drop';
  }

  function turnAway(slot: number, leavePc: number): void {
    status[slot] = STATUS.shed;
    pc[slot] = leavePc;
  }

  return { begin, acquire, release };
}
