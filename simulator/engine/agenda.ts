/**
 * Rare events, in order of (time, sequence number): samples, control loops, what happens to
 * instances. They have a lane of their own, because they are far apart and far away: among the
 * requests' events every one that is scheduled would have to pass by them.
 */
import type { Lanes } from './lanes.ts';
import { I, type Memory } from './memory.ts';

/** The agenda's lane. */
export const AGENDA = 1;

export interface Agenda {
  readonly clear: () => void;
  /** @param number what the event means, to its maker */
  readonly schedule: (atMs: number, number: number) => void;
  /** Takes the first event; only when its lane shows one. */
  readonly take: () => number;
}

interface Entry {
  readonly atMs: number;
  readonly sequence: number;
  readonly number: number;
}

/** Made once a thread, as the memory is. */
export function createAgenda({ ints, headMs, headSequence }: Memory, lanes: Lanes): Agenda {
  /** The last one is the first that comes. */
  let entries: Entry[] = [];

  function clear(): void {
    entries = [];
  }

  function schedule(atMs: number, number: number): void {
    let [from, to] = [0, entries.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      // Behind its equals, which came before.
      if (entries[middle]!.atMs > atMs) from = middle + 1;
      else to = middle;
    }
    entries.splice(from, 0, { atMs, sequence: ints[I.sequence]!++, number });
    show();
  }

  function take(): number {
    const { number } = entries.pop()!;
    show();
    return number;
  }

  function show(): void {
    const first = entries.at(-1);
    headMs[AGENDA] = first === undefined ? Number.POSITIVE_INFINITY : first.atMs;
    if (first !== undefined) headSequence[AGENDA] = first.sequence;
    lanes.compare();
  }

  return { clear, schedule, take };
}
