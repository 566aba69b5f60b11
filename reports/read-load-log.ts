import { z } from 'zod';
import { UsageError } from '../simulator/model/usage-error.ts';
import { BUCKET_LAYOUT } from '../simulator/results/histogram.ts';
import {
  LOAD_LOG_FORMAT,
  type LoadEndLine,
  type LoadHeaderLine,
  type LoadLogLine,
  type LoadSecondLine,
} from '../simulator/results/load-log.ts';
import { histogramSchema } from './histogram-schema.ts';
import { LoadTotals, OUTCOMES } from './load-totals.ts';
import { forEachLine } from './ndjson.ts';

const count = z.number().int().nonnegative();
const journeySecond = z.object({
  started: count.optional(),
  ok: histogramSchema.optional(),
  error: histogramSchema.optional(),
  timeout: histogramSchema.optional(),
});

// exactOptionalPropertyTypes tells an absent key from an undefined one, which zod's types do not.
const lineSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('header'),
    format: z.literal(LOAD_LOG_FORMAT),
    tool: z.enum(['k6', 'built-in']),
    toolVersion: z.string(),
    buckets: z.object({ lowestExponent: z.number(), octaves: count, perOctave: count }),
  }),
  z.object({ type: z.literal('start'), startAtMs: z.number(), declared: z.boolean() }),
  z.object({
    type: z.literal('second'),
    second: z.number().int(),
    journeys: z.record(z.string(), journeySecond).optional(),
    lateness: histogramSchema.optional(),
    droppedIterations: count.optional(),
  }),
  z.object({ type: z.literal('generator'), atMs: z.number(), cpuMs: z.number().nonnegative() }),
  z.object({
    type: z.literal('end'),
    atMs: z.number(),
    requests: count,
    lines: count,
    error: z.string().optional(),
  }),
]) as unknown as z.ZodType<LoadLogLine>;

/**
 * Reads what k6 with our output, or the built-in generator, has written. Throws a UsageError for a
 * file that is something else, was cut off, or was written by a load that broke off.
 */
export function readLoadLog(file: string, text: string): LoadTotals {
  let totals: LoadTotals | undefined;
  let end: LoadEndLine | undefined;
  const lines = forEachLine(file, text, lineSchema, (line, number) => {
    if (line.type === 'header') totals = begin(file, line);
    if (totals === undefined) {
      throw new UsageError(`${file}:${number}: expected a header first, found ${line.type}`);
    }
    if (line.type === 'end') end = line;
    else add(totals, line);
  });
  checkEnd(file, end, lines);
  return totals!;
}

function begin(file: string, { tool, toolVersion, buckets }: LoadHeaderLine): LoadTotals {
  const [own, found] = [BUCKET_LAYOUT, buckets].map((layout) => JSON.stringify(layout));
  if (own !== found) {
    throw new UsageError(`${file}:1: expected the bucket layout ${own}, found ${found}`);
  }
  return new LoadTotals(tool, toolVersion);
}

function add(totals: LoadTotals, line: Exclude<LoadLogLine, LoadEndLine>): void {
  if (line.type === 'start') totals.startAtMs = line.startAtMs;
  else if (line.type === 'generator') totals.reportCpu(line.atMs, line.cpuMs);
  else if (line.type === 'second') addSecond(totals, line);
}

function addSecond(totals: LoadTotals, line: LoadSecondLine): void {
  totals.droppedIterations += line.droppedIterations ?? 0;
  if (line.lateness !== undefined) totals.latenessMs.merge(line.lateness);
  for (const [journey, second] of Object.entries(line.journeys ?? {})) {
    totals.at(journey, line.second).started += second.started ?? 0;
    for (const outcome of OUTCOMES) {
      const latencyMs = second[outcome];
      if (latencyMs !== undefined) totals.addOutcome(journey, line.second, outcome, latencyMs);
    }
  }
}

function checkEnd(file: string, end: LoadEndLine | undefined, lines: number): void {
  if (end === undefined) {
    throw new UsageError(`${file}: expected an \`end\` line, found none: the file was cut off`);
  }
  if (end.error !== undefined) {
    throw new UsageError(`${file}: the load broke off: ${end.error}`);
  }
  if (end.lines !== lines) {
    throw new UsageError(`${file}: expected ${end.lines} lines, found ${lines}`);
  }
}
