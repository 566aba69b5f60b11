/**
 * Log-linear histogram: 128 buckets per octave, read from the bits of the float, so a record is an
 * array increment and a quantile is off by less than a bucket: at most 1/128 (0.8 %), 1/256 in the
 * mean. Memory does not grow with the number of values. Histograms with the same layout merge by
 * adding; the Go output of k6 (`scenarios/xk6`) uses the same layout.
 */

const LOWEST_EXPONENT = -10; // 2^-10 ms, about one microsecond; smaller values land in bucket 0
const OCTAVES = 36; // up to 2^26 ms, about 18 hours; larger values land in the last bucket
const BUCKETS_PER_OCTAVE = 128;
/** What histograms must have in common to be merged. */
export const BUCKET_LAYOUT: Readonly<Record<'lowestExponent' | 'octaves' | 'perOctave', number>> = {
  lowestExponent: LOWEST_EXPONENT,
  octaves: OCTAVES,
  perOctave: BUCKETS_PER_OCTAVE,
};
export const BUCKET_COUNT: number = OCTAVES * BUCKETS_PER_OCTAVE;
const FIRST_INDEX = (1023 + LOWEST_EXPONENT) * BUCKETS_PER_OCTAVE;

// Larger than it need be: small arrays lie on V8's own heap, where addresses are not constant.
const float: Float64Array = new Float64Array(16);
const words: Uint32Array = new Uint32Array(float.buffer);
const HIGH_WORD: number = (() => {
  float[0] = 1;
  return words[1] === 0x3ff00000 ? 1 : 0;
})();

/** Sparse form for JSON: pairs of bucket index and count, in order of index. */
export interface HistogramData {
  readonly count: number;
  /** Exact sum of the recorded values. */
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  /** index₀, count₀, index₁, count₁, … */
  readonly buckets: readonly number[];
}

/** Bucket of a value in milliseconds. `bucketOf(1)` is 1280. */
export function bucketOf(value: number): number {
  float[0] = value;
  const index = (words[HIGH_WORD]! >>> 13) - FIRST_INDEX;
  if (!(value > 0) || index < 0) return 0;
  return index < BUCKET_COUNT ? index : BUCKET_COUNT - 1;
}

/** Lower edge of a bucket, in milliseconds. `bucketStart(1280)` is 1. */
export function bucketStart(index: number): number {
  words[1 - HIGH_WORD] = 0;
  words[HIGH_WORD] = (index + FIRST_INDEX) << 13;
  return float[0]!;
}

/** Pairs of bucket index and count, of those that are not empty. */
export function sparse(counts: Uint32Array): number[] {
  const buckets: number[] = [];
  for (let index = 0; index < counts.length; index++) {
    if (counts[index]! > 0) buckets.push(index, counts[index]!);
  }
  return buckets;
}

export class Histogram {
  readonly counts: Uint32Array = new Uint32Array(BUCKET_COUNT);
  count = 0;
  sum = 0;
  min: number = Number.POSITIVE_INFINITY;
  max = 0;

  record(value: number): void {
    this.counts[bucketOf(value)]!++;
    this.count++;
    this.sum += value;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
  }

  /**
   * Adds sparse data or another histogram; the result is as if all values had been recorded here.
   */
  merge(other: HistogramData): this {
    for (let i = 0; i < other.buckets.length; i += 2) {
      this.counts[other.buckets[i]!]! += other.buckets[i + 1]!;
    }
    this.count += other.count;
    this.sum += other.sum;
    if (other.count > 0) {
      this.min = Math.min(this.min, other.min);
      this.max = Math.max(this.max, other.max);
    }
    return this;
  }

  /** Mean of the recorded values; NaN when there are none. */
  get mean(): number {
    return this.sum / this.count;
  }

  /**
   * Value at quantile `q` in 0..1, interpolated inside its bucket and clamped to [min, max]; NaN
   * when nothing was recorded. Rank as in k6 and simple-statistics: position q·(n − 1).
   */
  quantile(q: number): number {
    if (this.count === 0) return Number.NaN;
    const rank = q * (this.count - 1);
    let before = 0;
    for (let index = 0; index < BUCKET_COUNT; index++) {
      const inBucket = this.counts[index]!;
      if (before + inBucket > rank) {
        const start = bucketStart(index);
        const width = bucketStart(index + 1) - start;
        const value = start + (width * (rank - before + 0.5)) / inBucket;
        return Math.min(this.max, Math.max(this.min, value));
      }
      before += inBucket;
    }
    return this.max;
  }

  toData(): HistogramData {
    const min = this.count > 0 ? this.min : 0;
    return { count: this.count, sum: this.sum, min, max: this.max, buckets: sparse(this.counts) };
  }
}

/** One histogram of all the given ones. */
export function mergeHistograms(parts: Iterable<HistogramData>): Histogram {
  const all = new Histogram();
  for (const part of parts) all.merge(part);
  return all;
}
