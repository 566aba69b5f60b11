/**
 * Writes the log of a load generator (`simulator/results/load-log.ts`): whole lines at every flush,
 * so that it can be read while it grows, and at last a line that says that nothing is missing.
 */
import { BUCKET_LAYOUT } from '../simulator/results/histogram.ts';
import { LOAD_LOG_FORMAT, type LoadLogLine } from '../simulator/results/load-log.ts';
import { LoadSeconds } from './load-seconds.ts';

export class LoadLog {
  readonly seconds: LoadSeconds;
  private readonly startAtMs: number;
  private readonly write: (text: string) => void;
  private text = '';
  private lines = 0;

  /**
   * @param write takes some whole lines at a time
   * @param startAtMs epoch time of moment 0
   */
  constructor(write: (text: string) => void, startAtMs: number, toolVersion: string) {
    this.write = write;
    this.startAtMs = startAtMs;
    this.seconds = new LoadSeconds(startAtMs);
    this.add({
      type: 'header',
      format: LOAD_LOG_FORMAT,
      tool: 'built-in',
      toolVersion,
      buckets: BUCKET_LAYOUT,
    });
    this.add({ type: 'start', startAtMs, declared: true });
    this.hand();
  }

  /** What came in since the last time, and a look at the generator itself. */
  flush(nowMs: number, cpuMs: number): void {
    for (const second of this.seconds.drain()) this.add(second);
    this.add({ type: 'generator', atMs: this.sinceStart(nowMs), cpuMs });
    this.hand();
  }

  /** The last lines; `requests` are those that came to an end, in whatever way. */
  end(nowMs: number, cpuMs: number, requests: number, error?: string): void {
    this.flush(nowMs, cpuMs);
    this.add({
      type: 'end',
      atMs: this.sinceStart(nowMs),
      requests,
      lines: this.lines + 1,
      ...(error !== undefined && { error }),
    });
    this.hand();
  }

  /** Microseconds are all that an epoch time in a double can tell. */
  private sinceStart(nowMs: number): number {
    return Math.round((nowMs - this.startAtMs) * 1000) / 1000;
  }

  private add(line: LoadLogLine): void {
    this.text += `${JSON.stringify(line)}\n`;
    this.lines++;
  }

  private hand(): void {
    this.write(this.text);
    this.text = '';
  }
}
