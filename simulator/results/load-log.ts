/**
 * What a load generator writes while it works, one JSON object a line: k6 through the output in
 * `scenarios/xk6`, and the built-in generator. A request belongs to the second, counted from moment
 * 0, in which it *started*. Lines of one second add up; a file without an `end` line is cut off.
 */
import type { HistogramData } from './histogram.ts';

export const LOAD_LOG_FORMAT = 'plimsoll-load/1';

export interface LoadHeaderLine {
  readonly type: 'header';
  readonly format: typeof LOAD_LOG_FORMAT;
  readonly tool: 'k6' | 'built-in';
  readonly toolVersion: string;
  /** Layout of the histograms' buckets: must be the reader's own. */
  readonly buckets: {
    readonly lowestExponent: number;
    readonly octaves: number;
    readonly perOctave: number;
  };
}

/** Wall clock of moment 0, in ms; `declared` where the script said so, else the first request. */
export interface LoadStartLine {
  readonly type: 'start';
  readonly startAtMs: number;
  readonly declared: boolean;
}

/** Latencies in ms of requests that started within one second, by outcome. */
export interface JourneySecond {
  /** Requests that were started; absent means none. */
  readonly started?: number;
  readonly ok?: HistogramData;
  readonly error?: HistogramData;
  readonly timeout?: HistogramData;
}

export interface LoadSecondLine {
  readonly type: 'second';
  /** Negative before moment 0. */
  readonly second: number;
  readonly journeys?: Readonly<Record<string, JourneySecond>>;
  /** Actual minus intended start, in ms. */
  readonly lateness?: HistogramData;
  readonly droppedIterations?: number;
}

export interface LoadGeneratorLine {
  readonly type: 'generator';
  /** Since moment 0. */
  readonly atMs: number;
  /** CPU time of the generator's process since it began. */
  readonly cpuMs: number;
}

export interface LoadEndLine {
  readonly type: 'end';
  readonly atMs: number;
  readonly requests: number;
  /** Lines of the file, this one included. */
  readonly lines: number;
  readonly error?: string;
}

export type LoadLogLine =
  | LoadHeaderLine
  | LoadStartLine
  | LoadSecondLine
  | LoadGeneratorLine
  | LoadEndLine;
