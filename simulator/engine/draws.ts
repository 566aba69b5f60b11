/**
 * What requests draw: one stream per place in a journey's tree of calls, so that two policies that
 * see the same arrivals see the same work (common random numbers). What every request may need is
 * drawn at its arrival; what only some come to (a further attempt, what a miss does), when they do.
 * Values are made a buffer at a time and copied from array to array: no double is ever boxed.
 */
import { fill } from '../distributions/sampler.ts';
import { type AliasTable, fillZipf, tableOf } from '../distributions/zipf.ts';
import type { Model } from '../model/model.ts';
import type { Columns } from './columns.ts';
import { expectAtMost } from './expect-at-most.ts';
import { F, type Memory } from './memory.ts';
import type { Draw, DrawSource, Program, Region } from './program.ts';
import { RandomStream, stream } from './random.ts';
import { EXPONENTIAL_EDGES, finishExponential } from './ziggurat.ts';

/** Values made at once; a buffer of each place of a journey should stay near the processor. */
export const BUFFER = 128;
const MOST_STREAMS = 1 << 16;
/** Words of all tables of keys that code for a model may use. */
const MOST_ALIASES = 1 << 23;
/** Beyond it, products of a key's number and a word are no whole doubles. */
const MOST_KEYS = 1 << 21;

/** What code for a model can draw by itself; anything that it cannot is 0. */
export const KIND = { exponential: 1, key: 2 } as const;
/** By draw: its kind; how many keys it has, and where their table begins. */
export const SHAPE = { width: 4, kind: 0, count: 1, table: 2 } as const;

export interface Draws {
  /** Where the next value of each draw stands in its buffer; BUFFER when that is used up. */
  readonly at: Int32Array;
  /** Buffers, one after the other. */
  readonly values: Float64Array;
  readonly begin: (model: Model, program: Program, seed: number, replication: number) => void;
  readonly refill: (draw: number) => void;
  /** Goes on with an exponential draw of mean 1 whose beginning stands in `floats`. */
  readonly finish: (draw: number, layer: number) => void;
  /** For code that draws by itself: states of streams, what they draw, and tables. */
  readonly columns: Readonly<Record<string, Int32Array | Float64Array>>;
  /** Writes a region's draws for a slot whose columns start at `offset`. */
  readonly region: (region: number, offset: number) => void;
  /** Writes one draw to `out[place]`. */
  readonly one: (draw: number, out: Float64Array, place: number) => void;
}

/** Made once a thread, as the memory is. */
export function createDraws({ draw: out, floats }: Memory, { int32, float64 }: Columns): Draws {
  const at = int32(MOST_STREAMS);
  const values = float64(MOST_STREAMS * BUFFER);
  const states = int32(4 * MOST_STREAMS);
  const drawShape = int32(SHAPE.width * MOST_STREAMS);
  const meanMs = float64(MOST_STREAMS);
  const edges = float64(EXPONENTIAL_EDGES.length);
  const aliases = int32(MOST_ALIASES);
  const keyPlaces = int32(BUFFER);
  const keyWords = int32(BUFFER);
  edges.set(EXPONENTIAL_EDGES);
  let draws: readonly Draw[] = [];
  let streams: (RandomStream | undefined)[] = [];
  let regions: readonly Region[] = [];
  let nameStream: (name: string) => RandomStream;
  /** Where tables stand in `aliases`, and where the next one may. */
  const tables = new Map<AliasTable, number>();
  let aliasesEnd = 0;

  function begin(model: Model, program: Program, seed: number, replication: number): void {
    expectAtMost(model, MOST_STREAMS, program.draws.length, 'random times in all journeys');
    ({ draws, regions } = program);
    streams = [];
    nameStream = (name) => stream(seed, replication, name, 'service-time');
    at.fill(BUFFER, 0, draws.length);
    drawShape.fill(0, 0, SHAPE.width * draws.length);
    if (2 * aliasesEnd > MOST_ALIASES) tables.clear();
    if (tables.size === 0) aliasesEnd = 0;
  }

  /** The stream's state is in a column from now on. */
  function streamOf(draw: number): RandomStream {
    const random = nameStream(draws[draw]!.name);
    states.set(random.state, 4 * draw);
    shape(draw, draws[draw]!.source);
    return new RandomStream(states.subarray(4 * draw, 4 * draw + 4));
  }

  function shape(draw: number, source: DrawSource): void {
    const place = SHAPE.width * draw;
    if (source.type === 'exponential') {
      drawShape[place + SHAPE.kind] = KIND.exponential;
      meanMs[draw] = source.meanMs;
    } else if (source.type === 'key' && source.count <= MOST_KEYS) {
      const table = placeOf(tableOf(source.count, source.zipf));
      if (table < 0) return;
      drawShape[place + SHAPE.kind] = KIND.key;
      drawShape[place + SHAPE.count] = source.count;
      drawShape[place + SHAPE.table] = table;
    }
  }

  /** −1 where there is no room. */
  function placeOf(table: AliasTable): number {
    const known = tables.get(table);
    if (known !== undefined) return known;
    if (aliasesEnd + table.length > MOST_ALIASES) return -1;
    const place = aliasesEnd;
    aliases.set(table, place);
    tables.set(table, place);
    aliasesEnd += table.length;
    return place;
  }

  function refill(draw: number): void {
    const { source } = draws[draw]!;
    streams[draw] ??= streamOf(draw);
    const random = streams[draw]!;
    const buffer = values.subarray(draw * BUFFER, (draw + 1) * BUFFER);
    if (source.type === 'key') fillZipf(source.count, source.zipf, random, buffer);
    else if (source.type === 'uniform') fillUniform(random, buffer);
    else fill(source, random, buffer);
    at[draw] = 0;
  }

  function finish(draw: number, layer: number): void {
    floats[F.drawn] = finishExponential(streams[draw]!, layer, floats[F.drawn]!);
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

  const columns = { states, drawShape, meanMs, edges, aliases, keyPlaces, keyWords };
  return { at, values, columns, begin, refill, finish, region, one };
}

function fillUniform(random: RandomStream, out: Float64Array): void {
  for (let i = 0; i < out.length; i++) out[i] = random.uniform();
}
