/**
 * Counts of arrivals along a capture, in windows that begin at 100 ms and become wider as the
 * capture becomes longer: the memory is the same for a minute and for a year.
 */

const FIRST_WINDOW_MS = 100;
const MOST_WINDOWS = 65_536;
/** A request so far from the others is a mistake of a clock, unless many more come there. */
const FAR_MS = 24 * 3600 * 1000;
const PROOFS = 64;

export class TimeLine {
  windowMs: number = FIRST_WINDOW_MS;
  /** Requests that were counted; those far from the rest are not. */
  count = 0;
  far = 0;
  /** Moment of the last one, in ms since `firstNs`. */
  lastMs = 0;
  firstNs: bigint | undefined;
  private counts = new Float64Array(4096);
  private farInARow = 0;

  /** Ms since the first request; undefined for one that is far from all others. */
  add(atNs: bigint): number | undefined {
    this.firstNs ??= atNs;
    const ms = Number(atNs - this.firstNs) / 1e6;
    if (Math.abs(ms - this.lastMs) > FAR_MS) {
      this.far++;
      if (++this.farInARow < PROOFS) return undefined;
      this.far--;
      if (this.count < PROOFS || ms < 0) return this.startAgain(atNs);
    }
    this.farInARow = 0;
    // A few requests before the first: a log that is not quite in order.
    return this.countAt(Math.max(0, ms));
  }

  /** Counts so far, window by window. */
  windows(): Float64Array {
    return this.counts.slice(0, Math.floor(this.lastMs / this.windowMs) + 1);
  }

  private startAgain(atNs: bigint): number {
    this.far += this.count;
    this.count = 0;
    this.lastMs = 0;
    this.counts.fill(0);
    this.windowMs = FIRST_WINDOW_MS;
    this.firstNs = atNs;
    this.farInARow = 0;
    return this.countAt(0);
  }

  private countAt(ms: number): number {
    while (ms >= this.windowMs * MOST_WINDOWS) this.widen();
    const window = Math.floor(ms / this.windowMs);
    if (window >= this.counts.length) this.grow(window);
    this.counts[window]!++;
    this.count++;
    if (ms > this.lastMs) this.lastMs = ms;
    return ms;
  }

  private grow(window: number): void {
    const longer = new Float64Array(Math.min(MOST_WINDOWS, Math.max(window + 1, 2 * window)));
    longer.set(this.counts);
    this.counts = longer;
  }

  private widen(): void {
    const halves = this.counts;
    this.counts = new Float64Array(MOST_WINDOWS);
    for (let at = 0; at < halves.length; at++) this.counts[at >> 1]! += halves[at]!;
    this.windowMs *= 2;
  }
}
