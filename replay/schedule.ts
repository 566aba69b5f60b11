/**
 * When each request of a plan is sent: the arrivals of all its loads as one sequence in order of
 * time, decoded a block at a time, so that a day of traffic takes no more memory than a minute.
 */
import type { RateSegment } from '../simulator/model/model.ts';
import { UsageError } from '../simulator/model/usage-error.ts';
import { arrivalStreams, arrivalTimes } from '../simulator/traffic/arrivals.ts';
import {
  ARRIVALS_PER_BLOCK,
  decodeArrivals,
  type JourneyLoad,
} from '../simulator/traffic/load-plan.ts';

const NEVER = Number.POSITIVE_INFINITY;
/** Days of any load that one machine sends; counting them all takes seconds. */
const MOST_EVEN_ARRIVALS = 1e8;

export class Schedule {
  /** The next arrival in ms since moment 0, and the index of its load; Infinity after the last. */
  nextMs: number = NEVER;
  nextLoad = 0;
  private readonly sources: readonly (() => number)[];
  private readonly heads: number[];

  constructor(loads: readonly JourneyLoad[]) {
    this.sources = loads.map(momentsOf);
    this.heads = this.sources.map((next) => next());
    this.findNext();
  }

  /** Goes on to the arrival after the next; of simultaneous ones the earlier load's comes first. */
  advance(): void {
    this.heads[this.nextLoad] = this.sources[this.nextLoad]!();
    this.findNext();
  }

  private findNext(): void {
    this.nextMs = NEVER;
    for (let load = 0; load < this.heads.length; load++) {
      if (this.heads[load]! >= this.nextMs) continue;
      this.nextMs = this.heads[load]!;
      this.nextLoad = load;
    }
  }
}

/**
 * Number of arrivals in all loads. Reads them all, and throws a UsageError where a load has not as
 * many as it says, times that are no times or go back, or where nothing would be sent.
 */
export function countArrivals(loads: readonly JourneyLoad[]): number {
  const total = loads.reduce((sum, load) => sum + checkedCount(load), 0);
  if (total === 0) throw new UsageError('the plan has no arrivals');
  return total;
}

function checkedCount(load: JourneyLoad): number {
  if (load.pacing === 'even' && areaOf(load) > MOST_EVEN_ARRIVALS) {
    throw new UsageError(`plan: expected at most 1e8 arrivals of ${load.journey}, found more`);
  }
  const next = momentsOf(load);
  let count = 0;
  let previousMs = 0;
  for (let atMs = next(); atMs !== NEVER; atMs = next()) {
    if (!(atMs >= previousMs)) {
      throw new UsageError(`plan: arrival ${count} of ${load.journey} is no time after the others`);
    }
    previousMs = atMs;
    count++;
  }
  if (load.pacing === 'exact' && count !== load.arrivalCount) {
    throw new UsageError(
      `plan: ${load.journey} should have ${load.arrivalCount} arrivals, found ${count}`,
    );
  }
  return count;
}

/** Gives one arrival time after the other, in ms since moment 0; Infinity after the last. */
function momentsOf(load: JourneyLoad): () => number {
  const nextBlock = load.pacing === 'exact' ? exactBlocks(load) : evenBlocks(load);
  let block = nextBlock();
  let index = 0;
  return () => {
    if (index === block.length) {
      block = nextBlock();
      index = 0;
    }
    return block[index++] ?? NEVER;
  };
}

/** Arrivals under the rate curve. */
function areaOf({ stages }: JourneyLoad): number {
  return stages.reduce(
    (sum, { durationMs, fromPerSecond, toPerSecond }) =>
      sum + (durationMs / 1000) * ((fromPerSecond + toPerSecond) / 2),
    0,
  );
}

type NextBlock = () => ArrayLike<number>;

function exactBlocks({ arrivals }: JourneyLoad): NextBlock {
  let index = 0;
  return () => {
    const block = arrivals[index++];
    return block === undefined ? [] : decodeArrivals(block);
  };
}

/** Evenly spaced along the rate curve, as the simulator's even arrivals and k6's executors are. */
function evenBlocks({ journey, stages }: JourneyLoad): NextBlock {
  const traffic = {
    name: journey,
    does: journey,
    rate: segments(stages),
    arrivals: 'even',
  } as const;
  const arrivals = arrivalTimes(traffic, arrivalStreams(0, 0, 'even arrivals draw nothing'));
  return () => {
    const block = new Float64Array(ARRIVALS_PER_BLOCK);
    return block.subarray(0, arrivals.fill(block));
  };
}

function segments(stages: JourneyLoad['stages']): RateSegment[] {
  let startMs = 0;
  return stages.map(({ durationMs, fromPerSecond, toPerSecond }) => {
    const endMs = startMs + durationMs;
    const segment = { startMs, endMs, fromPerSecond, toPerSecond, phase: undefined };
    startMs = endMs;
    return segment;
  });
}
