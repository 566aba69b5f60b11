/**
 * The arrivals of a capture, for driving a model with them: JSON lines, a header, then blocks of a
 * thousand arrivals as load plans have them (`simulator/traffic/load-plan.ts`), then how many there
 * were. Written as the capture is read: nothing is held but a block.
 *
 *     {"format":"plimsoll-arrivals/1","startNs":"1636397990900000000"}
 *     "0,1500,…"
 *     {"arrivals":2,"durationMs":3}
 */
import {
  ARRIVALS_PER_BLOCK,
  decodeArrivals,
  encodeArrivals,
} from '../../simulator/traffic/load-plan.ts';

export const ARRIVALS_FORMAT = 'plimsoll-arrivals/1';

export class ArrivalsWriter {
  private readonly block = new Float64Array(ARRIVALS_PER_BLOCK);
  private readonly write: (line: string) => void;
  private filled = 0;
  private count = 0;
  private lastMs = 0;

  /** @param write takes a line, with its line feed */
  constructor(write: (line: string) => void) {
    this.write = write;
  }

  /** Ms since the first arrival; in order, what is late comes with the one before it. */
  add(atMs: number, startNs: bigint): void {
    if (this.count === 0) {
      this.write(`${JSON.stringify({ format: ARRIVALS_FORMAT, startNs: String(startNs) })}\n`);
    }
    this.lastMs = Math.max(this.lastMs, atMs);
    this.block[this.filled++] = this.lastMs;
    this.count++;
    if (this.filled === ARRIVALS_PER_BLOCK) this.flush();
  }

  /** @param durationMs of the capture */
  end(durationMs: number): void {
    this.flush();
    this.write(`${JSON.stringify({ arrivals: this.count, durationMs })}\n`);
  }

  private flush(): void {
    for (const block of encodeArrivals(this.block.subarray(0, this.filled))) {
      this.write(`${JSON.stringify(block)}\n`);
    }
    this.filled = 0;
  }
}

/**
 * Arrival times in ms, in order. Throws a RangeError for text that is no such file, or not all of
 * it.
 */
export function readArrivals(text: string): Float64Array {
  const lines = text.split('\n').filter((line) => line !== '');
  const wrong = (what: string) => new RangeError(`arrivals: expected ${what}`);
  const values = lines.map((line) => JSON.parse(line) as unknown);
  const [header, end] = [values[0], values.at(-1)];
  if (!isRecord(header) || header['format'] !== ARRIVALS_FORMAT) throw wrong(ARRIVALS_FORMAT);
  const times = values.slice(1, -1).flatMap((block) => {
    if (typeof block !== 'string' || !/^\d+(,\d+)*$/.test(block)) throw wrong('blocks of numbers');
    return decodeArrivals(block);
  });
  const isWhole = isRecord(end) && end['arrivals'] === times.length;
  if (!isWhole) throw wrong('as many arrivals as its last line says');
  return Float64Array.from(times);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
