import { type RandomStream, stream } from '../engine/random.ts';
import { fillExponentials } from '../engine/ziggurat.ts';
import type { ReplayedArrivals } from '../model/arrival-settings.ts';
import type { RateSegment, Traffic } from '../model/model.ts';
import { inBursts } from './bursts.ts';
import { curveArea, segmentArea, timeAtArea } from './curve.ts';
import { decodeArrivals } from './load-plan.ts';

/** Areas between arrivals that are drawn at once. */
const GAPS = 128;

/** The arrival times of one traffic source, in order, a buffer at a time. */
export interface ArrivalTimes {
  /** Fills `out` with the next arrival times in ms; returns how many there were before the end. */
  readonly fill: (out: Float64Array) => number;
}

/** Random streams of a traffic: what bursts do moves no draw of the arrivals themselves. */
export type ArrivalStreams = (purpose: 'arrivals' | 'bursts') => RandomStream;

/** Those of one replication. */
export function arrivalStreams(
  seed: number,
  replication: number,
  trafficName: string,
): ArrivalStreams {
  return (purpose) => stream(seed, replication, `traffic/${trafficName}`, purpose);
}

/** Nothing is drawn for replayed arrivals: every replication has the same. */
export function arrivalTimes(traffic: Traffic, streamOf: ArrivalStreams): ArrivalTimes {
  const { arrivals, rate } = traffic;
  if (typeof arrivals !== 'object') return new Arrivals(rate, arrivals, streamOf('arrivals'));
  if (arrivals.type === 'replayed') return new Recorded(arrivals);
  const curve = inBursts(rate, arrivals, streamOf('bursts'));
  return new Arrivals(curve, 'poisson', streamOf('arrivals'));
}

/** Those of a capture, a block at a time. */
class Recorded implements ArrivalTimes {
  private readonly arrivals: ReplayedArrivals;
  private block: readonly number[] = [];
  private nextBlock = 0;
  private at = 0;
  private left: number;

  constructor(arrivals: ReplayedArrivals) {
    this.arrivals = arrivals;
    this.left = arrivals.count;
  }

  fill(out: Float64Array): number {
    const { blocks, speed } = this.arrivals;
    let filled = 0;
    for (; filled < out.length && this.left > 0; filled++, this.left--) {
      if (this.at === this.block.length) {
        this.block = decodeArrivals(blocks[this.nextBlock++]!);
        this.at = 0;
      }
      out[filled] = this.block[this.at++]! / speed;
    }
    return filled;
  }
}

/** Times that are drawn along a rate curve. */
class Arrivals implements ArrivalTimes {
  private readonly isEven: boolean;
  private readonly random: RandomStream;
  private readonly segments: Iterator<RateSegment, undefined>;
  private segment: RateSegment | undefined;
  /** Area under the curve up to the start of the current segment, and up to the next arrival. */
  private areaBefore = 0;
  private area = 0;
  private readonly gaps = new Float64Array(GAPS);
  private nextGap: number;

  constructor(curve: Iterable<RateSegment>, kind: 'poisson' | 'even', random: RandomStream) {
    this.isEven = kind === 'even';
    this.random = random;
    this.segments = curve[Symbol.iterator]();
    this.segment = this.segments.next().value;
    // Even arrivals start at area 0, as the evenly spaced executors of load generators do.
    this.nextGap = this.refillGaps();
    if (!this.isEven) this.area = this.gaps[this.nextGap++]!;
  }

  fill(out: Float64Array): number {
    let filled = 0;
    while (filled < out.length) {
      const { segment } = this;
      if (segment === undefined) break;
      const { fromPerSecond, toPerSecond } = segment;
      const isFlat = fromPerSecond === toPerSecond;
      const reach = this.areaBefore + segmentArea(segment);
      filled = isFlat
        ? this.fillFlat(segment, reach, out, filled)
        : this.fillRamp(segment, reach, out, filled);
      if (this.area < reach) break;
      this.areaBefore = reach;
      this.segment = this.segments.next().value;
    }
    return filled;
  }

  /** The arrivals of a segment of constant rate, up to an area; returns where they end. */
  private fillFlat(segment: RateSegment, reach: number, out: Float64Array, from: number): number {
    const { gaps, areaBefore } = this;
    const { startMs, endMs, fromPerSecond } = segment;
    const msPerArrival = 1000 / fromPerSecond;
    let at = from;
    let area = this.area;
    let next = this.nextGap;
    for (; at < out.length && area < reach; at++) {
      out[at] = Math.min(endMs, startMs + (area - areaBefore) * msPerArrival);
      if (next === GAPS) next = this.refillGaps();
      area += gaps[next++]!;
    }
    this.area = area;
    this.nextGap = next;
    return at;
  }

  private fillRamp(segment: RateSegment, reach: number, out: Float64Array, from: number): number {
    let at = from;
    for (; at < out.length && this.area < reach; at++) {
      out[at] = timeAtArea(segment, this.area - this.areaBefore);
      if (this.nextGap === GAPS) this.nextGap = this.refillGaps();
      this.area += this.gaps[this.nextGap++]!;
    }
    return at;
  }

  /** Areas between arrivals. */
  private refillGaps(): number {
    if (this.isEven) this.gaps.fill(1);
    else fillExponentials(this.random, 1, this.gaps, 0, GAPS);
    return 0;
  }
}

/** All arrival times of a source, in ms: what a load plan plays. */
export function allArrivals(traffic: Traffic, streamOf: ArrivalStreams): Float64Array {
  const arrivals = arrivalTimes(traffic, streamOf);
  let times = new Float64Array(Math.ceil(curveArea(traffic.rate) * 1.2) + 64);
  let count = arrivals.fill(times);
  while (count === times.length) {
    const longer = new Float64Array(times.length * 2);
    longer.set(times);
    count += arrivals.fill(longer.subarray(count));
    times = longer;
  }
  return times.slice(0, count);
}
