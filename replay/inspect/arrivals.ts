/** When requests came: rates, gaps and burstiness, in one pass and in constant memory. */

import { Histogram } from '../../simulator/results/histogram.ts';
import { Moments } from '../dispersion.ts';

export interface Arrivals {
  readonly count: number;
  /** Of the first and last request, ns since the Unix epoch: as text, beyond what a number is. */
  readonly firstNs: string;
  readonly lastNs: string;
  readonly durationMs: number;
  /** Undefined where there are too few to tell. */
  readonly perSecondMean: number | undefined;
  /** Requests of the busiest second, seconds counted from the first request. */
  readonly perSecondPeak: number;
  /** ms since the first request at which that second begins. */
  readonly peakAtMs: number;
  readonly gapMsP50: number | undefined;
  readonly gapMsP99: number | undefined;
  readonly gapMsMax: number | undefined;
  /** ms since the first request at which the longest gap begins. */
  readonly longestGapAtMs: number | undefined;
  /**
   * Variance ÷ mean² of the gaps: 0 evenly spaced, 1 Poisson, more is bursty (the squared
   * coefficient of variation).
   */
  readonly gapCv2: number | undefined;
  /**
   * Variance ÷ mean of the counts in windows of so many seconds: 1 Poisson at any length, more and
   * growing where bursts or swings are longer (the index of dispersion for counts).
   */
  readonly dispersion: { readonly '1s': number | undefined; readonly '10s': number | undefined };
}

const FEWEST_OF_A_RATE = 10;
const NS_PER_MS = 1_000_000n;

export class ArrivalCounter {
  private count = 0;
  private firstNs = 0n;
  private lastNs = 0n;
  private readonly gaps = new Histogram();
  private readonly gapMoments = new Moments();
  private longest = { ms: -1, atMs: 0 };
  private readonly seconds = new WindowCounter(1000);
  private readonly tens = new WindowCounter(10_000);

  /** Takes the next arrival; one that is not later than the last is a gap of 0. */
  add(atNs: bigint): void {
    if (this.count++ === 0) {
      this.firstNs = atNs;
      this.lastNs = atNs;
    }
    const gapMs = Math.max(0, msOf(atNs - this.lastNs));
    if (this.count > 1) this.addGap(gapMs);
    if (atNs > this.lastNs) this.lastNs = atNs;
    const sinceMs = this.sinceFirstMs();
    this.seconds.add(sinceMs);
    this.tens.add(sinceMs);
  }

  summary(): Arrivals {
    const durationMs = this.sinceFirstMs();
    const hasGaps = this.count > 1;
    const isRate = this.count >= FEWEST_OF_A_RATE && durationMs > 0;
    const { gaps, seconds, tens, longest } = this;
    return {
      count: this.count,
      firstNs: String(this.firstNs),
      lastNs: String(this.lastNs),
      durationMs,
      // n arrivals have n − 1 gaps between them.
      perSecondMean: isRate ? (this.count - 1) / (durationMs / 1000) : undefined,
      perSecondPeak: seconds.most,
      peakAtMs: seconds.mostAtMs,
      gapMsP50: hasGaps ? gaps.quantile(0.5) : undefined,
      gapMsP99: hasGaps ? gaps.quantile(0.99) : undefined,
      gapMsMax: hasGaps ? longest.ms : undefined,
      longestGapAtMs: hasGaps ? longest.atMs : undefined,
      gapCv2: this.gapMoments.variationSquared(),
      dispersion: { '1s': seconds.dispersion(), '10s': tens.dispersion() },
    };
  }

  private addGap(gapMs: number): void {
    this.gaps.record(gapMs);
    this.gapMoments.add(gapMs, 1);
    if (gapMs > this.longest.ms) this.longest = { ms: gapMs, atMs: this.sinceFirstMs() };
  }

  private sinceFirstMs(): number {
    return msOf(this.lastNs - this.firstNs);
  }
}

/** Exact to a double, also where the nanoseconds alone are beyond one. */
function msOf(ns: bigint): number {
  return Number(ns / NS_PER_MS) + Number(ns % NS_PER_MS) / 1e6;
}

/** Counts in windows one after the other; those without an arrival count as well. */
class WindowCounter {
  most = 0;
  mostAtMs = 0;
  private readonly windowMs: number;
  private readonly moments = new Moments();
  private index = 0;
  private inside = 0;

  constructor(windowMs: number) {
    this.windowMs = windowMs;
  }

  add(sinceMs: number): void {
    const index = Math.floor(sinceMs / this.windowMs);
    if (index > this.index) {
      this.moments.add(this.inside, 1);
      const empty = index - this.index - 1;
      if (empty > 0) this.moments.add(0, empty);
      this.index = index;
      this.inside = 0;
    }
    this.inside++;
    if (this.inside <= this.most) return;
    this.most = this.inside;
    this.mostAtMs = this.index * this.windowMs;
  }

  /** Of whole windows: the last one is not over. Undefined where they are fewer than 10. */
  dispersion(): number | undefined {
    return this.moments.dispersion();
  }
}
