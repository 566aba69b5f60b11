/** Results and load plans as files: checked, because they come from anywhere. */
import { z } from 'zod';
import { modelDigest } from '../simulator/model/digest.ts';
import type { Model } from '../simulator/model/model.ts';
import { UsageError } from '../simulator/model/usage-error.ts';
import { bucketMsFor } from '../simulator/results/recorder.ts';
import {
  type Counters,
  type JourneySeries,
  RESULTS_FORMAT,
  type Results,
  type Run,
  type ServiceSeries,
} from '../simulator/results/results.ts';
import { type LoadPlan, PLAN_FORMAT } from '../simulator/traffic/load-plan.ts';
import { histogramSchema } from './histogram-schema.ts';
import { excerpt, issueText } from './ndjson.ts';

const count = z.number().int().nonnegative();
const counts = z.array(count);
const number = z.number();
const positive = number.positive();
const share = number.nonnegative();
const name = z.string();
/** Nothing that is simulated or loaded takes longer: a year and a day. */
const durationMs = positive.max(367 * 86_400_000);
/** More than any generator plays; each of them costs memory before the first request is sent. */
const MOST_USERS = 100_000;
const MOST_PER_SECOND = 1e6;
const phase = z.object({ name, startMs: number, endMs: number });

const journeySeries = z.object({
  counters: z.object({
    arrived: count,
    completed: count,
    failed: count,
    timedOut: count,
    shed: count,
    inside: count,
  }),
  latencyMs: z.array(histogramSchema),
  arrived: counts,
  completed: counts,
  errors: counts,
});

const serviceSeries = z.object({
  booting: counts,
  serving: counts,
  draining: counts,
  desired: counts,
  utilizationRatio: z.array(number.nullable()),
  zombies: number,
  instanceHours: number,
});

const run = z.object({
  seed: number,
  journeys: z.record(z.string(), journeySeries),
  services: z.record(z.string(), serviceSeries),
  decisions: z.array(
    z.object({ atMs: number, service: name, from: count, desired: count, reason: z.string() }),
  ),
});

const generator = z.object({
  latenessMs: histogramSchema,
  plannedArrivals: count.min(1),
  droppedIterations: count,
  cpuRatio: share.nullable(),
  cores: count.min(1),
  machineCpuRatio: z.object({ mean: share, max: share }).nullable(),
  loopDelayMsP99: share.nullable(),
});

const resultsSchema = z.object({
  format: z.literal(RESULTS_FORMAT),
  name,
  provenance: z.object({
    version: z.string(),
    tool: z.enum(['simulator', 'k6', 'built-in']),
    toolVersion: z.string().optional(),
    modelDigest: z.string(),
    seed: number,
    startedAtMs: number.optional(),
  }),
  model: z.custom<Model>(looksLikeModel, 'expected a model').optional(),
  durationMs,
  warmUpMs: share,
  bucketMs: positive,
  phases: z.array(phase),
  runs: z.array(run).min(1),
  generator: generator.optional(),
  warnings: z.array(z.string()),
});

const rate = share.max(MOST_PER_SECOND);
const load = z.object({
  journey: name,
  service: name,
  endpoint: z.string().regex(/^[\w-]+$/, 'expected the name of an endpoint'),
  timeoutMs: positive.optional(),
  pacing: z.enum(['exact', 'even']),
  arrivalCount: count,
  arrivals: z.array(z.string().regex(/^\d+(,\d+)*$/, 'expected arrival times in µs')),
  stages: z.array(z.object({ durationMs, fromPerSecond: rate, toPerSecond: rate })),
  virtualUsers: count.min(1).max(MOST_USERS),
});

const planSchema = z.object({
  format: z.literal(PLAN_FORMAT),
  name,
  modelDigest: z.string(),
  seed: number,
  durationMs,
  warmUpMs: share,
  target: z.string(),
  loads: z.array(load).min(1),
  thresholds: z.record(z.string(), z.array(z.string())),
  phases: z.array(phase),
  bands: z.array(
    z.object({
      journey: name,
      window: name,
      statistic: name,
      unit: name,
      predicted: number,
      low: number,
      high: number,
    }),
  ),
});

/**
 * Throws a UsageError that names the file, the field, what was expected and what was found; also
 * where the parts contradict each other, because nobody who reads a Results looks again.
 */
export function parseResults(file: string, text: string): Results {
  // Keys that are absent in JSON are undefined in a Results: the same to every reader.
  const schema = resultsSchema as unknown as z.ZodType<Results>;
  const results = parse(file, text, schema, 'results');
  const problem = contradictionIn(results);
  if (problem === undefined) return results;
  throw new UsageError(`${file}: expected results; ${problem}`);
}

/** As `parseResults`. */
export function parsePlan(file: string, text: string): LoadPlan {
  return parse(file, text, planSchema as unknown as z.ZodType<LoadPlan>, 'a load plan');
}

function parse<T>(file: string, text: string, schema: z.ZodType<T>, what: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UsageError(`${file}: expected ${what} as JSON, found ${excerpt(text)}`);
  }
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  throw new UsageError(`${file}: expected ${what}; ${issueText(result.error.issues[0]!)}`);
}

/** The lists that readers walk are there; what is in them came out of the parser once. */
function looksLikeModel(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const lists = ['slos', 'traffic', 'journeys', 'services'] as const;
  return lists.every((list) => Array.isArray((value as Partial<Model>)[list]));
}

/** The first thing that cannot be, in words; undefined where all parts agree. */
function contradictionIn(results: Results): string | undefined {
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
  const names = model?.services.map((service) => service.name) ?? [];
  const buckets = Math.ceil(ms / bucketMs);
  return first(runs, (run, index) => {
    const problem = contradictionInRun(run, names, buckets);
    return problem && `runs.${index}.${problem}`;
  });
}

function contradictionInRun(
  { journeys, services }: Run,
  names: readonly string[],
  buckets: number,
): string | undefined {
  const missing = names.find((service) => !Object.hasOwn(services, service));
  if (missing !== undefined) return `services: expected the model's ${missing}, found none`;
  return (
    first(Object.entries(services), ([service, series]) =>
      prefixed(`services.${service}`, wrongLength(series, SERVICE_SERIES, buckets)),
    ) ??
    first(Object.entries(journeys), ([journey, series]) =>
      prefixed(`journeys.${journey}`, contradictionInJourney(series, buckets)),
    )
  );
}

const SERVICE_SERIES = ['booting', 'serving', 'draining', 'desired', 'utilizationRatio'] as const;
const JOURNEY_SERIES = ['latencyMs', 'arrived', 'completed', 'errors'] as const;

function contradictionInJourney(series: JourneySeries, buckets: number): string | undefined {
  return wrongLength(series, JOURNEY_SERIES, buckets) ?? wrongBooks(series);
}

function wrongLength<K extends keyof ServiceSeries | keyof JourneySeries>(
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
