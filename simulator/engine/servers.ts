/**
 * Who has a server of an instance, and who waits for one. A queue is a list through the slots'
 * `next`; one by priority is a list a level. Who was cancelled stays in the list and is passed over.
 */
import { type Fleet, MAX_ROWS, PRIORITIES } from '../components/fleet.ts';
import type { Knock } from '../components/liveness.ts';

import type { Model, ServerKind, Service, ThreadQueue } from '../model/model.ts';
import { type Codel, codelDrops, newCodel } from '../policies/resilience/codel.ts';
import { DEAD, EXPIRED, F, I, type Memory, PC, STATUS, STATUS_BITS } from './memory.ts';

import { OP_WIDTH, type Program } from './program.ts';
import type { Slots } from './slots.ts';

const QUEUE = { fifo: 0, lifo: 1, priority: 2 } as const;
const NO_LIMIT = 0x7fffffff;

export interface Servers {
  readonly begin: (model: Model, program: Program) => void;
  /** Takes a server, or a place in the queue, or is turned away; true to go on at once. */
  readonly acquire: (slot: number, row: number, shedPc: number) => boolean;
  /** Gives a server to the first in the queue, or back; of no instance (−1) nothing. */
  readonly release: (row: number) => void;
  /** The same where the utilisation is that of something else. */
  readonly admit: (slot: number, row: number, shedPc: number) => boolean;
  readonly dismiss: (row: number) => void;
  /** Somebody in the queue was cancelled: it is passed over when its turn comes. */
  readonly forget: (row: number) => void;
  readonly enqueue: (slot: number, row: number) => void;
  /** Nobody is in the queue any more; who was cancelled is free. */
  readonly discardQueue: (row: number) => void;
  /** A probe waits as a request of the most urgent traffic does; `knocks.ts` has the rest. */
  readonly knock: (row: number) => Knock;
  readonly hasAnswered: (row: number) => boolean;
}

/** Whether probes wait for a server of a service's instances. */
export function isKnockedAt({ on: { liveness } }: Service): boolean {
  return liveness?.probe === 'http';
}

function queueOf(serves: ServerKind): ThreadQueue | undefined {
  return 'queue' in serves ? serves.queue : undefined;
}

/** Made once a thread, as the memory is. */
export function createServers(memory: Memory, fleet: Fleet, slots: Slots): Servers {
  const { ints, floats, pc, next, timeOf, flags, priority, ready, ops } = memory;
  const { parent, parentStamp, stamp } = memory;
  const { idle, places, busyMs, queueHead, queueTail, queued, queueLimit } = fleet;
  const { queueKind, dropsExpired, service } = fleet;
  let hasFanOuts = false;
  /** By service, of queues that judge waits; by row, what they have seen. */
  let codels: readonly ThreadQueue['codel'][] = [];
  const seen: Codel[] = [];
  /** By service: whether it matters since when somebody waits. */
  let isTimed: readonly boolean[] = [];
  /** Since when a probe waits at a row; −1 where none does. */
  const knockedMs = new Float64Array(MAX_ROWS);

  function begin(model: Model, program: Program): void {
    hasFanOuts = program.fanOuts.length > 0;
    codels = model.services.map(({ serves }) => queueOf(serves)?.codel);
    isTimed = model.services.map((one, index) => codels[index] !== undefined || isKnockedAt(one));
    knockedMs.fill(-1, 0, fleet.rowCount);
    model.services.forEach(({ serves }, service) => {
      const { limit = NO_LIMIT, order = 'fifo', expired = 'serve' } = queueOf(serves) ?? {};
      const [from, end] = [fleet.firstRow[service]!, fleet.firstRow[service + 1]!];
      queueLimit.fill(limit, from, end);
      queueKind.fill(QUEUE[order], from, end);
      dropsExpired.fill(expired === 'drop' ? 1 : 0, from, end);
    });
    for (let level = 0; level < PRIORITIES; level++) {
      queueHead.fill(-1, level * MAX_ROWS, level * MAX_ROWS + fleet.rowCount);
    }
    queued.fill(0, 0, fleet.rowCount);
  }

  function discardQueue(row: number): void {
    while (takeNext(row) >= 0);
    queued[row] = 0;
    knockedMs[row] = -1;
    if (codels[service[row]!] !== undefined) seen[row] = newCodel();
  }

  function acquire(slot: number, row: number, shedPc: number): boolean {
    if (idle[row]! > 0) {
      idle[row]!--;
      busyMs[row]! -= floats[F.nowMs]!;
      return true;
    }
    return waits(slot, row, shedPc);
  }

  function admit(slot: number, row: number, shedPc: number): boolean {
    if (places[row]! > 0) {
      places[row]!--;
      return true;
    }
    return waits(slot, row, shedPc);
  }

  function waits(slot: number, row: number, shedPc: number): boolean {
    if (queued[row]! >= queueLimit[row]!) {
      turnAway(slot, shedPc);
      return true;
    }
    enqueue(slot, row);
    return false;
  }

  function enqueue(slot: number, row: number): void {
    queued[row]!++;
    // Who waits has no event: the moment is free to say since when.
    if (isTimed[service[row]!]!) timeOf[slot] = floats[F.nowMs]!;
    const kind = queueKind[row]!;
    const at = kind === QUEUE.priority ? row + priority[slot]! * MAX_ROWS : row;
    const first = queueHead[at]!;
    const isNext = first >= 0 && kind === QUEUE.lifo;
    next[slot] = isNext ? first : -1;
    if (isNext || first < 0) queueHead[at] = slot;
    else next[queueTail[at]!] = slot;
    if (!isNext) queueTail[at] = slot;
  }

  function forget(row: number): void {
    queued[row]!--;
  }

  /** First in the queue that is not cancelled, taken; or −1. */
  function takeNext(row: number): number {
    for (;;) {
      const at = queueKind[row] === QUEUE.priority ? mostUrgent(row) : row;
      const slot = queueHead[at]!;
      if (slot < 0) return -1;
      queueHead[at] = next[slot]!;
      if (pc[slot] === PC.killed) slots.free(slot);
      else {
        queued[row]!--;
        return slot;
      }
    }
  }

  function mostUrgent(row: number): number {
    let at = row;
    for (let level = 1; level < PRIORITIES && queueHead[at]! < 0; level++) at += MAX_ROWS;
    return at;
  }

  /** The next one that is served; those whose callers have given up may be turned away. */
  function serveNext(row: number): boolean {
    for (let slot = takeNext(row); slot >= 0; slot = takeNext(row)) {
      ready[ints[I.ready]!++] = slot;
      if (knockedMs[row]! >= 0 && isBehindKnock(slot, row)) knockedMs[row] = -1;
      const isOver = (flags[slot]! & EXPIRED) !== 0;
      const isLate = isOver || (dropsExpired[row] === 1 && isExpired(slot));
      if (!isLate && !hasWaitedTooLong(slot, row)) return true;
      turnAway(slot, ops[(pc[slot]! - 1) * OP_WIDTH + 1]!);
    }
    return false;
  }

  /** Somebody that it works for has given up, or needs no more answers. */
  function isExpired(slot: number): boolean {
    for (let at = slot; (flags[at]! & DEAD) === 0; at = parent[at]!) {
      if (!hasFanOuts || parent[at]! < 0) return false;
      if (parentStamp[at] !== stamp[parent[at]!]) return true;
    }
    return true;
  }

  function hasWaitedTooLong(slot: number, row: number): boolean {
    const codel = codels[service[row]!];
    if (codel === undefined) return false;
    const nowMs = floats[F.nowMs]!;
    return codelDrops(codel, seen[row]!, nowMs - timeOf[slot]!, queued[row] === 0, nowMs);
  }

  function release(row: number): void {
    // The instance was cut off while its request was elsewhere.
    if (row < 0 || serveNext(row)) return;
    knockedMs[row] = -1;
    idle[row]!++;
    busyMs[row]! += floats[F.nowMs]!;
  }

  function dismiss(row: number): void {
    if (row < 0 || serveNext(row)) return;
    knockedMs[row] = -1;
    places[row]!++;
  }

  function knock(row: number): Knock {
    const { type } = fleet.services[service[row]!]!.serves;
    if ((type === 'cpu-shared' ? places : idle)[row]! > 0) return 'answered';
    if (queued[row]! >= queueLimit[row]!) return 'refused';
    knockedMs[row] = floats[F.nowMs]!;
    return 'waits';
  }

  /** Whether a probe at the row would have been served before somebody whose turn it is. */
  function isBehindKnock(slot: number, row: number): boolean {
    const kind = queueKind[row]!;
    if (kind === QUEUE.lifo) return timeOf[slot]! <= knockedMs[row]!;
    return (kind === QUEUE.priority && priority[slot]! > 0) || timeOf[slot]! > knockedMs[row]!;
  }

  function hasAnswered(row: number): boolean {
    return knockedMs[row]! < 0;
  }

  function turnAway(slot: number, shedPc: number): void {
    flags[slot] = (flags[slot]! & ~STATUS_BITS) | STATUS.shed;
    pc[slot] = shedPc;
  }

  const take = { acquire, release, admit, dismiss, enqueue };
  return { begin, ...take, forget, discardQueue, knock, hasAnswered };
}
