/**
 * Processor sharing by virtual time. Everybody at an instance gets the same share of its cores, at
 * most one core each; virtual time is the work that each has got so far, so a request is done when
 * it has grown by the request's demand, whoever comes and goes meanwhile. One event an instance.
 *
 *     virtual   │      ╱‾‾‾  n ≤ cores: 1 ms a ms
 *     time      │   ╱        n > cores: cores ÷ n
 *               │ ╱
 *               └────────── time
 */
import { type Fleet, MAX_ROWS } from '../components/fleet.ts';
import { NOW } from './servers.ts';
import { type Slots, WAITS } from './slots.ts';

interface Parts {
  readonly slots: Slots;
  readonly fleet: Fleet;
  readonly clock: Float64Array;
  readonly draw: Float64Array;
  /** Slots that may go on; the last one is the first to. */
  readonly ready: number[];
  /** Asks for `onDue` at a moment. */
  readonly schedule: (row: number, atMs: number) => void;
}

export interface SharedCores {
  /** Forgets the run before. */
  readonly clear: (rows: number) => void;
  /** A request joins with the work in `draw[demand]`; it is ready when that is done. */
  readonly join: (slot: number, row: number, demand: number) => void;
  /** Those that are done now are ready: first come, first to go on among equals. */
  readonly onDue: (row: number) => void;
  /** Everybody is gone at once. */
  readonly empty: (row: number) => void;
}

/** Made once a thread, as the engine is. */
export function createSharedCores(parts: Parts): SharedCores {
  const { slots, fleet, clock, draw, ready, schedule } = parts;
  const { next, waits } = slots;
  const { idle, servers } = fleet;
  const virtualMs = new Float64Array(MAX_ROWS);
  const touchedMs = new Float64Array(MAX_ROWS);
  const count = new Int32Array(MAX_ROWS);
  /** Requests in order of the virtual time at which they are done. */
  const first = new Int32Array(MAX_ROWS).fill(-1);
  const doneAt = new Float64Array(slots.capacity);
  /** When the next one is done; events for other moments are stale. */
  const dueMs = new Float64Array(MAX_ROWS);

  function clear(rows: number): void {
    for (const column of [virtualMs, touchedMs, count]) column.fill(0, 0, rows);
    first.fill(-1, 0, rows);
    dueMs.fill(Number.POSITIVE_INFINITY, 0, rows);
  }

  function join(slot: number, row: number, demand: number): void {
    advance(row);
    waits[slot] = WAITS.queue;
    doneAt[slot] = virtualMs[row]! + draw[demand]!;
    insert(slot, row);
    resize(row, 1);
    plan(row);
  }

  function onDue(row: number): void {
    if (dueMs[row] !== clock[NOW]) return;
    const done: number[] = [];
    advance(row);
    // Exactly the tag that was waited for: what rounding left of it is not work.
    virtualMs[row] = doneAt[first[row]!]!;
    while (first[row]! >= 0 && doneAt[first[row]!]! <= virtualMs[row]!) {
      const slot = first[row]!;
      first[row] = next[slot]!;
      waits[slot] = WAITS.no;
      done.push(slot);
      resize(row, -1);
    }
    if (count[row] === 0) virtualMs[row] = 0;
    plan(row);
    ready.push(...done.reverse());
  }

  function empty(row: number): void {
    advance(row);
    resize(row, -count[row]!);
    first[row] = -1;
    virtualMs[row] = 0;
    plan(row);
  }

  /** Work that each got since the last look. */
  function advance(row: number): void {
    const elapsedMs = clock[NOW]! - touchedMs[row]!;
    touchedMs[row] = clock[NOW]!;
    if (count[row]! > 0) virtualMs[row]! += elapsedMs * share(row);
  }

  function share(row: number): number {
    return Math.min(1, servers[row]! / count[row]!);
  }

  function resize(row: number, by: number): void {
    count[row]! += by;
    fleet.touch(row, clock[NOW]!);
    idle[row] = Math.max(0, servers[row]! - count[row]!);
  }

  function insert(slot: number, row: number): void {
    let before = -1;
    let at = first[row]!;
    while (at >= 0 && doneAt[at]! <= doneAt[slot]!) {
      before = at;
      at = next[at]!;
    }
    next[slot] = at;
    if (before < 0) first[row] = slot;
    else next[before] = slot;
  }

  function plan(row: number): void {
    if (first[row]! < 0) {
      dueMs[row] = Number.POSITIVE_INFINITY;
      return;
    }
    const leftMs = Math.max(0, doneAt[first[row]!]! - virtualMs[row]!) / share(row);
    dueMs[row] = clock[NOW]! + leftMs;
    schedule(row, dueMs[row]!);
  }

  return { clear, join, onDue, empty };
}
