/**
 * Processor sharing by virtual time. Everybody at an instance gets the same share of its cores, at
 * most one core each; virtual time is the work that each has got so far, so a request is done when
 * it has grown by the request's demand, whoever comes and goes meanwhile. One event an instance.
 *
 *     virtual   │      ╱‾‾‾  n ≤ cores: 1 ms a ms           with a quota (CFS bandwidth control):
 *     time      │   ╱        n > cores: cores ÷ n           nothing once the period's CPU time is
 *               │ ╱                                         used up, until the next period
 *               └────────── time
 *
 * Requests are in a pairing heap by the virtual time at which they are done (Fredman, Sedgewick,
 * Sleator & Tarjan, "The pairing heap", Algorithmica 1, 1986), through two columns.
 */
import { type Fleet, MAX_ROWS } from '../components/fleet.ts';
import type { Model } from '../model/model.ts';
import { F, I, MAX_INSIDE, type Memory } from './memory.ts';

/** `cpu.cfs_period_us` (kernel documentation, CFS bandwidth control; the default of Kubernetes). */
const PERIOD_MS = 100;
const NONE = -1;

export interface SharedCores {
  /** Forgets the run before. */
  readonly begin: (model: Model) => void;
  /** An instance starts: its first period begins. */
  readonly open: (row: number, nowMs: number) => void;
  /** A request joins with the work in `draw[demand]`; it is ready when that is done. */
  readonly join: (slot: number, row: number, demand: number) => void;
  /** Those that are done now are ready: first come, first to go on among equals. */
  readonly onDue: (row: number) => void;
  /** Everybody is gone at once. */
  readonly empty: (row: number) => void;
}

/** @param schedule asks for `onDue` at a moment */
export function createSharedCores(
  memory: Memory,
  fleet: Fleet,
  schedule: (row: number, atMs: number) => void,
): SharedCores {
  const { ints, floats, next, sequenceOf, draw, ready } = memory;
  const { idle, servers, busyMs } = fleet;
  const virtualMs = new Float64Array(MAX_ROWS);
  const touchedMs = new Float64Array(MAX_ROWS);
  const count = new Int32Array(MAX_ROWS);
  /** Who is done first, and each one's first child; siblings are linked by `next`. */
  const root = new Int32Array(MAX_ROWS).fill(NONE);
  const child = new Int32Array(MAX_INSIDE);
  const doneAt = new Float64Array(MAX_INSIDE);
  /** When something is due, and the earliest event under way, which may be earlier. */
  const dueMs = new Float64Array(MAX_ROWS);
  const pendingMs = new Float64Array(MAX_ROWS);
  /** Cores of a quota, 0 without; CPU time left in the period, and when that ends. */
  const quota = new Float64Array(MAX_ROWS);
  const leftMs = new Float64Array(MAX_ROWS);
  const periodEndMs = new Float64Array(MAX_ROWS);
  const isThrottled = new Uint8Array(MAX_ROWS);
  const done: number[] = [];

  function begin(model: Model): void {
    for (const column of [virtualMs, touchedMs, count, isThrottled]) {
      column.fill(0, 0, fleet.rowCount);
    }
    root.fill(NONE, 0, fleet.rowCount);
    for (const column of [dueMs, pendingMs]) {
      column.fill(Number.POSITIVE_INFINITY, 0, fleet.rowCount);
    }
    model.services.forEach(({ serves }, index) => {
      const cores = serves.type === 'cpu-shared' ? (serves.quotaCores ?? 0) : 0;
      quota.fill(cores, fleet.firstRow[index], fleet.firstRow[index + 1]);
    });
  }

  function open(row: number, nowMs: number): void {
    // A larger instance has a larger one.
    if (quota[row]! > 0) quota[row] = fleet.capacity[row]!;
    leftMs[row] = quota[row]! * PERIOD_MS;
    periodEndMs[row] = nowMs + PERIOD_MS;
    isThrottled[row] = 0;
  }

  function join(slot: number, row: number, demand: number): void {
    advance(row);
    doneAt[slot] = virtualMs[row]! + draw[demand]!;
    sequenceOf[slot] = ints[I.sequence]!++;
    child[slot] = NONE;
    next[slot] = NONE;
    root[row] = root[row]! < 0 ? slot : merged(root[row]!, slot);
    count[row]!++;
    adjust(row);
    plan(row);
  }

  function onDue(row: number): void {
    const nowMs = floats[F.nowMs]!;
    if (pendingMs[row] === nowMs) pendingMs[row] = Number.POSITIVE_INFINITY;
    if (dueMs[row] !== nowMs) {
      awaitDue(row);
      return;
    }
    // Before time moves on: what rounding would leave of either is not there.
    const isWorkDone = nextWorkMs(row) <= nowMs;
    const isUsedUp = exhaustionMs(row) <= nowMs;
    advance(row);
    if (isWorkDone) takeDone(row);
    if (quota[row]! > 0) turnPeriod(row, isUsedUp);
    adjust(row);
    plan(row);
    for (let slot = done.pop(); slot !== undefined; slot = done.pop()) {
      ready[ints[I.ready]!++] = slot;
    }
  }

  function takeDone(row: number): void {
    // Exactly the tag that was waited for: what rounding left of it is not work.
    virtualMs[row] = doneAt[root[row]!]!;
    while (root[row]! >= 0 && doneAt[root[row]!]! <= virtualMs[row]!) {
      const slot = root[row]!;
      root[row] = withoutRoot(slot);
      done.push(slot);
      count[row]!--;
    }
    if (count[row] === 0) virtualMs[row] = 0;
  }

  function empty(row: number): void {
    advance(row);
    count[row] = 0;
    root[row] = NONE;
    virtualMs[row] = 0;
    adjust(row);
    dueMs[row] = Number.POSITIVE_INFINITY;
  }

  // ---- time -----------------------------------------------------------------------------------

  /** Cores at work. */
  function busy(row: number): number {
    return isThrottled[row] === 1 ? 0 : Math.min(count[row]!, servers[row]!);
  }

  /** Work that each got since the last look, and CPU time that all used. */
  function advance(row: number): void {
    const nowMs = floats[F.nowMs]!;
    const elapsedMs = nowMs - touchedMs[row]!;
    const cores = busy(row);
    touchedMs[row] = nowMs;
    if (count[row]! > 0) virtualMs[row]! += (elapsedMs * cores) / count[row]!;
    if (quota[row]! === 0) return;
    leftMs[row]! -= elapsedMs * cores;
    // Where the quota is enough nobody waits for the period's end: it may lie behind.
    if (cores > quota[row]! || isThrottled[row] === 1 || nowMs < periodEndMs[row]!) return;
    const periods = Math.floor((nowMs - periodEndMs[row]!) / PERIOD_MS);
    const startMs = periodEndMs[row]! + periods * PERIOD_MS;
    periodEndMs[row] = startMs + PERIOD_MS;
    leftMs[row] = quota[row]! * PERIOD_MS - cores * (nowMs - Math.max(startMs, nowMs - elapsedMs));
  }

  /** At a period's end everybody goes on; with nothing left nobody does. */
  function turnPeriod(row: number, isUsedUp: boolean): void {
    if (floats[F.nowMs]! >= periodEndMs[row]!) {
      periodEndMs[row]! += PERIOD_MS;
      leftMs[row] = quota[row]! * PERIOD_MS;
      isThrottled[row] = 0;
    } else if (isUsedUp) {
      leftMs[row] = 0;
      isThrottled[row] = 1;
    }
  }

  /** Keeps the integral of busy cores. */
  function adjust(row: number): void {
    const before = servers[row]! - idle[row]!;
    const cores = busy(row);
    busyMs[row]! += (before - cores) * floats[F.nowMs]!;
    idle[row] = servers[row]! - cores;
  }

  /** When the first one will be done, as things stand. */
  function nextWorkMs(row: number): number {
    const cores = busy(row);
    if (root[row]! < 0 || cores === 0) return Number.POSITIVE_INFINITY;
    const workMs = Math.max(0, doneAt[root[row]!]! - virtualMs[row]!);
    return touchedMs[row]! + (workMs * count[row]!) / cores;
  }

  /** When the period's CPU time will be used up, as things stand. */
  function exhaustionMs(row: number): number {
    const cores = busy(row);
    if (quota[row] === 0 || cores <= quota[row]!) return Number.POSITIVE_INFINITY;
    return touchedMs[row]! + Math.max(0, leftMs[row]!) / cores;
  }

  function plan(row: number): void {
    const isWatched = quota[row]! > 0 && (isThrottled[row] === 1 || busy(row) > quota[row]!);
    const periodMs = isWatched ? periodEndMs[row]! : Number.POSITIVE_INFINITY;
    dueMs[row] = Math.min(nextWorkMs(row), exhaustionMs(row), periodMs);
    awaitDue(row);
  }

  /** One event under way is enough: when it comes too early, the next one is scheduled then. */
  function awaitDue(row: number): void {
    if (dueMs[row]! >= pendingMs[row]!) return;
    pendingMs[row] = dueMs[row]!;
    schedule(row, dueMs[row]!);
  }

  // ---- the heap -------------------------------------------------------------------------------

  function isBefore(a: number, b: number): boolean {
    if (doneAt[a] !== doneAt[b]) return doneAt[a]! < doneAt[b]!;
    return ((sequenceOf[a]! - sequenceOf[b]!) | 0) < 0;
  }

  /** Root of two heaps: the later root becomes the first child of the other. */
  function merged(a: number, b: number): number {
    const isSwapped = isBefore(b, a);
    const first = isSwapped ? b : a;
    const second = isSwapped ? a : b;
    next[second] = child[first]!;
    child[first] = second;
    return first;
  }

  /** Merges the children in pairs, then the pairs from the last to the first. */
  function withoutRoot(slot: number): number {
    let pairs = NONE;
    for (let at = child[slot]!; at >= 0; ) {
      const second = next[at]!;
      const after = second < 0 ? NONE : next[second]!;
      const pair = second < 0 ? at : merged(at, second);
      next[pair] = pairs;
      pairs = pair;
      at = after;
    }
    let heap = NONE;
    for (let at = pairs; at >= 0; ) {
      const after = next[at]!;
      next[at] = NONE;
      heap = heap < 0 ? at : merged(heap, at);
      at = after;
    }
    return heap;
  }

  return { begin, open, join, onDue, empty };
}
