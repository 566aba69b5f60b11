/**
 * How gaps between arrivals vary: their squared coefficient of variation (variance ÷ mean²), 1 for
 * a Poisson process, 0 for even spacing, more for bursts, whatever the rate does meanwhile. One
 * pass, constant memory.
 *
 * Gaps are taken in blocks of 50, in which a rate hardly changes. Of each block s² estimates the
 * variance without bias and m² − s²/50 the squared mean; both are measured in units of the block
 * before, so that slow hours weigh as much as busy ones. The estimate is the ratio of their sums,
 * its interval that of a ratio of means over blocks.
 * Source: W. Cochran, "Sampling Techniques", 1977, 6.4 (variance of a ratio).
 */

export interface GapVariation {
  /** Squared coefficient of variation, with its 95 % interval. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly gaps: number;
}

const BLOCK = 50;
const LEAST_BLOCKS = 10;
const Z95 = 1.959963984540054;

export class GapCounter {
  private latestMs: number | undefined;
  private inside = 0;
  private sum = 0;
  private squares = 0;
  /** Of the block before, in ms²; 0 until there is one. */
  private unit = 0;
  private blocks = 0;
  private readonly sums = { a: 0, b: 0, aa: 0, ab: 0, bb: 0 };

  /** Takes the next arrival; one that is not later than the last is a gap of 0. */
  add(atMs: number): void {
    const gapMs = this.latestMs === undefined ? undefined : Math.max(0, atMs - this.latestMs);
    this.latestMs = Math.max(atMs, this.latestMs ?? atMs);
    if (gapMs === undefined) return;
    this.sum += gapMs;
    this.squares += gapMs * gapMs;
    if (++this.inside === BLOCK) this.close();
  }

  /** Undefined where there are fewer than 500 gaps, or where all requests came at once. */
  result(): GapVariation | undefined {
    const { a, b, aa, ab, bb } = this.sums;
    if (this.blocks < LEAST_BLOCKS || !(b > 0)) return undefined;
    const value = a / b;
    const spread = Math.max(0, aa - 2 * value * ab + value * value * bb);
    const half = (Z95 * Math.sqrt(spread)) / b;
    return { value, low: Math.max(0, value - half), high: value + half, gaps: this.blocks * BLOCK };
  }

  private close(): void {
    const mean = this.sum / BLOCK;
    const variance = Math.max(0, (this.squares - this.sum * mean) / (BLOCK - 1));
    if (this.unit > 0)
      this.addBlock(variance / this.unit, (mean * mean - variance / BLOCK) / this.unit);
    this.unit = mean * mean;
    this.inside = 0;
    this.sum = 0;
    this.squares = 0;
  }

  private addBlock(a: number, b: number): void {
    const { sums } = this;
    this.blocks++;
    sums.a += a;
    sums.b += b;
    sums.aa += a * a;
    sums.ab += a * b;
    sums.bb += b * b;
  }
}
