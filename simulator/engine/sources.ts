/** Where requests come from: arrival times of each traffic, made a buffer at a time. */
import type { Model } from '../model/model.ts';
import { type ArrivalTimes, arrivalStreams, arrivalTimes } from '../traffic/arrivals.ts';
import type { Lanes } from './lanes.ts';
import { ARRIVALS, I, type Memory } from './memory.ts';

/** Lane 0 is always empty, so that there is an earliest one; 1 is the agenda. */
export const FIRST_SOURCE = 2;

export interface Sources {
  readonly begin: (model: Model, seed: number, replication: number) => void;
  /** Shows a source's next arrival in its lane; ∞ when nobody comes any more. */
  readonly next: (source: number) => void;
  /** More arrivals, from the start of the buffer. */
  readonly refill: (source: number) => void;
  /** A source has shown ∞. */
  readonly ended: () => void;
}

/** @param mayBeOver a source has ended: was it the last one? */
export function createSources(memory: Memory, lanes: Lanes, mayBeOver: () => void): Sources {
  const { ints, headMs, headSequence, arrivalMs, arrivalAt } = memory;
  let arrivals: readonly ArrivalTimes[] = [];
  let endMs = 0;

  function begin(model: Model, seed: number, replication: number): void {
    endMs = model.durationMs;
    arrivals = model.traffic.map((traffic) =>
      arrivalTimes(traffic, arrivalStreams(seed, replication, traffic.name)),
    );
    ints[I.sources] = arrivals.length;
    arrivalAt.fill(ARRIVALS, 0, arrivals.length);
    arrivals.forEach((_, source) => {
      next(source);
    });
  }

  function next(source: number): void {
    const lane = FIRST_SOURCE + source;
    if (arrivalAt[source] === ARRIVALS) refill(source);
    headMs[lane] = arrivalMs[source * ARRIVALS + arrivalAt[source]!++]!;
    headSequence[lane] = ints[I.sequence]!++;
    if (headMs[lane] === Number.POSITIVE_INFINITY) ended();
    lanes.compare();
  }

  function refill(source: number): void {
    const buffer = arrivalMs.subarray(source * ARRIVALS, (source + 1) * ARRIVALS);
    const count = arrivals[source]!.fill(buffer);
    let end = count;
    while (end > 0 && buffer[end - 1]! >= endMs) end--;
    buffer.fill(Number.POSITIVE_INFINITY, end);
    arrivalAt[source] = 0;
  }

  function ended(): void {
    ints[I.sources]!--;
    mayBeOver();
  }

  return { begin, next, refill, ended };
}
