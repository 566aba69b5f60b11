/**
 * A rate curve of few pieces, constant or straight ramps, out of counts of arrivals:
 *
 *     count │      ·╱·▔▔·▔·▔▔     minimise  Σ (count − curve)² / (φ · mean)  +  penalty · pieces
 *           │ ·▁·▁·╱               over all places and levels, by dynamic programming on a grid;
 *           └─────────── t         then the levels by least squares
 *
 * φ is the scatter of neighbouring counts (1 for Poisson arrivals), or of wider ones where that is
 * more: bursts do not make pieces, neither short ones nor such as last for several bins. The
 * penalty is that of Schwarz's criterion, ln n for each level and each place.
 * Source: R. Maidstone et al., "Detecting changes in slope with an L0 penalty", JCGS 2019.
 */

export interface CurvePiece {
  readonly startMs: number;
  readonly endMs: number;
  readonly fromPerSecond: number;
  readonly toPerSecond: number;
}

export interface RateCurve {
  readonly pieces: readonly CurvePiece[];
  /** Scatter of neighbouring counts over their mean. */
  readonly scatter: number;
  /** Share of the counts' variance that the curve explains, 0 … 1. */
  readonly explained: number;
  /** Levels and places. */
  readonly parameters: number;
}

const MOST_BINS = 180;
const LEVELS = 28;
/** Penalties in units of φ·ln n: a level and a place, and one level more for a ramp or a jump. */
const CONSTANT = 2.5;
const RAMP = 3.5;
const JUMP = 1;

/** @param counts arrivals in bins of `binMs`, from moment 0 on; the last one may be cut short */
export function fitRateCurve(counts: ArrayLike<number>, binMs: number, endMs: number): RateCurve {
  const factor = Math.max(1, Math.ceil(counts.length / MOST_BINS));
  const bins = merged(counts, factor);
  const widthMs = binMs * factor;
  const edge = (at: number) => (at === bins.length ? endMs : at * widthMs);
  // A last bin that is cut short would look like a drop.
  const lastShare = (endMs - (bins.length - 1) * widthMs) / widthMs;
  if (bins.length > 1) bins[bins.length - 1]! /= Math.max(0.05, Math.min(1, lastShare));
  const scatter = Math.max(scatterOf(bins), slowScatterOf(bins));
  const weights = weightsOf(bins);
  const penalty = Math.max(0.2, scatter) * Math.log(Math.max(2, bins.length));
  const shape = simplified(bins, weights, penalty, bestShape(bins, weights, penalty));
  const levels = fittedLevels(bins, weights, shape);
  const pieces = shape.map(({ from, to }, at) => ({
    startMs: edge(from),
    endMs: edge(to),
    fromPerSecond: (levels[at]![0] * 1000) / widthMs,
    toPerSecond: (levels[at]![1] * 1000) / widthMs,
  }));
  const area = pieces.reduce((sum, piece) => sum + areaOf(piece), 0);
  const total = Array.from(counts).reduce((sum, count) => sum + count, 0);
  const scale = area > 0 ? total / area : 1;
  return {
    pieces: pieces.map((piece) => ({
      ...piece,
      fromPerSecond: piece.fromPerSecond * scale,
      toPerSecond: piece.toPerSecond * scale,
    })),
    scatter,
    explained: explainedBy(bins, shape, levels),
    parameters: shape.reduce((sum, { isRamp, isJump }) => sum + 2 + (isRamp && isJump ? 1 : 0), 0),
  };
}

/** Mean arrivals of a piece. */
export function areaOf({ startMs, endMs, fromPerSecond, toPerSecond }: CurvePiece): number {
  return (((fromPerSecond + toPerSecond) / 2) * (endMs - startMs)) / 1000;
}

/** Mean arrivals in windows of a length, by the curve. */
export function expectedCounts(
  pieces: readonly CurvePiece[],
  windowMs: number,
  windows: number,
): Float64Array {
  const expected = new Float64Array(windows);
  for (const { startMs, endMs, fromPerSecond, toPerSecond } of pieces) {
    const slope = (toPerSecond - fromPerSecond) / (endMs - startMs || 1);
    for (let at = Math.floor(startMs / windowMs); at < windows && at * windowMs < endMs; at++) {
      const from = Math.max(startMs, at * windowMs);
      const to = Math.min(endMs, (at + 1) * windowMs);
      const middle = fromPerSecond + slope * ((from + to) / 2 - startMs);
      expected[at]! += (middle * (to - from)) / 1000;
    }
  }
  return expected;
}

/** Sums of so many neighbours. */
export function merged(counts: ArrayLike<number>, factor: number): Float64Array {
  const sums = new Float64Array(Math.ceil(counts.length / factor));
  for (let at = 0; at < counts.length; at++) sums[Math.floor(at / factor)]! += counts[at]!;
  return sums;
}

/**
 * (a − b)²/(a + b) of neighbours that are Poisson numbers of one mean is a χ² of one degree: its
 * mean is 1, and 0.623 without the largest tenth, which is where the rate may have changed.
 */
function scatterOf(bins: Float64Array): number {
  const terms: number[] = [];
  for (let at = 1; at < bins.length; at++) {
    const both = bins[at]! + bins[at - 1]!;
    if (both > 0) terms.push((bins[at]! - bins[at - 1]!) ** 2 / both);
  }
  const kept = terms.sort((a, b) => a - b).slice(0, Math.ceil(0.9 * terms.length));
  return kept.length < 5 ? 1 : kept.reduce((sum, term) => sum + term, 0) / kept.length / 0.623;
}

/** Bins of one wide window: bursts that come again some forty times are no curve. */
const WIDE = 4;
/** Of so few Poisson numbers, or of ten steps among them, it is less. */
const CHANCE = 8;
/** Two thirds of the terms, nearly: those where the rate jumps are beyond. */
const QUANTILE = 0.65;
const CHI_SQUARE = 0.874;

/**
 * (a − 2b + c)²/(a + 4b + c) of three neighbours is such a χ², too, along straight ramps as well;
 * a quantile of it jumps of the rate do not move. 0 where Poisson may scatter as much.
 */
function slowScatterOf(bins: Float64Array): number {
  const wide = merged(bins, WIDE).subarray(0, Math.floor(bins.length / WIDE));
  const terms: number[] = [];
  for (let at = 2; at < wide.length; at++) {
    const [a, b, c] = [wide[at - 2]!, wide[at - 1]!, wide[at]!];
    if (a + b + c > 0) terms.push((a - 2 * b + c) ** 2 / (a + 4 * b + c));
  }
  if (terms.length < 10) return 0;
  terms.sort((a, b) => a - b);
  const scatter = terms[Math.floor(QUANTILE * terms.length)]! / CHI_SQUARE;
  return scatter > CHANCE ? scatter : 0;
}

/** One over the mean of the neighbourhood. */
function weightsOf(bins: Float64Array): Float64Array {
  return bins.map((_, at) => {
    const near = bins.subarray(Math.max(0, at - 2), at + 3);
    const mean = near.reduce((sum, count) => sum + count, 0) / near.length;
    return 1 / Math.max(1, mean);
  });
}

interface ShapePiece {
  readonly from: number;
  readonly to: number;
  readonly isRamp: boolean;
  /** Whether it begins at another level than the piece before ended with. */
  readonly isJump: boolean;
}

/** Sums up to each bin, so that the cost of any straight line over any bins is a few products. */
function sumsOf(bins: Float64Array, weights: Float64Array) {
  const make = (term: (at: number) => number) => {
    const sums = new Float64Array(bins.length + 1);
    for (let at = 0; at < bins.length; at++) sums[at + 1] = sums[at]! + weights[at]! * term(at);
    return sums;
  };
  return {
    w: make(() => 1),
    wt: make((at) => at + 0.5),
    wtt: make((at) => (at + 0.5) ** 2),
    wx: make((at) => bins[at]!),
    wxt: make((at) => bins[at]! * (at + 0.5)),
    wxx: make((at) => bins[at]! ** 2),
  };
}

/** The cheapest pieces. `cost[j][l]`: bins before j, the last level being l. */
function bestShape(bins: Float64Array, weights: Float64Array, penalty: number): ShapePiece[] {
  const n = bins.length;
  const sums = sumsOf(bins, weights);
  const grid = gridOf(bins);
  const cost = Array.from({ length: n + 1 }, () =>
    new Float64Array(LEVELS).fill(Number.POSITIVE_INFINITY),
  );
  /** Where the last piece begins, at which level, and at which level the one before ended. */
  const before = Array.from({ length: n + 1 }, () => new Int32Array(LEVELS));
  const jumpedFrom: Int32Array[] = [];
  const starts: Float64Array[] = [];
  for (let i = 0; i <= n; i++) {
    if (i > 0) relax(i, grid, sums, starts, cost[i]!, before[i]!, penalty);
    const best = i === 0 ? -1 : cost[i]!.indexOf(Math.min(...cost[i]!));
    const jump = i === 0 ? 0 : cost[i]![best]! + JUMP * penalty;
    jumpedFrom.push(Int32Array.from(cost[i]!, (own) => (i > 0 && jump < own ? best : -1)));
    starts.push(cost[i]!.map((own) => (i === 0 ? 0 : Math.min(own, jump))));
  }
  const pieces: ShapePiece[] = [];
  let level = cost[n]!.indexOf(Math.min(...cost[n]!));
  for (let to = n; to > 0; ) {
    const packed = before[to]![level]!;
    const [from, start] = [Math.floor(packed / LEVELS), packed % LEVELS];
    const jump = jumpedFrom[from]![start]!;
    pieces.unshift({ from, to, isRamp: start !== level, isJump: from === 0 || jump >= 0 });
    level = jump >= 0 ? jump : start;
    to = from;
  }
  return pieces;
}

/** Levels from the lowest to the highest count, closer where they are low. */
function gridOf(bins: Float64Array): Float64Array {
  const smooth = bins.map((_, at) => {
    const near = bins.subarray(Math.max(0, at - 1), at + 2);
    return near.reduce((sum, count) => sum + count, 0) / near.length;
  });
  const low = Math.sqrt(Math.min(...smooth));
  const high = Math.sqrt(Math.max(...smooth));
  return new Float64Array(LEVELS).map((_, l) => (low + ((high - low) * l) / (LEVELS - 1)) ** 2);
}

/** The cheapest last piece up to bin j, for every level at its end. */
function relax(
  j: number,
  grid: Float64Array,
  sums: ReturnType<typeof sumsOf>,
  starts: readonly Float64Array[],
  cost: Float64Array,
  before: Int32Array,
  penalty: number,
): void {
  const { w, wt, wtt, wx, wxt, wxx } = sums;
  for (let i = 0; i < j; i++) {
    const length = j - i;
    const sw = w[j]! - w[i]!;
    const swt = wt[j]! - wt[i]! - i * sw;
    const swtt = wtt[j]! - wtt[i]! - 2 * i * (wt[j]! - wt[i]!) + i * i * sw;
    const swx = wx[j]! - wx[i]!;
    const swxt = wxt[j]! - wxt[i]! - i * swx;
    const swxx = wxx[j]! - wxx[i]!;
    for (let m = 0; m < LEVELS; m++) {
      const a = grid[m]!;
      const base = starts[i]![m]! + swxx - 2 * a * swx + a * a * sw;
      for (let l = 0; l < LEVELS; l++) {
        const b = (grid[l]! - a) / length;
        const here =
          base -
          2 * b * swxt +
          2 * a * b * swt +
          b * b * swtt +
          (l === m ? CONSTANT : RAMP) * penalty;
        if (here < cost[l]!) {
          cost[l] = here;
          before[l] = i * LEVELS + m;
        }
      }
    }
  }
}

type Levels = readonly [number, number];

/** Ramps that the grid has made, for want of the right level, as constants again. */
function simplified(
  bins: Float64Array,
  weights: Float64Array,
  penalty: number,
  shape: readonly ShapePiece[],
): readonly ShapePiece[] {
  let best = shape;
  for (let at = 0; at < shape.length; at++) {
    if (!best[at]!.isRamp) continue;
    const flat = best.with(at, { ...best[at]!, isRamp: false });
    const more = squaresOf(bins, weights, flat) - squaresOf(bins, weights, best);
    if (more < (RAMP - CONSTANT) * penalty) best = flat;
  }
  return best;
}

function squaresOf(
  bins: Float64Array,
  weights: Float64Array,
  shape: readonly ShapePiece[],
): number {
  const levels = fittedLevels(bins, weights, shape);
  let sum = 0;
  shape.forEach((piece, index) => {
    for (let at = piece.from; at < piece.to; at++) {
      sum += weights[at]! * (bins[at]! - levelAt(piece, levels[index]!, at)) ** 2;
    }
  });
  return sum;
}

function levelAt({ from, to }: ShapePiece, [a, b]: Levels, at: number): number {
  return a + ((b - a) * (at + 0.5 - from)) / (to - from);
}

/** Levels at both ends of each piece, by weighted least squares: ends that meet are one unknown. */
function fittedLevels(
  bins: Float64Array,
  weights: Float64Array,
  shape: readonly ShapePiece[],
): Levels[] {
  const unknowns: [number, number][] = [];
  let count = 0;
  for (const { isRamp, isJump } of shape) {
    const start = isJump ? count++ : unknowns.at(-1)![1];
    unknowns.push([start, isRamp ? count++ : start]);
  }
  const matrix = Array.from({ length: count }, () => new Float64Array(count + 1));
  shape.forEach(({ from, to }, piece) => {
    const [a, b] = unknowns[piece]!;
    for (let at = from; at < to; at++) {
      const u = (at + 0.5 - from) / (to - from);
      const parts = a === b ? [[a, 1] as const] : [[a, 1 - u] as const, [b, u] as const];
      for (const [row, x] of parts) {
        for (const [column, y] of parts) matrix[row]![column]! += weights[at]! * x * y;
        matrix[row]![count]! += weights[at]! * x * bins[at]!;
      }
    }
  });
  const solved = solve(matrix);
  return unknowns.map(([a, b]) => [Math.max(0, solved[a]!), Math.max(0, solved[b]!)]);
}

/** Gauss's elimination with pivots; the last column is the right side. */
function solve(matrix: readonly Float64Array[]): Float64Array {
  const n = matrix.length;
  const rows = [...matrix];
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let row = column + 1; row < n; row++) {
      if (Math.abs(rows[row]![column]!) > Math.abs(rows[pivot]![column]!)) pivot = row;
    }
    [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
    const head = rows[column]!;
    if (Math.abs(head[column]!) < 1e-12) head[column] = 1e-12;
    for (let row = column + 1; row < n; row++) {
      const factor = rows[row]![column]! / head[column]!;
      for (let at = column; at <= n; at++) rows[row]![at]! -= factor * head[at]!;
    }
  }
  const solved = new Float64Array(n);
  for (let row = n - 1; row >= 0; row--) {
    let rest = rows[row]![n]!;
    for (let at = row + 1; at < n; at++) rest -= rows[row]![at]! * solved[at]!;
    solved[row] = rest / rows[row]![row]!;
  }
  return solved;
}

function explainedBy(
  bins: Float64Array,
  shape: readonly ShapePiece[],
  levels: readonly Levels[],
): number {
  const mean = bins.reduce((sum, count) => sum + count, 0) / bins.length;
  let [left, all] = [0, 0];
  shape.forEach((piece, index) => {
    for (let at = piece.from; at < piece.to; at++) {
      left += (bins[at]! - levelAt(piece, levels[index]!, at)) ** 2;
      all += (bins[at]! - mean) ** 2;
    }
  });
  return all === 0 ? 1 : Math.max(0, 1 - left / all);
}
