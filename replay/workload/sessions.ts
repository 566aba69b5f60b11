/**
 * Sessions: requests of one connection or client, until it has been quiet for half an hour. A pause
 * is from the end of an answer (where the capture knows it) to the next request; pauses under a
 * second are a page loading its parts, longer ones are somebody thinking.
 * Source: half an hour is the field's custom since L. Catledge, J. Pitkow, "Characterizing browsing
 * strategies in the World-Wide Web", 1995 (25.5 minutes).
 */
import { normalCdf } from '../../simulator/distributions/normal.ts';
import { bucketStart, Histogram } from '../../simulator/results/histogram.ts';

const QUIET_MS = 30 * 60 * 1000;
const THINKING_MS = 1000;
const MOST_OPEN = 200_000;
const LOOKED_AT = 64;
const LEAST_PAUSES = 30;

interface Open {
  endMs: number;
  startMs: number;
  requests: number;
}

export interface Sessions {
  readonly count: number;
  /** Sessions that were under way at the beginning or the end are as long as they were seen. */
  readonly requestsMean: number;
  readonly requestsMedian: number;
  readonly requestsP95: number;
  readonly durationMsMedian: number;
  /** Pauses of a second and more; undefined where there are too few. */
  readonly thinking: ThinkTimes | undefined;
  /** Requests of which nobody knows the client. */
  readonly unknown: number;
}

export interface ThinkTimes {
  readonly count: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  /** Of ln(pause): the fitted lognormal distribution, with the 95 % interval of its median. */
  readonly mu: number;
  readonly sigma: number;
  readonly medianLowMs: number;
  readonly medianHighMs: number;
  /** Kolmogorov's distance between pauses and the fit. */
  readonly distance: number;
}

export class SessionCounter {
  private readonly open = new Map<string, Open>();
  private readonly requests = new Histogram();
  private readonly durations = new Histogram();
  private readonly pauses = new Histogram();
  private logs = 0;
  private logSquares = 0;
  private unknown = 0;

  /** @param latencyMs of its answer, 0 where nobody knows */
  add(connection: string | undefined, atMs: number, latencyMs: number): void {
    if (connection === undefined) {
      this.unknown++;
      return;
    }
    const known = this.open.get(connection);
    const endMs = atMs + latencyMs;
    if (known !== undefined && atMs - known.endMs <= QUIET_MS) {
      this.pause(atMs - known.endMs);
      known.requests++;
      known.endMs = Math.max(known.endMs, endMs);
      return;
    }
    if (known !== undefined) this.close(connection, known);
    else if (this.open.size >= MOST_OPEN) this.closeOldest(atMs);
    this.open.set(ownText(connection), { startMs: atMs, endMs, requests: 1 });
  }

  /** Call once, at the end. */
  result(): Sessions {
    for (const [connection, open] of this.open) this.close(connection, open);
    const { requests, durations, unknown } = this;
    return {
      count: requests.count,
      requestsMean: requests.mean,
      requestsMedian: Math.round(requests.quantile(0.5)),
      requestsP95: Math.round(requests.quantile(0.95)),
      durationMsMedian: durations.quantile(0.5),
      thinking: this.thinking(),
      unknown,
    };
  }

  private pause(ms: number): void {
    if (ms < THINKING_MS) return;
    this.pauses.record(ms);
    const log = Math.log(ms);
    this.logs += log;
    this.logSquares += log * log;
  }

  private close(connection: string, { startMs, endMs, requests }: Open): void {
    this.requests.record(requests);
    this.durations.record(endMs - startMs);
    this.open.delete(connection);
  }

  /** Of those who came first: who has been quiet for long, and one in any case. */
  private closeOldest(nowMs: number): void {
    let looked = 0;
    for (const [connection, open] of this.open) {
      if (looked === 0 || nowMs - open.endMs > QUIET_MS) this.close(connection, open);
      if (++looked === LOOKED_AT) return;
    }
  }

  private thinking(): ThinkTimes | undefined {
    const { pauses } = this;
    const { count } = pauses;
    if (count < LEAST_PAUSES) return undefined;
    const mu = this.logs / count;
    const sigma = Math.sqrt(Math.max(0, this.logSquares / count - mu * mu));
    const half = (1.959963984540054 * sigma) / Math.sqrt(count);
    return {
      count,
      medianMs: pauses.quantile(0.5),
      p99Ms: pauses.quantile(0.99),
      mu,
      sigma,
      medianLowMs: Math.exp(mu - half),
      medianHighMs: Math.exp(mu + half),
      distance: distanceOf(pauses, mu, sigma),
    };
  }
}

function distanceOf({ counts, count }: Histogram, mu: number, sigma: number): number {
  let [seen, most] = [0, 0];
  for (let bucket = 0; bucket < counts.length; bucket++) {
    if (counts[bucket] === 0) continue;
    seen += counts[bucket]!;
    const fitted = normalCdf((Math.log(bucketStart(bucket + 1)) - mu) / (sigma || 1e-9));
    most = Math.max(most, Math.abs(seen / count - fitted));
  }
  return most;
}

/** Not a part of a text that would be kept with it. */
function ownText(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}
