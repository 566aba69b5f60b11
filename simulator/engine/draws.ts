/**
 * What requests draw: one stream per place in a journey's tree of calls, so that two policies that
 * see the same arrivals see the same work (common random numbers). What every request may need is
 * drawn at its arrival; what only some come to (a further attempt, what a miss does), when they do.
 * Values are made a buffer at a time and copied from array to array: no double is ever boxed.
 */
import { fill } from '../distributions/sampler.ts';
import { fillZipf } from '../distributions/zipf.ts';
import type { Model } from '../model/model.ts';
import type { Columns } from './columns.ts';
import { expectAtMost } from './expect-at-most.ts';
import type { Memory } from './memory.ts';
import type { Draw, Program, Region } from './program.ts';
import { type RandomStream, stream } from './random.ts';

/** Values made at once; a buffer of each place of a journey should stay near the processor. */
export const BUFFER = 128;
const MOST_STREAMS = 1 << 16;

export interface Draws {
  /** Where the next value of each draw stands in its buffer; BUFFER when that is used up. */
  readonly at: Int32Array;
  /** Buffers, one after the other. */
  readonly values: Float64Array;
  readonly begin: (model: Model, program: Program, seed: number, replication: number) => void;
  readonly refill: (draw: number) => void;
  /** Writes a region's draws for a slot whose columns start at `offset`. */
  readonly region: (region: number, offset: number) => void;
  /** Writes one draw to `out[place]`. */
  readonly one: (draw: number, out: Float64Array, place: number) => void;
}

/** Made once a thread, as the memory is. */
export function createDraws({ draw: out }: Memory, { int32, float64 }: Columns): Draws {
  const at = int32(MOST_STREAMS);
  const values = float64(MOST_STREAMS * BUFFER);
  let draws: readonly Draw[] = [];
  let streams: (RandomStream | undefined)[] = [];
  let regions: readonly Region[] = [];
  let nameStream: (name: string) => RandomStream;

  function begin(model: Model, program: Program, seed: number, replication: number): void {
    expectAtMost(model, MOST_STREAMS, program.draws.length, 'random times in all journeys');
    ({ draws, regions } = program);
    streams = [];
    nameStream = (name) => stream(seed, replication, name, 'service-time');
    at.fill(BUFFER, 0, draws.length);
  }

  function refill(draw: number): void {
    const { source, name } = draws[draw]!;
    streams[draw] ??= nameStream(name);
    const random = streams[draw]!;
    const buffer = values.subarray(draw * BUFFER, (draw + 1) * BUFFER);
    if (source.type === 'key') fillZipf(source.count, source.zipf, random, buffer);
    else if (source.type === 'uniform') fillUniform(random, buffer);
    else fill(source, random, buffer);
    at[draw] = 0;
  }

  function one(draw: number, to: Float64Array, place: number): void {
    if (at[draw] === BUFFER) refill(draw);
    const from = at[draw]!;
    to[place] = values[draw * BUFFER + from]!;
    at[draw] = from + 1;
  }

  function region(index: number, offset: number): void {
    const { columns, draws: own } = regions[index]!;
    for (let i = 0; i < own.length; i++) one(own[i]!, out, offset + columns[i]!);
  }

  return { at, values, begin, refill, region, one };
}

function fillUniform(random: RandomStream, out: Float64Array): void {
  for (let i = 0; i < out.length; i++) out[i] = random.uniform();
}
