/**
 * A capture as traffic of a model: who arrives when, what is asked for, by which keys, in which
 * sessions. One pass in constant memory; bodies are not looked at, and nothing that is kept can be
 * turned back into an id.
 *
 *     requests ──┬─► time line ──► rate curve ──► scatter around it (Poisson?) ──► bursts
 *                ├─► endpoints ──► shares, latencies, keys ──► Zipf
 *                └─► sessions  ──► requests each, think times
 */

import { type Dispersion, dispersionOf } from '../dispersion.ts';
import type { CaptureSource, RecordedRequest } from '../formats/capture.ts';
import { SPREAD } from '../formats/text/in-order.ts';
import { type ArrivalKind, arrivalKind } from './arrival-kind.ts';
import { longScales, ShortWindows } from './burst-scales.ts';
import { type EndpointCount, EndpointCounter } from './endpoints.ts';
import { GapCounter, type GapVariation } from './gap-variation.ts';
import { expectedCounts, fitRateCurve, merged, type RateCurve } from './rate-curve.ts';
import { SessionCounter, type Sessions } from './sessions.ts';
import { TimeLine } from './time-line.ts';
import { fitZipf, type ZipfFit } from './zipf-fit.ts';

export const WORKLOAD_FORMAT = 'plimsoll-workload/1';

export interface Workload extends ArrivalKind {
  readonly format: typeof WORKLOAD_FORMAT;
  readonly requests: number;
  /** First arrival, ns since the epoch, as text: no number holds it. */
  readonly startNs: string;
  readonly durationMs: number;
  readonly ratePerSecondMean: number;
  /** Most in one second, or in one window where these are longer. */
  readonly ratePerSecondPeak: number;
  /** Requests whose times are a day and more from all others: left out of the curve. */
  readonly far: number;
  readonly curve: RateCurve;
  readonly dispersion: readonly Dispersion[];
  /** Of the gaps between arrivals; undefined where there are too few, or only seconds are known. */
  readonly gapCv2: GapVariation | undefined;
  /** Moments are known to the second only: what happens inside it is not. */
  readonly isCoarse: boolean;
  readonly endpoints: readonly WorkloadEndpoint[];
  readonly sessions: Sessions;
}

export interface WorkloadEndpoint {
  readonly method: string;
  readonly path: string;
  readonly count: number;
  /** With its 95 % interval (Wilson), as far as requests are independent. */
  readonly share: { readonly value: number; readonly low: number; readonly high: number };
  /** Share of answers of 500 and more; undefined where no answer was recorded. */
  readonly errors: number | undefined;
  readonly latencyMs: { readonly median: number; readonly p99: number } | undefined;
  readonly keys: WorkloadKeys | undefined;
}

export interface WorkloadKeys {
  readonly requests: number;
  readonly distinct: number;
  readonly isExact: boolean;
  /** Undefined where there are too few keys or requests. */
  readonly zipf: ZipfFit | undefined;
}

const WINDOWS_MS = [100, 1000, 10_000];
const MOST_ENDPOINTS = 200;
const MOST_FITS = 20;

/**
 * Reads a capture to its end. Undefined where it has no request at all.
 *
 * @param onRequest called with every request that is counted, its arrival in ms since the first,
 *   and the index of its endpoint among the names
 * @param onEnd called with the names of endpoints, such as `GET /items/{id}`
 */
export async function workloadOf(
  source: CaptureSource,
  onRequest: (request: RecordedRequest, atMs: number, endpoint: number) => void = () => {},
  onEnd: (endpointNames: readonly string[]) => void = () => {},
): Promise<Workload | undefined> {
  const line = new TimeLine();
  const endpoints = new EndpointCounter();
  const sessions = new SessionCounter();
  let gaps = new GapCounter();
  let short = new ShortWindows();
  for await (const batch of source.batches) {
    for (const request of batch) {
      const endpoint = endpoints.add(request);
      const atMs = line.add(request.atNs);
      if (atMs === undefined) continue;
      if (line.count === 1) {
        // The requests before were far from all others: the line has begun anew.
        gaps = new GapCounter();
        short = new ShortWindows();
      }
      gaps.add(atMs);
      short.add(atMs);
      const latencyNs = request.answer?.latencyNs ?? 0n;
      sessions.add(request.connection, atMs, Number(latencyNs) / 1e6);
      onRequest(request, atMs, endpoint);
    }
  }
  if (line.firstNs === undefined || line.count === 0) return undefined;
  const isCoarse = (source.report().noted?.[SPREAD] ?? 0) > line.count / 2;
  const gapCv2 = isCoarse ? undefined : gaps.result();
  const found = {
    ...curveOf(line, short, isCoarse),
    gapCv2,
    ...asked(endpoints),
    sessions: sessions.result(),
  };
  onEnd(endpoints.names);
  return found;
}

function asked(endpoints: EndpointCounter): Pick<Workload, 'endpoints'> {
  const counted = endpoints.result();
  const total = counted.reduce((sum, { count }) => sum + count, 0);
  const shown = counted.slice(0, MOST_ENDPOINTS);
  return { endpoints: shown.map((one, at) => endpointOf(one, total, at < MOST_FITS)) };
}

function endpointOf(counted: EndpointCount, total: number, isFitted: boolean): WorkloadEndpoint {
  const { method, path, count, errors, answered, keys, latency } = counted;
  const { distinct, isExact } = keys;
  return {
    method,
    path,
    count,
    share: wilson(count, total),
    errors: answered > 0 ? errors / answered : undefined,
    latencyMs:
      latency === undefined
        ? undefined
        : { median: latency.quantile(0.5), p99: latency.quantile(0.99) },
    keys:
      keys.total === 0
        ? undefined
        : {
            requests: keys.total,
            distinct,
            isExact,
            zipf: isFitted ? fitZipf(keys.ranked(), distinct) : undefined,
          },
  };
}

/** E. Wilson, "Probable inference …", JASA 22, 1927. `wilson(5, 10)` is 0.5 (0.237–0.763). */
function wilson(count: number, total: number): WorkloadEndpoint['share'] {
  const z = 1.959963984540054;
  const value = count / total;
  const scale = 1 + (z * z) / total;
  const middle = (value + (z * z) / (2 * total)) / scale;
  const half =
    (z * Math.sqrt((value * (1 - value)) / total + (z * z) / (4 * total * total))) / scale;
  return { value, low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}

type CurveParts = Omit<Workload, 'endpoints' | 'sessions' | 'gapCv2'>;

function curveOf(line: TimeLine, short: ShortWindows, isCoarse: boolean): CurveParts {
  const { windowMs, lastMs, count } = line;
  const counts = line.windows();
  // The last request is no end: as much again as lies between two of them.
  const gapMs = count > 1 ? lastMs / (count - 1) : 1000;
  const endMs = Math.max(lastMs + gapMs, 1);
  const perSecond = Math.max(1, Math.round(1000 / windowMs));
  const seconds = merged(counts, perSecond);
  const widthMs = windowMs * perSecond;
  const curve = fitRateCurve(seconds, widthMs, endMs);
  // A long capture has only long windows.
  const wanted = windowMs > WINDOWS_MS.at(-1)! ? [windowMs, 10 * windowMs] : WINDOWS_MS;
  const dispersion = wanted.flatMap((wantedMs) => {
    if (wantedMs < windowMs || (isCoarse && wantedMs < 1000)) return [];
    const factor = Math.round(wantedMs / windowMs);
    const found = dispersionIn(counts, factor, windowMs, endMs, curve);
    return found === undefined ? [] : [found];
  });
  const scales = () => {
    const known = isCoarse ? { counts: seconds, windowMs: widthMs } : { counts, windowMs };
    const long = longScales({ ...known, endMs }, curve);
    return isCoarse ? long : [...short.scales({ ...known, endMs }, curve.pieces), ...long];
  };
  return {
    format: WORKLOAD_FORMAT,
    requests: count,
    startNs: String(line.firstNs),
    durationMs: endMs,
    ratePerSecondMean: (count * 1000) / endMs,
    ratePerSecondPeak: (Math.max(...chunkMaxima(seconds)) * 1000) / widthMs,
    far: line.far,
    curve,
    dispersion,
    ...arrivalKind(dispersion, scales, endMs),
    isCoarse,
  };
}

function dispersionIn(
  counts: Float64Array,
  factor: number,
  windowMs: number,
  endMs: number,
  curve: RateCurve,
): Dispersion | undefined {
  const widthMs = windowMs * factor;
  const whole = merged(counts, factor);
  // A last window that is cut short is none.
  const windows = Math.floor(endMs / widthMs);
  const expected = expectedCounts(curve.pieces, widthMs, whole.length);
  return dispersionOf(
    whole.subarray(0, windows),
    expected.subarray(0, windows),
    widthMs,
    curve.parameters,
  );
}

/** `Math.max` takes no more arguments than a stack holds. */
function chunkMaxima(values: Float64Array): number[] {
  const maxima: number[] = [];
  for (let at = 0; at < values.length; at += 1000) {
    maxima.push(Math.max(...values.subarray(at, at + 1000)));
  }
  return maxima;
}
