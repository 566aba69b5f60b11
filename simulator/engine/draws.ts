/**
 * What a journey draws at its arrival: one stream per place in its tree of calls, so that two
 * policies that see the same arrivals see the same work (common random numbers). Values are made a
 * buffer at a time and copied from array to array: no double is ever boxed.
 */
import { fill } from '../distributions/sampler.ts';
import type { CompiledJourney } from './program.ts';
import { type RandomStream, stream } from './random.ts';

const BUFFER = 512;

export class Draws {
  /** Where the next value of each place stands in `values`. */
  readonly next: Int32Array;
  readonly values: Float64Array;
  private readonly streams: readonly RandomStream[];
  private readonly journey: CompiledJourney;

  constructor(journey: CompiledJourney, seed: number, replication: number) {
    this.journey = journey;
    this.streams = journey.draws.map(({ name }) => stream(seed, replication, name, 'service-time'));
    this.next = new Int32Array(Math.max(1, journey.draws.length)).fill(BUFFER);
    this.values = new Float64Array(Math.max(1, journey.draws.length) * BUFFER);
  }

  /** Writes one arrival's draws to `out` from `offset` on. */
  drawInto(out: Float64Array, offset: number): void {
    for (let place = 0; place < this.streams.length; place++) {
      if (this.next[place] === BUFFER) this.refill(place);
      const at = this.next[place]!;
      out[offset + place] = this.values[place * BUFFER + at]!;
      this.next[place] = at + 1;
    }
  }

  private refill(place: number): void {
    const buffer = this.values.subarray(place * BUFFER, (place + 1) * BUFFER);
    fill(this.journey.draws[place]!.distribution, this.streams[place]!, buffer);
    this.next[place] = 0;
  }
}
