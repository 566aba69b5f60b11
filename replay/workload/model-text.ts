/**
 * A workload as YAML: an overlay for a model that has its services already, or a whole model in
 * which every endpoint takes the time that the capture has seen. Comments say how good each fit is.
 */
import {
  formatCount,
  formatDuration,
  formatPercent,
  formatRate,
  significant,
  writeDuration,
  writeRate,
} from '../../simulator/model/units.ts';
import type { Bursts } from '../../simulator/theory/mmpp.ts';
import type { CurvePiece } from './rate-curve.ts';
import type { Workload, WorkloadEndpoint } from './workload.ts';

export interface ModelTextOptions {
  /** The service that is called; default `web`. */
  readonly service?: string;
  /** Whether services are written, too. */
  readonly isWhole?: boolean;
  /** As the first comment says it. */
  readonly capture: string;
}

const MOST_WAYS = 20;
const LEAST_SHARE = 0.001;
/** Caches hold a tenth of the keys until somebody says otherwise. */
const CACHED = 0.1;
const MOST_NAME = 40;
/** Where no model's arrivals are like the capture's. */
const OWN = "drive the model with the capture's own arrivals (--arrivals)";

/** An endpoint of the mix, by the name that the model calls it. */
interface Way {
  readonly name: string;
  readonly endpoint: WorkloadEndpoint | undefined;
  /** Hundredths of a percent. */
  readonly share: number;
}

/** Ends in a line feed; a model's parser takes it as it is. */
export function modelText(workload: Workload, options: ModelTextOptions): string {
  const { service = 'web', isWhole = false, capture } = options;
  const ways = waysOf(workload);
  const caches = cachesOf(ways);
  const lines = [
    ...head(workload, capture),
    ...(isWhole
      ? []
      : ['# An overlay: simulate <model> --overlay <this file>. A whole model: --whole.']),
    ...(isWhole ? [`name: ${nameOf(capture)}`] : []),
    // As long as the curve, which a model takes no more of.
    `duration: ${duration(lengthMs(workload))}`,
    ...trafficOf(workload),
    ...journeysOf(ways, service),
    ...(isWhole ? serviceOf(ways, service) : []),
    ...caches,
  ];
  return `${lines.join('\n')}\n`;
}

function head(workload: Workload, capture: string): string[] {
  const { requests, durationMs, ratePerSecondMean, ratePerSecondPeak, curve } = workload;
  return [
    `# Traffic of ${comment(capture)}: ${formatCount(requests)} requests in ` +
      `${formatDuration(durationMs)},`,
    `# ${formatRate(ratePerSecondMean)} in the mean, at most ${formatRate(ratePerSecondPeak)}. ` +
      `The curve explains ${formatPercent(curve.explained)} of the rate's variance.`,
    ...scatterComments(workload),
    ...burstComments(workload),
    ...sessionComments(workload),
  ];
}

function scatterComments({ dispersion, arrivals, bursts, isCoarse, gapCv2 }: Workload): string[] {
  const indices = dispersion.map(
    ({ windowMs, index }) =>
      `${interval(index.value, index.low, index.high)} in ${formatDuration(windowMs)}`,
  );
  const isSure = dispersion.every(({ isPoisson }) => isPoisson);
  const words = {
    poisson: isSure ? 'arrivals are Poisson' : 'arrivals are Poisson, or nearly',
    even: 'arrivals are evenly spaced',
    regular: `more regular than Poisson, which is assumed: ${OWN}`,
    bursty: 'arrivals come in bursts',
    unknown: 'too short to say how arrivals scatter',
  }[arrivals];
  const coarse = isCoarse ? ['# Times are whole seconds: nothing is known of bursts inside.'] : [];
  const numbers = indices.length > 0 ? `# Index of dispersion ${indices.join(', ')}:` : '#';
  // What bursts are told with has indices of more windows.
  const scatter = bursts === undefined ? [`${numbers} ${words}.`] : [];
  return [...scatter, ...gapComments(gapCv2), ...coarse];
}

function gapComments(gapCv2: Workload['gapCv2']): string[] {
  if (gapCv2 === undefined) return [];
  const { value, low, high } = gapCv2;
  return [
    `# CV² of the gaps between arrivals ${interval(value, low, high)}; 1 is Poisson, 0 even.`,
  ];
}

/** How near the fit is to the capture, or why the model has to be driven in another way. */
function burstComments({ arrivals, bursts }: Workload): string[] {
  if (arrivals !== 'bursty') return [];
  if (bursts === undefined) return [`# Of which kind, so few windows do not say: ${OWN}.`];
  const { count, indices, distance, quality } = bursts;
  const numbers = decadesOf(indices).map(
    ({ windowMs, captured, fitted }) =>
      `#   in ${formatDuration(windowMs)} ${significant(captured)}, and ${significant(fitted)}`,
  );
  const off = `at most ${formatPercent(distance)} off beyond chance: ${quality}`;
  return [
    `# Arrivals come in bursts, some ${formatCount(Math.round(count))} of them. Index of dispersion ` +
      `(1 is Poisson) of the capture,`,
    `# and of bursts as a model has them, ${off}.`,
    ...numbers,
    ...(quality === 'none' ? [`# Neither Poisson nor such bursts fit: ${OWN}.`] : []),
  ];
}

/** One window length of each decade. */
function decadesOf<T extends { readonly windowMs: number }>(all: readonly T[]): T[] {
  const shown: T[] = [];
  for (const one of all) {
    const latest = shown.at(-1);
    if (latest === undefined || one.windowMs >= 10 * latest.windowMs) shown.push(one);
  }
  return shown;
}

/** What no model has: who comes again, and after how long. */
function sessionComments({ sessions }: Workload): string[] {
  const { count, requestsMean, requestsMedian, requestsP95, thinking } = sessions;
  if (count === 0) return [];
  const lines = [
    `# ${formatCount(count)} sessions of ${requestsMean.toFixed(1)} requests in the mean (median ` +
      `${requestsMedian}, p95 ${requestsP95}).`,
  ];
  if (thinking === undefined) return lines;
  const { medianMs, medianLowMs, medianHighMs, p99Ms, sigma, distance } = thinking;
  const between = `${formatDuration(medianLowMs)}-${formatDuration(medianHighMs)}`;
  return [
    ...lines,
    `# Think times: median ${formatDuration(medianMs)} (lognormal: ${between}), p99 ` +
      `${formatDuration(p99Ms)}, sigma ${sigma.toFixed(2)}, at most ${formatPercent(distance)} off.`,
  ];
}

function interval(value: number, low: number, high: number): string {
  return `${value.toFixed(2)} (${low.toFixed(2)}-${high.toFixed(2)})`;
}

function trafficOf({ curve, arrivals, bursts }: Workload): string[] {
  const isFitted = bursts !== undefined && bursts.quality !== 'none';
  const kind = isFitted ? burstsText(bursts.bursts) : arrivals === 'even' ? 'even' : 'poisson';
  const pieces = curve.pieces.flatMap(pieceOf);
  return [
    'traffic:',
    '  captured:',
    '    does: visit',
    `    arrivals: ${kind}`,
    '    rate:',
    ...pieces.map((piece) => `      - ${piece}`),
  ];
}

/** Rounded, and still no more in bursts than there is in all. */
function burstsText({ everyMs, forMs, times }: Bursts): string {
  const [every, length] = [everyMs, forMs].map((ms) => Number(ms.toPrecision(4)));
  const most = Math.floor((1000 * every!) / length!) / 1000;
  const above = Number((times - 1).toPrecision(3));
  const high = Math.min(most, Number((1 + above).toPrecision(9)));
  const words = `every: ${writeDuration(every!)}, for: ${writeDuration(length!)}, times: ${high}`;
  return `{ bursts: { ${words} } }`;
}

function lengthMs({ curve }: Workload): number {
  return curve.pieces.reduce((sum, piece) => sum + pieceMs(piece), 0);
}

function pieceMs({ startMs, endMs }: CurvePiece): number {
  return Math.max(2, Math.round(endMs - startMs));
}

/** A ramp begins where the piece before it ended: a jump to its beginning is a piece by itself. */
function pieceOf(piece: CurvePiece, at: number, all: readonly CurvePiece[]): string[] {
  const { fromPerSecond, toPerSecond } = piece;
  const length = pieceMs(piece);
  const [from, to] = [rate(fromPerSecond), rate(toPerSecond)];
  if (from === to) return [`{ at: ${to}, for: ${duration(length)} }`];
  const before = all[at - 1];
  const isJoined = before !== undefined && rate(before.toPerSecond) === from;
  const ramp = (ms: number) => `{ to: ${to}, for: ${duration(ms)} }`;
  return isJoined ? [ramp(length)] : [`{ at: ${from}, for: 1ms }`, ramp(length - 1)];
}

/** Four significant digits: nearer than any capture of less than four million requests tells. */
function rate(perSecond: number): string {
  const digits = perSecond < 0.001 ? perSecond.toFixed(6) : perSecond.toPrecision(4);
  return writeRate(Number(perSecond > 0 ? digits : 0));
}

function duration(ms: number): string {
  return writeDuration(Math.max(1, Math.round(ms)));
}

/** The most frequent endpoints with their shares, and one for all others; together 100 %. */
function waysOf({ endpoints, requests }: Workload): Way[] {
  const total = Math.max(
    requests,
    endpoints.reduce((sum, { count }) => sum + count, 0),
  );
  const named = endpoints.slice(0, MOST_WAYS).filter(({ count }) => count / total >= LEAST_SHARE);
  const names = uniqueNames(named);
  const rest = total - named.reduce((sum, { count }) => sum + count, 0);
  const parts = named.map(({ count }) => count).concat(rest > 0 ? [rest] : []);
  const shares = hundredths(parts, total);
  const ways: Way[] = named.map((endpoint, at) => ({
    name: names[at]!,
    endpoint,
    share: shares[at]!,
  }));
  if (rest > 0) ways.push({ name: 'other', endpoint: undefined, share: shares.at(-1)! });
  return ways.filter(({ share }) => share > 0);
}

/** Parts of 10,000 that sum up to it: the largest remainders are rounded up. */
function hundredths(parts: readonly number[], total: number): number[] {
  const exact = parts.map((part) => (part / total) * 10_000);
  const floors = exact.map(Math.floor);
  let left = 10_000 - floors.reduce((sum, floor) => sum + floor, 0);
  const byRemainder = [...exact.keys()].sort(
    (a, b) => exact[b]! - floors[b]! - (exact[a]! - floors[a]!) || a - b,
  );
  for (const at of byRemainder) if (left-- > 0) floors[at]!++;
  return floors;
}

function uniqueNames(endpoints: readonly WorkloadEndpoint[]): string[] {
  const taken = new Set<string>(['other']);
  return endpoints.map(({ method, path }) => {
    const base = nameOf(`${method} ${path === '/' ? 'root' : path}`);
    let name = base;
    for (let n = 2; taken.has(name); n++) name = `${base}-${n}`;
    taken.add(name);
    return name;
  });
}

/** As models want them: `GET /users/{id}` is `get-users-id`. */
function nameOf(text: string): string {
  const plain = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[-0-9]+/, '')
    .slice(0, MOST_NAME)
    .replace(/-$/, '');
  return plain === '' ? 'endpoint' : plain;
}

function journeysOf(ways: readonly Way[], service: string): string[] {
  const call = ({ name }: Way) => `{ call: ${service}.${name} }`;
  if (ways.length === 1) {
    return ['journeys:', '  visit:', `    - ${call(ways[0]!)} # ${label(ways[0]!)}`];
  }
  const lines = ['journeys:', '  visit:', '    - choose:'];
  for (const way of ways) {
    const share = `${(way.share / 100).toFixed(2)}%`;
    lines.push(`        # ${label(way)}`);
    lines.push(`        - { share: ${share}, steps: [${call(way)}] }`);
  }
  return lines;
}

function label({ endpoint }: Way): string {
  if (endpoint === undefined) return 'all others';
  const { method, path, share, count } = endpoint;
  const [low, high] = [share.low, share.high].map((ratio) => (ratio * 100).toFixed(2));
  return `${comment(`${method} ${path}`)}: ${formatCount(count)}, ${low}-${high} %`;
}

/** What the capture has seen, waits and all, until somebody knows what it is made of. */
function serviceOf(ways: readonly Way[], service: string): string[] {
  const lines = [
    'services:',
    `  ${service}:`,
    '    # Answers take the times that the capture has seen, however many ask at once.',
    '    serves: delay',
    '    instances: 1',
    '    endpoints:',
  ];
  return lines.concat(
    ways.map(({ name, endpoint }) => `      ${name}: [{ wait: ${waitOf(endpoint)} }]`),
  );
}

function waitOf(endpoint: WorkloadEndpoint | undefined): string {
  const latency = endpoint?.latencyMs;
  if (latency === undefined || !(latency.median > 0)) return '1ms';
  const [median, p99] = [latency.median, latency.p99].map((ms) => Number(ms.toPrecision(3)));
  if (!(p99! > median!)) return duration3(median!);
  return `{ median: ${duration3(median!)}, p99: ${duration3(p99!)} }`;
}

function duration3(ms: number): string {
  return writeDuration(Math.max(0.001, ms));
}

/** One cache for every endpoint whose keys follow Zipf's law. */
function cachesOf(ways: readonly Way[]): string[] {
  const lines: string[] = [];
  for (const { name, endpoint } of ways) {
    const fit = endpoint?.keys?.zipf;
    if (fit === undefined || fit.quality === 'none') continue;
    const { value, low, high } = fit.exponent;
    lines.push(
      `  # ${formatCount(fit.distinct)} keys were asked for. Zipf ${value.toFixed(2)} ` +
        `(${low.toFixed(2)}-${high.toFixed(2)}), at most ${formatPercent(fit.distance)} off: ` +
        `${fit.quality}.`,
      `  # Assumed: it holds a tenth of them.`,
      `  ${name}:`,
      `    entries: ${Math.max(1, Math.round(fit.keys * CACHED))}`,
      `    keys: { count: ${fit.keys}, zipf: ${Number(value.toFixed(3))} }`,
    );
  }
  return lines.length > 0 ? ['caches:', ...lines] : [];
}

/** Text of somebody else's in a comment: on one line, nothing that steers a terminal. */
function comment(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 100);
}
