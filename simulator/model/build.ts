/**
 * A checked document → the Model: words become numbers, defaults are filled in. Named things come
 * in the order of their names, so that the order of keys in a file never shows in a result; the
 * traffic that names the phases comes first, because phases are read from the first.
 */

import type { ReplayedArrivals } from './arrival-settings.ts';
import { buildBalancing } from './build-balancing.ts';
import { faultsOf } from './build-faults.ts';
import { buildHealth } from './build-health.ts';
import { buildInstance } from './build-instance.ts';
import { buildRateLimit } from './build-limits.ts';
import { buildLocalities, zoneNames } from './build-localities.ts';
import { buildNodes } from './build-nodes.ts';
import { rolloutsOf } from './build-rollouts.ts';
import { buildScaling } from './build-scaling.ts';
import { buildSteps } from './build-steps.ts';
import { checked, distribution, duration, rate, ratio } from './build-units.ts';
import type {
  Cache,
  Journey,
  Model,
  RateSegment,
  ServerKind,
  Service,
  Slo,
  ThreadQueue,
  Traffic,
} from './model.ts';
import type {
  CacheDocument,
  ModelDocument,
  QueueDocument,
  ServiceDocument,
  SloDocument,
  StepDocument,
  TrafficDocument,
} from './model-document.ts';
import { parseStarts } from './starts.ts';
import { addMs, parseQuantile } from './units.ts';

/** Turns a document that has passed the schema and the rules into numbers. */
export function buildModel(
  document: ModelDocument,
  replayed: ReadonlyMap<string, ReplayedArrivals> = new Map(),
): Model {
  const durationMs = duration(document.duration);
  const starts = document.starts ?? 'Mon 00:00';
  const clockMs = checked(parseStarts(starts), starts);
  const caches = byName(document.caches ?? {}).map(([name, value]) => cache(name, value));
  return {
    name: document.name,
    durationMs,
    warmUpMs: duration(document['warm-up'] ?? '0s'),
    hopMs: duration(document.hop ?? '0s'),
    slos: byName(document.slo ?? {}).map(([journey, asked]) => slo(journey, asked)),
    traffic: traffics(document.traffic, durationMs, replayed),
    journeys: steps(document.journeys),
    services: byName(document.services).map(([name, value]) => ({
      ...service(name, value, document, clockMs),
      ...faultsOf(name, document.faults ?? [], zoneNames(value.zones)),
    })),
    ...(caches.length > 0 && { caches }),
    ...buildNodes(document),
  };
}

function byName<T>(entries: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1));
}

function slo(journey: string, asked: SloDocument): Slo {
  const { errors, ...rest } = asked;
  const quantiles = Object.entries(rest)
    .flatMap(([name, text]) => (text === undefined ? [] : [{ name, ms: duration(text) }]))
    .map(({ name, ms }) => ({ quantile: checked(parseQuantile(name), name), ms }))
    .sort((a, b) => a.quantile - b.quantile);
  return { journey, quantiles, errorRatio: errors === undefined ? undefined : ratio(errors) };
}

function traffics(
  document: ModelDocument['traffic'],
  durationMs: number,
  replayed: ReadonlyMap<string, ReplayedArrivals>,
): Traffic[] {
  const all = byName(document).map(([name, traffic]) => ({
    name,
    does: traffic.does,
    ...comes(traffic, durationMs, replayed.get(name)),
    ...(traffic.priority ? { priority: traffic.priority } : {}),
  }));
  const namesPhases = (traffic: Traffic) => traffic.rate.some(({ phase }) => phase !== undefined);
  return [...all.filter(namesPhases), ...all.filter((traffic) => !namesPhases(traffic))];
}

function comes(
  { rate: document, arrivals }: TrafficDocument,
  durationMs: number,
  replayed: ReplayedArrivals | undefined,
): Pick<Traffic, 'arrivals' | 'rate'> {
  if (replayed === undefined) {
    return { arrivals: kindOf(arrivals), rate: curve(document ?? '0/s', durationMs) };
  }
  const mean = (replayed.count * 1000) / durationMs;
  const whole = { startMs: 0, endMs: durationMs, fromPerSecond: mean, toPerSecond: mean };
  return { arrivals: replayed, rate: [{ ...whole, phase: undefined }] };
}

function kindOf(arrivals: TrafficDocument['arrivals'] = 'poisson'): Traffic['arrivals'] {
  if (typeof arrivals === 'string') return arrivals;
  if ('replayed' in arrivals) throw new Error('replayed arrivals have been read before');
  const { every, for: length, times } = arrivals.bursts;
  return { type: 'bursts', everyMs: duration(every), forMs: duration(length), times };
}

/** Pieces one after the other; the last rate goes on until the end. */
function curve(document: NonNullable<TrafficDocument['rate']>, durationMs: number): RateSegment[] {
  const pieces = typeof document === 'string' ? [] : document;
  const segments: RateSegment[] = [];
  let startMs = 0;
  let latest = typeof document === 'string' ? rate(document) : 0;
  for (const piece of pieces) {
    const toPerSecond = rate('at' in piece ? piece.at : piece.to);
    const fromPerSecond = 'at' in piece ? toPerSecond : latest;
    const endMs = addMs(startMs, duration(piece.for));
    segments.push({ startMs, endMs, fromPerSecond, toPerSecond, phase: piece.phase });
    startMs = endMs;
    latest = toPerSecond;
  }
  if (startMs < durationMs) {
    const rest = { fromPerSecond: latest, toPerSecond: latest, phase: undefined };
    segments.push({ startMs, endMs: durationMs, ...rest });
  }
  return segments;
}

function steps(document: Readonly<Record<string, readonly StepDocument[]>>): Journey[] {
  return byName(document).map(([name, list]) => ({ name, steps: buildSteps(list) }));
}

function service(
  name: string,
  document: ServiceDocument,
  { nodes = {} }: ModelDocument,
  clockMs: number,
): Service {
  const { on, serves, 'rate-limit': limit } = document;
  const kind = serverKind(serves);
  return {
    name,
    on: buildInstance(on ?? {}, kind, nodes),
    serves: kind,
    ...(limit !== undefined && { rateLimit: buildRateLimit(limit, clockMs) }),
    balancing: buildBalancing(document.balancing ?? 'round-robin'),
    ...buildLocalities(document),
    ...(document.discovery && { discovery: { delay: distribution(document.discovery.delay) } }),
    scaling: buildScaling(document, clockMs),
    ...buildHealth(document),
    ...rolloutsOf(document.rollouts),
    endpoints: steps(document.endpoints),
  };
}

function serverKind(document: ServiceDocument['serves']): ServerKind {
  if (typeof document === 'string') return { type: document };
  const queue = document.queue === undefined ? {} : { queue: threadQueue(document.queue) };
  if ('pool' in document) return { type: 'pool', count: document.pool, ...queue };
  if (!('cpu-shared' in document)) return { type: 'threads', count: document.threads, ...queue };
  const { 'cpu-shared': cores, quota, threads } = document;
  return {
    type: 'cpu-shared',
    cores,
    ...(quota !== undefined && { quotaCores: quota }),
    ...(threads !== undefined && { threads }),
    ...queue,
  };
}

function threadQueue(document: QueueDocument): ThreadQueue {
  const { limit, order = 'fifo', expired = 'serve', codel } = document;
  if (codel === undefined) return { limit, order, expired };
  const { target = '5ms', interval = '100ms' } = codel;
  const own = { targetMs: duration(target), intervalMs: duration(interval) };
  return { limit, order, expired, codel: own };
}

function cache(name: string, document: CacheDocument): Cache {
  const { entries, keys, eviction = 'lru', ttl, starts = 'empty' } = document;
  const ttlMs = ttl === undefined ? undefined : duration(ttl);
  return { name, entries, eviction, ttlMs, keys, starts };
}
