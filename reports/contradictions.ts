/** Whether the parts of a Results that came out of a file agree: what a schema cannot say. */
import { modelDigest } from '../simulator/model/digest.ts';
import { bucketMsFor } from '../simulator/results/recorder.ts';
import type {
  Counters,
  JourneySeries,
  NodeSeries,
  Results,
  Run,
  ServiceSeries,
} from '../simulator/results/results.ts';

/** The first thing that cannot be, in words; undefined where all parts agree. */
export function contradictionIn(results: Results): string | undefined {
  const { provenance, model, durationMs: ms, bucketMs, runs } = results;
  if (bucketMs !== bucketMsFor(ms)) {
    return `bucketMs: expected ${bucketMsFor(ms)} for ${ms} ms, found ${bucketMs}`;
  }
  if (provenance.tool !== 'simulator' && runs.length !== 1) {
    return `runs: expected one run of ${provenance.tool}, found ${runs.length}`;
  }
  // A digest is over the whole model: one that was edited, or is of another version, differs.
  if (model !== undefined && modelDigest(model) !== provenance.modelDigest) {
    return `model: expected the one of digest ${provenance.modelDigest}, found ${modelDigest(model)}`;
  }
  const { replay } = results;
  const fates = replay && replay.sent + total(replay.failed) + total(replay.heldBack);
  if (fates !== replay?.records) {
    return `replay.records: expected ${fates}, all fates together, found ${replay?.records}`;
  }
  const services = model?.services.map(({ name }) => name) ?? [];
  const caches = model?.caches?.map(({ name }) => name) ?? [];
  const nodes = model?.nodes?.map(({ name }) => name) ?? [];
  const buckets = Math.ceil(ms / bucketMs);
  return first(runs, (run, index) => {
    const problem = contradictionInRun(run, { services, caches, nodes }, buckets);
    return problem && `runs.${index}.${problem}`;
  });
}

function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** Names of what the model has, and every run must have. */
interface Named {
  readonly services: readonly string[];
  readonly caches: readonly string[];
  readonly nodes: readonly string[];
}

function contradictionInRun(run: Run, named: Named, buckets: number): string | undefined {
  const { journeys, services, caches = {}, nodes = {}, evaluations = [] } = run;
  return (
    first(evaluations, ({ atMs }, index) =>
      atMs >= (evaluations[index - 1]?.atMs ?? 0)
        ? undefined
        : `evaluations.${index}: expected them in order of time, from 0 on, found ${atMs} ms`,
    ) ??
    missing('services', named.services, services) ??
    missing('caches', named.caches, caches) ??
    missing('nodes', named.nodes, nodes) ??
    first(Object.entries(nodes), ([pool, series]) =>
      prefixed(`nodes.${pool}`, wrongLength(series, NODE_SERIES, buckets)),
    ) ??
    first(Object.entries(caches), ([cache, { hits, lookUps }]) =>
      hits <= lookUps ? undefined : `caches.${cache}: ${hits} hits of ${lookUps} look-ups`,
    ) ??
    first(Object.entries(services), ([service, series]) =>
      prefixed(`services.${service}`, contradictionInService(series, buckets)),
    ) ??
    first(Object.entries(journeys), ([journey, series]) =>
      prefixed(`journeys.${journey}`, contradictionInJourney(series, buckets)),
    )
  );
}

function missing(what: string, names: readonly string[], found: object): string | undefined {
  const absent = names.find((name) => !Object.hasOwn(found, name));
  return absent === undefined ? undefined : `${what}: expected the model's ${absent}, found none`;
}

const SERVICE_SERIES = ['booting', 'serving', 'draining', 'desired', 'utilizationRatio'] as const;
const MIX_SERIES = ['booting', 'serving', 'draining'] as const;
const NODE_SERIES = [
  'ready',
  'provisioning',
  'draining',
  'desired',
  'pending',
  'allocatedCpuRatio',
  'allocatedMemoryRatio',
] as const;
const JOURNEY_SERIES = ['latencyMs', 'arrived', 'completed', 'errors'] as const;

function contradictionInService(series: ServiceSeries, buckets: number): string | undefined {
  const { mix, updated } = series;
  return (
    wrongLength(series, SERVICE_SERIES, buckets) ??
    (updated && wrongLength({ updated }, ['updated'], buckets)) ??
    (mix && prefixed('mix', wrongLength(mix, MIX_SERIES, buckets)))
  );
}

function contradictionInJourney(series: JourneySeries, buckets: number): string | undefined {
  return wrongLength(series, JOURNEY_SERIES, buckets) ?? wrongBooks(series);
}

function wrongLength<K extends keyof ServiceSeries | keyof JourneySeries | keyof NodeSeries>(
  series: Readonly<Record<K, unknown>>,
  keys: readonly K[],
  buckets: number,
): string | undefined {
  return first(keys, (key) => {
    // The schema has made each of these a list.
    const { length } = series[key] as readonly unknown[];
    return length === buckets ? undefined : `${key}: expected ${buckets} buckets, found ${length}`;
  });
}

/** Counters and series count the same requests, each with one fate. */
function wrongBooks({ counters, latencyMs, ...series }: JourneySeries): string | undefined {
  const { arrived, completed, failed, timedOut, shed, inside } = counters;
  const errors = failed + timedOut + shed;
  const books: readonly (readonly [keyof Counters | 'errors', number, number])[] = [
    ['arrived', arrived, completed + errors + inside],
    ['arrived', arrived, sum(series.arrived)],
    ['completed', completed, sum(series.completed)],
    ['completed', completed, sum(latencyMs.map(({ count: requests }) => requests))],
    ['errors', errors, sum(series.errors)],
  ];
  return first(books, ([what, counted, found]) =>
    counted === found ? undefined : `counters: ${counted} ${what}, but the series have ${found}`,
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function prefixed(path: string, problem: string | undefined): string | undefined {
  return problem && `${path}.${problem}`;
}

/** The first problem that any of the items has. */
function first<T>(
  items: readonly T[],
  problemOf: (item: T, index: number) => string | undefined,
): string | undefined {
  for (const [index, item] of items.entries()) {
    const problem = problemOf(item, index);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
