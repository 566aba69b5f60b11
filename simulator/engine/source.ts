import type { Model, Traffic } from '../model/model.ts';
import { Arrivals } from '../traffic/arrivals.ts';
import type { RandomStream } from './random.ts';

const BUFFER = 256;

/** Where one traffic's requests come from; arrival times are made a buffer at a time. */
export class Source {
  /** Index of the journey that each arrival starts. */
  readonly journey: number;
  private readonly arrivals: Arrivals;
  private readonly endMs: number;
  private readonly times = new Float64Array(BUFFER);
  private at = 0;
  private count = 0;

  constructor(model: Model, traffic: Traffic, random: RandomStream) {
    this.journey = model.journeys.findIndex(({ name }) => name === traffic.does);
    this.arrivals = new Arrivals(traffic, random);
    this.endMs = model.durationMs;
  }

  /** Writes the next arrival's time to `out[index]`; ∞ and false when nobody comes any more. */
  next(out: Float64Array, index: number): boolean {
    if (this.at === this.count) {
      this.count = this.arrivals.fill(this.times);
      this.at = 0;
    }
    const comes = this.at < this.count && this.times[this.at]! < this.endMs;
    out[index] = comes ? this.times[this.at++]! : Number.POSITIVE_INFINITY;
    return comes;
  }
}
