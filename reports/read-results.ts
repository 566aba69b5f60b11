/** Results and load plans as files: checked, because they come from anywhere. */
import { z } from 'zod';
import type { Model } from '../simulator/model/model.ts';
import { UsageError } from '../simulator/model/usage-error.ts';
import { RESULTS_FORMAT, type Results } from '../simulator/results/results.ts';
import { type LoadPlan, PLAN_FORMAT } from '../simulator/traffic/load-plan.ts';
import { answersSchema } from './answers-schema.ts';
import { contradictionIn } from './contradictions.ts';
import { histogramSchema } from './histogram-schema.ts';
import { excerpt, issueText } from './ndjson.ts';
import { evaluationSchema, scalingSchema } from './scaling-schema.ts';

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
  degraded: count.optional(),
  latencyMs: z.array(histogramSchema),
  arrived: counts,
  completed: counts,
  errors: counts,
  serviceMs: histogramSchema.optional(),
});

const rolloutOutcome = z.object({
  startedAtMs: number,
  endedAtMs: number.nullable(),
  phase: z.enum(['under way', 'done', 'rolled back', 'failed', 'replaced']),
  requests: count,
  errors: count,
});
const warmPoolSeries = z.object({
  size: counts,
  warmStarts: count,
  coldStarts: count,
  returned: count,
  preparingHours: number,
  waitingHours: number,
});
const mixSeries = z.object({
  booting: counts,
  serving: counts,
  draining: counts,
  hours: z.record(z.string(), number),
});
const serviceSeries = z.object({
  booting: counts,
  serving: counts,
  draining: counts,
  desired: counts,
  utilizationRatio: z.array(number.nullable()),
  zombies: number,
  instanceHours: number,
  updated: counts.optional(),
  rollouts: z.array(rolloutOutcome).optional(),
  mix: mixSeries.optional(),
  warmPool: warmPoolSeries.optional(),
});

const shares = z.array(number.nullable());
const nodeSeries = z.object({
  ready: counts,
  provisioning: counts,
  draining: counts,
  desired: counts,
  pending: counts,
  allocatedCpuRatio: shares,
  allocatedMemoryRatio: shares,
  nodeHours: number,
  allocatedCpuHours: number,
  allocatedMemoryHours: number,
});

const run = z.object({
  seed: number,
  journeys: z.record(z.string(), journeySeries),
  services: z.record(z.string(), serviceSeries),
  decisions: z.array(
    z.object({ atMs: number, service: name, from: count, desired: count, reason: z.string() }),
  ),
  evaluations: z.array(evaluationSchema).optional(),
  incidents: z.array(z.object({ atMs: number, service: name, reason: z.string() })).optional(),
  scaling: scalingSchema.optional(),
  nodes: z.record(z.string(), nodeSeries).optional(),
  caches: z.record(z.string(), z.object({ lookUps: count, hits: count })).optional(),
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

const tally = z.record(z.string(), count);
const replay = z.object({
  verdict: z.enum(['pass', 'fail', 'inconclusive', 'no data']),
  reasons: z.array(z.string()),
  target: z.string(),
  records: count,
  sent: count,
  failed: tally,
  heldBack: tally,
  statuses: tally,
  departed: counts,
  serviceMs: histogramSchema,
  elapsedMs: share,
  driftMs: number.nullable(),
  connections: count,
});

const resultsSchema = z.object({
  format: z.literal(RESULTS_FORMAT),
  name,
  provenance: z.object({
    version: z.string(),
    tool: z.enum(['simulator', 'k6', 'built-in', 'replay']),
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
  replay: replay.optional(),
  answers: answersSchema.optional(),
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
