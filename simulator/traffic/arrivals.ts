import type { RandomStream } from '../engine/random.ts';
import { drawExponential } from '../engine/ziggurat.ts';
import type { Traffic } from '../model/model.ts';
import { curveArea, segmentArea, timeAtArea } from './curve.ts';

/** The arrival times of one traffic source, in order, a buffer at a time. */
export class Arrivals {
  private readonly traffic: Traffic;
  private readonly random: RandomStream;
  private segment = 0;
  /** Area under the curve up to the start of the current segment, and up to the latest arrival. */
  private areaBefore = 0;
  private area: number;

  constructor(traffic: Traffic, random: RandomStream) {
    this.traffic = traffic;
    this.random = random;
    // Even arrivals start at area 0, as the evenly spaced executors of load generators do.
    this.area = traffic.arrivals === 'even' ? -1 : 0;
  }

  /** Fills `out` with the next arrival times in ms; returns how many there were before the end. */
  fill(out: Float64Array): number {
    for (let i = 0; i < out.length; i++) {
      this.area += this.traffic.arrivals === 'even' ? 1 : drawExponential(this.random);
      const segment = this.findSegment();
      if (segment === undefined) return i;
      out[i] = timeAtArea(segment, this.area - this.areaBefore);
    }
    return out.length;
  }

  private findSegment() {
    const curve = this.traffic.rate;
    let segment = curve[this.segment];
    while (segment !== undefined && this.area - this.areaBefore >= segmentArea(segment)) {
      this.areaBefore += segmentArea(segment);
      segment = curve[++this.segment];
    }
    return segment;
  }
}

/** All arrival times of a source, in ms: what a load plan plays. */
export function allArrivals(traffic: Traffic, random: RandomStream): Float64Array {
  const arrivals = new Arrivals(traffic, random);
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
