import { z } from 'zod';
import { UsageError } from '../simulator/model/usage-error.ts';
import { EvaluationLog } from '../simulator/results/evaluation-log.ts';
import { bucketMsFor } from '../simulator/results/recorder.ts';
import type {
  Evaluation,
  Incident,
  Run,
  ScalingDecision,
  ServiceSeries,
} from '../simulator/results/results.ts';
import {
  KILLED_DETAIL,
  STAGING_LOG_FORMAT,
  type StagingLogLine,
  type StagingSampleLine,
} from '../simulator/results/staging-log.ts';
import { forEachLine } from './ndjson.ts';
import { observationSchema, scalingSchema } from './scaling-schema.ts';

const count = z.number().int().nonnegative();
const sample = z.object({
  booting: count,
  serving: count,
  draining: count,
  desired: count,
  utilizationRatio: z.number().nullable(),
});

const lineSchema = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('header'), format: z.literal(STAGING_LOG_FORMAT) }),
  z.looseObject({
    type: z.literal('run'),
    startAtMs: z.number(),
    scaling: scalingSchema,
  }),
  z.object({ type: z.literal('sample'), atMs: z.number(), services: z.record(z.string(), sample) }),
  z.object({
    type: z.literal('decision'),
    atMs: z.number(),
    service: z.string(),
    observation: observationSchema,
    desired: count,
    reason: z.string(),
  }),
  z.looseObject({ type: z.literal('event'), atMs: z.number(), service: z.string() }),
  z.object({
    type: z.literal('incident'),
    atMs: z.number(),
    service: z.string(),
    reason: z.string(),
  }),
  z.looseObject({
    type: z.literal('guarded'),
    originMs: z.number(),
    service: z.string(),
    entries: z.array(
      z.object({
        seen: z.looseObject({ nowMs: z.number() }),
        said: z.looseObject({ notes: z.array(z.string()).optional() }),
      }),
    ),
  }),
]) as unknown as z.ZodType<StagingLogLine>;

export interface StagingSeries {
  readonly services: Readonly<Record<string, ServiceSeries>>;
  readonly decisions: readonly ScalingDecision[];
  /** As of a simulated run: what changed something, or said something new. */
  readonly evaluations: readonly Evaluation[];
  /** How the groups were set. */
  readonly scaling: NonNullable<Run['scaling']>;
  /** Faults of the model, and what guards have turned, in order of time. */
  readonly incidents: readonly Incident[];
  /** Instances that ended by themselves. */
  readonly deaths: readonly { readonly service: string; readonly atMs: number }[];
}

/**
 * What the staging controller saw during the run that began at `startAtMs`, in the buckets of a
 * Results. Throws a UsageError where the log does not know that run.
 */
export function readStagingLog(
  file: string,
  text: string,
  startAtMs: number,
  durationMs: number,
): StagingSeries {
  let isRun = false;
  let scaling: StagingSeries['scaling'] = {};
  const lines: StagingLogLine[] = [];
  forEachLine(file, text, lineSchema, (line) => {
    if (line.type === 'run') {
      isRun = Math.abs(line.startAtMs - startAtMs) < 1;
      if (isRun) scaling = line.scaling;
    } else if (isRun) lines.push(line);
  });
  if (lines.length === 0) {
    throw new UsageError(`${file}: expected a run that started at ${startAtMs}, found none`);
  }
  const inTime = lines.filter((line) => !('atMs' in line) || line.atMs <= durationMs + LATEST_MS);
  return {
    services: series(inTime, durationMs),
    decisions: decisions(inTime),
    evaluations: evaluations(inTime),
    scaling,
    incidents: incidents(inTime, startAtMs).filter(({ atMs }) => atMs <= durationMs + LATEST_MS),
    deaths: deaths(inTime),
  };
}

function decisions(lines: readonly StagingLogLine[]): ScalingDecision[] {
  return lines.flatMap((line) => {
    if (line.type !== 'decision' || line.desired === line.observation.desired) return [];
    const { service, observation: seen, desired, reason } = line;
    return [{ atMs: seen.nowMs, service, from: seen.desired, desired, reason }];
  });
}

/** Groups write when they have decided: put in order of the moments that they decided on. */
function evaluations(lines: readonly StagingLogLine[]): Evaluation[] {
  const log = new EvaluationLog();
  lines
    .filter((line) => line.type === 'decision')
    .toSorted((a, b) => a.observation.nowMs - b.observation.nowMs)
    .forEach(({ service, observation, desired, reason }) => {
      log.add({ atMs: observation.nowMs, service, observation, desired, reason });
    });
  return log.entries;
}

/** Guards write when they like: put in order of the moments that they speak of. */
function incidents(lines: readonly StagingLogLine[], startAtMs: number): Incident[] {
  const all = lines.flatMap((line): Incident[] => {
    if (line.type === 'incident') {
      const { atMs, service, reason } = line;
      return [{ atMs, service, reason }];
    }
    if (line.type !== 'guarded' || Math.abs(line.originMs - startAtMs) >= 1) return [];
    return line.entries.flatMap(({ seen: { nowMs: atMs }, said }) => {
      const notes = 'notes' in said ? (said.notes ?? []) : [];
      return notes.map((reason) => ({ atMs, service: line.service, reason }));
    });
  });
  return all.toSorted((a, b) => a.atMs - b.atMs);
}

function deaths(lines: readonly StagingLogLine[]): { service: string; atMs: number }[] {
  return lines.flatMap((line) =>
    line.type === 'event' && line.event === 'died' && line.detail !== KILLED_DETAIL
      ? [{ service: line.service, atMs: line.atMs }]
      : [],
  );
}

/** A sample is taken at the end of its second, or up to this much later. */
const LATEST_MS = 500;

/** The latest sample of each bucket stands for its end; utilisation is the mean of its samples. */
function series(lines: readonly StagingLogLine[], durationMs: number): StagingSeries['services'] {
  const samples = lines.filter((line) => line.type === 'sample');
  const bucketMs = bucketMsFor(durationMs);
  const buckets = Array.from({ length: Math.ceil(durationMs / bucketMs) }, (_, bucket) =>
    samples.filter(({ atMs }) => Math.ceil((atMs - LATEST_MS) / bucketMs) - 1 === bucket),
  );
  const names = new Set(samples.flatMap(({ services }) => Object.keys(services)));
  return Object.fromEntries(
    [...names].map((name) => [name, serviceSeries(name, buckets, bucketMs)]),
  );
}

function serviceSeries(
  name: string,
  buckets: readonly (readonly StagingSampleLine[])[],
  bucketMs: number,
): ServiceSeries {
  const result = {
    booting: [] as number[],
    serving: [] as number[],
    draining: [] as number[],
    desired: [] as number[],
    utilizationRatio: [] as (number | null)[],
  };
  let instanceMs = 0;
  for (const samples of buckets) {
    const own = samples.flatMap(({ services }) => services[name] ?? []);
    const latest = own.at(-1);
    for (const key of ['booting', 'serving', 'draining', 'desired'] as const) {
      result[key].push(latest?.[key] ?? result[key].at(-1) ?? 0);
    }
    const busy = own.flatMap(({ utilizationRatio }) => utilizationRatio ?? []);
    const mean = busy.reduce((sum, ratio) => sum + ratio, 0) / busy.length;
    result.utilizationRatio.push(busy.length > 0 ? mean : null);
    const alive = result.booting.at(-1)! + result.serving.at(-1)! + result.draining.at(-1)!;
    instanceMs += alive * bucketMs;
  }
  return { ...result, zombies: 0, instanceHours: instanceMs / 3_600_000 };
}
