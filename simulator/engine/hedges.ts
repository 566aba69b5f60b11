/**
 * Hedged calls: `policies/retries/hedging.ts` decides, slots carry it out. The caller waits as for
 * calls at once; a slot of its own, the watch, sleeps until the next copy is due.
 *
 *     caller   FAN ───────────────────────── goes on with the first good answer
 *     watch    ├ after ┤ sends copy 2, ends
 *     copy 1   ├──────────────────────x       called off once all has come to rest
 *     copy 2           ├──────────────┤ JOIN
 */
import {
  type HedgingEvent,
  type HedgingState,
  hedge,
  UNHEDGED,
} from '../policies/retries/hedging.ts';
import { F, I, type Memory, STATUS } from './memory.ts';
import type { FanOut, Hedge } from './program.ts';
import type { CalledOff } from './sever.ts';

/** What a slot that waits knows of its copies. */
interface Watched {
  state: HedgingState;
  /** Slots, by copy; they may have been freed, and be somebody else's by now. */
  readonly copies: number[];
}

/** A copy that nobody needs any more: it is still one when its parent and stamp are those. */
interface Loser extends CalledOff {
  readonly parent: number;
  readonly stamp: number;
}

export interface Hedges {
  readonly begin: () => void;
  readonly start: (slot: number, fanOut: FanOut) => void;
  /** The watch has woken up: true when it has to sleep until the moment in `timeOf`. */
  readonly watch: (slot: number, fanOut: FanOut) => boolean;
  /** A copy is back with a status; true when that ends the wait. */
  readonly answered: (slot: number, fanOut: FanOut, status: number) => boolean;
  /** Calls those off whom nobody needs any more; nothing else is under way. */
  readonly callOffLosers: () => void;
}

/** Starts a copy of a slot's call, or its watch. */
type Spawn = (slot: number, fanOut: FanOut, which: 'watch' | number) => number;

/** Made once a thread, as the memory is. */
export function createHedges(
  memory: Memory,
  spawn: Spawn,
  callOffAll: (losers: readonly CalledOff[]) => void,
): Hedges {
  const { ints, floats, timeOf, parent, parentStamp, stamp } = memory;
  /** By the slot that waits. */
  const watched: (Watched | undefined)[] = [];
  const losers: Loser[] = [];

  function begin(): void {
    watched.length = 0;
    losers.length = 0;
    ints[I.losers] = 0;
  }

  function start(slot: number, fanOut: FanOut): void {
    watched[slot] = { state: UNHEDGED, copies: [] };
    spawn(slot, fanOut, 'watch');
    happens(slot, fanOut, { type: 'start' });
  }

  function happens(slot: number, fanOut: FanOut, event: HedgingEvent) {
    const { afterMs, copies, cancels, depth } = fanOut.hedge!;
    const own = watched[slot]!;
    const settings = { maxAttempts: copies, hedgingDelayMs: afterMs, cancels };
    const decision = hedge(settings, event, floats[F.nowMs]!, own.state);
    own.state = decision.state;
    if (decision.send !== undefined) own.copies.push(spawn(slot, fanOut, decision.send - 1));
    for (const copy of decision.cancel) {
      losers.push({ slot: own.copies[copy - 1]!, parent: slot, stamp: stamp[slot]!, depth });
    }
    ints[I.losers] = losers.length;
    return decision;
  }

  function watch(slot: number, fanOut: FanOut): boolean {
    const waiting = parent[slot]!;
    while (parentStamp[slot] === stamp[waiting]) {
      const { nextMs } = watched[waiting]!.state;
      if (nextMs === undefined) return false;
      if (nextMs > floats[F.nowMs]!) {
        timeOf[slot] = nextMs;
        return true;
      }
      happens(waiting, fanOut, { type: 'due' });
    }
    return false;
  }

  function answered(slot: number, fanOut: FanOut, status: number): boolean {
    const waiting = parent[slot]!;
    const copy = watched[waiting]!.copies.indexOf(slot) + 1;
    const isOk = status === STATUS.ok;
    const event = { type: 'answer', copy, status: isOk ? 'ok' : 'non-fatal' } as const;
    return happens(waiting, fanOut, event).answer !== undefined;
  }

  function callOffLosers(): void {
    ints[I.losers] = 0;
    callOffAll(losers.splice(0).filter(isStillOne));
  }

  function isStillOne({ slot, ...loser }: Loser): boolean {
    return parent[slot] === loser.parent && parentStamp[slot] === loser.stamp;
  }

  return { begin, start, watch, answered, callOffLosers };
}

/** Whether any loser is called off. */
export function callsOffLosers(fanOuts: readonly { readonly hedge?: Hedge }[]): boolean {
  return fanOuts.some((one) => one.hedge?.cancels === true);
}
