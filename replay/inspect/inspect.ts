/** What is in a capture, whatever its format: one pass, and memory that does not grow with it. */
import { Histogram } from '../../simulator/results/histogram.ts';
import { foldTarget } from '../endpoint.ts';
import type { CaptureSource, ReadReport, RecordedRequest } from '../formats/capture.ts';
import { isMarked } from '../safety/marker.ts';
import { ArrivalCounter, type Arrivals } from './arrivals.ts';
import { type Counted, compareText, NameCounts, OTHERS, ownText } from './names.ts';
import { SecretCounter, type SecretCounts } from './secrets.ts';

export interface Inspection {
  readonly format: 'plimsoll-inspection/1';
  /** Of the capture, such as `gor`. */
  readonly captureFormat: string;
  readonly report: ReadReport;
  readonly requests: number;
  readonly answered: number;
  /** Undefined where the capture has no requests. */
  readonly arrivals: Arrivals | undefined;
  /** Distinct connections (or sessions) and the requests that name one. */
  readonly connections: Distinct & { readonly requests: number };
  readonly hosts: readonly Counted[];
  readonly methods: readonly Counted[];
  /** Share of requests whose method may change something: not GET, HEAD or OPTIONS. */
  readonly mutatingRatio: number;
  readonly endpoints: readonly Endpoint[];
  /** By the first digit of the answer's status, such as `5xx`. */
  readonly statuses: readonly Counted[];
  readonly latency: Latency | undefined;
  readonly bodyBytes: number;
  readonly answerBodyBytes: number;
  readonly secrets: SecretCounts;
  /** Marked as sent by a load test or a replay: not what users did. */
  readonly marked: number;
}

interface Distinct {
  readonly distinct: number;
  /** There were more than are counted one by one. */
  readonly isAtLeast: boolean;
}

export interface Latency {
  readonly latencyMsMean: number;
  readonly latencyMsP50: number;
  readonly latencyMsP99: number;
  readonly latencyMsMax: number;
}

export interface Endpoint extends Counted {
  /** Answers with a status from 500 on. */
  readonly failed: number;
  /** Undefined where no latency was recorded, or for all but the first endpoints of very many. */
  readonly latency: Latency | undefined;
}

const MOST_ENDPOINTS = 10_000;
const MOST_HISTOGRAMS = 500;
const MOST_CONNECTIONS = 100_000;
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Reads a capture to its end. Throws what the source throws, and the signal's reason. */
export async function inspect(
  source: CaptureSource,
  options: { readonly signal?: AbortSignal; readonly onProgress?: (requests: number) => void } = {},
): Promise<Inspection> {
  const inspector = new Inspector();
  for await (const batch of source.batches) {
    options.signal?.throwIfAborted();
    for (const request of batch) inspector.add(request);
    options.onProgress?.(inspector.requests);
  }
  return inspector.summary(source.format, source.report());
}

interface EndpointCount {
  count: number;
  failed: number;
  latency: Histogram | undefined;
}

class Inspector {
  requests = 0;
  private answered = 0;
  private mutating = 0;
  private marked = 0;
  private bodyBytes = 0;
  private answerBodyBytes = 0;
  private withConnection = 0;
  private readonly arrivals = new ArrivalCounter();
  private readonly secrets = new SecretCounter();
  private readonly hosts = new NameCounts(true);
  private readonly methods = new NameCounts();
  private readonly statuses = new NameCounts();
  private readonly connections = new Set<string>();
  private hasMoreConnections = false;
  private readonly endpoints = new Map<string, EndpointCount>();
  private readonly latency = new Histogram();

  add(request: RecordedRequest): void {
    this.requests++;
    const { method, headers, body } = request;
    this.arrivals.add(request.atNs);
    this.secrets.add(request);
    this.methods.add(method);
    this.addHeaders(headers);
    if (!SAFE.has(method)) this.mutating++;
    this.bodyBytes += body?.length ?? 0;
    this.addConnection(request.connection);
    this.addAnswer(request, this.endpointFor(request));
  }

  private addHeaders(headers: readonly string[]): void {
    let host = '(none)';
    for (let index = 0; index < headers.length; index += 2) {
      const name = headers[index]!.toLowerCase();
      if (name === 'host') host = headers[index + 1]!;
    }
    if (isMarked(headers)) this.marked++;
    this.hosts.add(host);
  }

  private addConnection(connection: string | undefined): void {
    if (connection === undefined) return;
    this.withConnection++;
    if (this.connections.size < MOST_CONNECTIONS) this.connections.add(ownText(connection));
    else this.hasMoreConnections ||= !this.connections.has(connection);
  }

  private endpointFor({ method, target }: RecordedRequest): EndpointCount {
    const name = `${method} ${foldTarget(target).path}`;
    const known = this.endpoints.get(name);
    if (known !== undefined) return known;
    const key = this.endpoints.size < MOST_ENDPOINTS ? ownText(name) : OTHERS;
    const found = this.endpoints.get(key) ?? { count: 0, failed: 0, latency: undefined };
    this.endpoints.set(key, found);
    return found;
  }

  private addAnswer({ answer }: RecordedRequest, endpoint: EndpointCount): void {
    endpoint.count++;
    if (answer === undefined) return;
    this.answered++;
    this.answerBodyBytes += answer.body?.length ?? 0;
    this.statuses.add(`${Math.floor(answer.status / 100)}xx`);
    if (answer.status >= 500) endpoint.failed++;
    if (answer.latencyNs === undefined || answer.latencyNs < 0n) return;
    const latencyMs = Number(answer.latencyNs) / 1e6;
    this.latency.record(latencyMs);
    if (this.endpoints.size <= MOST_HISTOGRAMS) endpoint.latency ??= new Histogram();
    endpoint.latency?.record(latencyMs);
  }

  summary(captureFormat: string, report: ReadReport): Inspection {
    const { requests, answered, bodyBytes, answerBodyBytes, marked } = this;
    return {
      format: 'plimsoll-inspection/1',
      captureFormat,
      report,
      requests,
      answered,
      arrivals: requests > 0 ? this.arrivals.summary() : undefined,
      connections: {
        distinct: this.connections.size,
        isAtLeast: this.hasMoreConnections,
        requests: this.withConnection,
      },
      hosts: this.hosts.summary(),
      methods: this.methods.summary(),
      mutatingRatio: requests > 0 ? this.mutating / requests : 0,
      endpoints: this.endpointSummary(),
      statuses: this.statuses.summary(),
      latency: latencyOf(this.latency),
      bodyBytes,
      answerBodyBytes,
      secrets: this.secrets.summary(),
      marked,
    };
  }

  private endpointSummary(): Endpoint[] {
    return [...this.endpoints]
      .map(([name, { count, failed, latency }]) => ({
        name,
        count,
        failed,
        latency: latency && latencyOf(latency),
      }))
      .sort((a, b) => b.count - a.count || compareText(a.name, b.name));
  }
}

function latencyOf(histogram: Histogram): Latency | undefined {
  if (histogram.count === 0) return undefined;
  return {
    latencyMsMean: histogram.mean,
    latencyMsP50: histogram.quantile(0.5),
    latencyMsP99: histogram.quantile(0.99),
    latencyMsMax: histogram.max,
  };
}
