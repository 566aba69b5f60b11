/**
 * Exponential and normal draws by the ziggurat method (Marsaglia & Tsang, "The Ziggurat Method for
 * Generating Random Variables", J. Stat. Software 5(8), 2000), 256 layers, 53-bit positions in a
 * layer. The tables are made from our own `log` and `exp`, so they are the same bytes everywhere.
 *
 *     f(x) │▔▔▔▔▏          layer 255      each layer has the same area `v`;
 *          │▔▔▔▔▔▔▔▏          ⋮           99 % of draws are one look-up,
 *          │▔▔▔▔▔▔▔▔▔▔▔▔▏  layer 1        one multiplication, one comparison
 *          └────────────┴┈┈ layer 0 = base strip + tail beyond r
 */
import { exp, log } from './maths.ts';
import type { RandomStream } from './random.ts';

const LAYERS = 256;
const TWO_POW_MINUS_53 = 1 / 9007199254740992;

interface Tables {
  /** Right edge of each layer; `x[0]` is the width of the base strip with its tail folded in. */
  readonly x: Float64Array;
  /** Density at `x`. */
  readonly f: Float64Array;
}

function tables(
  r: number,
  area: number,
  density: (x: number) => number,
  inverse: (y: number) => number,
): Tables {
  const x = new Float64Array(LAYERS + 1);
  const f = new Float64Array(LAYERS + 1);
  x[0] = area / density(r);
  x[1] = r;
  for (let i = 2; i < LAYERS; i++) x[i] = inverse(area / x[i - 1]! + density(x[i - 1]!));
  for (let i = 0; i <= LAYERS; i++) f[i] = density(x[i]!);
  return { x, f };
}

const EXPONENTIAL_R = 7.69711747013105;
const EXPONENTIAL_AREA = 0.003949659822581557;
const exponential = tables(
  EXPONENTIAL_R,
  EXPONENTIAL_AREA,
  (x) => exp(-x),
  (y) => -log(y),
);
const expX = exponential.x;
const expF = exponential.f;

/** Right edges of the layers of an exponential draw. */
export const EXPONENTIAL_EDGES: Float64Array = expX;

/** One draw of mean 1. */
export function drawExponential(random: RandomStream): number {
  const a = random.int32();
  const layer = a & 255;
  const u = ((a >>> 8) * 536870912 + (random.int32() >>> 3)) * TWO_POW_MINUS_53;
  const x = u * expX[layer]!;
  return x < expX[layer + 1]! ? x : finishExponential(random, layer, x);
}

/** Goes on from a first try that fell outside the rectangle inside its layer: one in a hundred. */
export function finishExponential(
  random: RandomStream,
  firstLayer: number,
  firstX: number,
): number {
  let [layer, x, offset] = [firstLayer, firstX, 0];
  for (;;) {
    // The tail beyond r is again exponential: move the origin there and draw anew.
    if (layer === 0) offset += EXPONENTIAL_R;
    else if (inWedge(random, expF, layer, exp(-x))) return offset + x;
    const a = random.int32();
    layer = a & 255;
    x = ((a >>> 8) * 536870912 + (random.int32() >>> 3)) * TWO_POW_MINUS_53 * expX[layer]!;
    if (x < expX[layer + 1]!) return offset + x;
  }
}

/**
 * Fills `out[from] … out[to − 1]` with draws of a mean: the numbers of as many `drawExponential`,
 * in half the time, because the generator's state stays in registers.
 */
export function fillExponentials(
  random: RandomStream,
  mean: number,
  out: Float64Array,
  from: number,
  to: number,
): void {
  const { state } = random;
  const edges = expX;
  let s0 = state[0]!;
  let s1 = state[1]!;
  let s2 = state[2]!;
  let s3 = state[3]!;
  for (let i = from; i < to; i++) {
    // RandomStream.int32, twice.
    const a = (((s0 + s1) | 0) + s3) | 0;
    s0 = s1 ^ (s1 >>> 9);
    s1 = (s2 + (s2 << 3)) | 0;
    s2 = (((s2 << 21) | (s2 >>> 11)) + a) | 0;
    s3 = (s3 + 1) | 0;
    const b = (((s0 + s1) | 0) + s3) | 0;
    s0 = s1 ^ (s1 >>> 9);
    s1 = (s2 + (s2 << 3)) | 0;
    s2 = (((s2 << 21) | (s2 >>> 11)) + b) | 0;
    s3 = (s3 + 1) | 0;
    const layer = a & 255;
    const x = ((a >>> 8) * 536870912 + (b >>> 3)) * TWO_POW_MINUS_53 * edges[layer]!;
    if (x < edges[layer + 1]!) out[i] = mean * x;
    else {
      state[0] = s0;
      state[1] = s1;
      state[2] = s2;
      state[3] = s3;
      out[i] = mean * finishExponential(random, layer, x);
      s0 = state[0]!;
      s1 = state[1]!;
      s2 = state[2]!;
      s3 = state[3]!;
    }
  }
  state[0] = s0;
  state[1] = s1;
  state[2] = s2;
  state[3] = s3;
}

const NORMAL_R = 3.6541528853610088;
const NORMAL_AREA = 0.00492867323399;
const normal = tables(
  NORMAL_R,
  NORMAL_AREA,
  (x) => exp(-0.5 * x * x),
  (y) => Math.sqrt(-2 * log(y)),
);
const normX = normal.x;
const normF = normal.f;

/** One draw of mean 0 and standard deviation 1. */
export function drawNormal(random: RandomStream): number {
  for (;;) {
    const a = random.int32();
    const layer = a & 255;
    const sign = (a & 256) === 0 ? 1 : -1;
    const u = ((a >>> 9) * 1073741824 + (random.int32() >>> 2)) * TWO_POW_MINUS_53;
    const x = u * normX[layer]!;
    if (x < normX[layer + 1]!) return sign * x;
    if (layer === 0) return sign * normalTail(random);
    if (inWedge(random, normF, layer, exp(-0.5 * x * x))) return sign * x;
  }
}

function inWedge(random: RandomStream, f: Float64Array, layer: number, density: number): boolean {
  return f[layer]! + random.uniform() * (f[layer + 1]! - f[layer]!) < density;
}

/** Marsaglia's tail beyond r: exponential proposals, accepted under the normal density. */
function normalTail(random: RandomStream): number {
  for (;;) {
    const x = drawExponential(random) / NORMAL_R;
    if (2 * drawExponential(random) > x * x) return NORMAL_R + x;
  }
}
