/** One group at a moment of a run: its size, what its control loop said, and what came of it. */
import type { Scaling, Service } from '../simulator/model/model.ts';
import type { ScalingObservation } from '../simulator/policies/scaling.ts';
import { type DecisionTimes, decisionTimes } from '../simulator/policies/scaling-control.ts';
import type { Results, Run } from '../simulator/results/results.ts';
import { mixInWords, surplusOf } from './mix-words.ts';
import { poolBeats, poolWords, sizesOf } from './node-groups.ts';
import {
  groupInWords,
  type PolicySeen,
  type PolicyWords,
  policiesInWords,
  policiesSeen,
} from './rule-words.ts';
import { cleaned } from './text-clean.ts';

/** Of a group: what it was set to; null where the results do not say. */
export interface GroupRule {
  readonly service: string;
  readonly scaling: Scaling | null;
  readonly policies: readonly PolicyWords[];
  /** What holds for all of them. */
  readonly words: readonly string[];
  /** What its sizes count. */
  readonly counts: 'instances' | 'units';
}

/** An evaluation, or of runs that keep none a decision. */
export interface Said {
  readonly atMs: number;
  readonly from: number;
  readonly desired: number;
  readonly reason: string;
  /** Null where it was not kept. */
  readonly observation: ScalingObservation | null;
}

/** The latest change of the size at a moment, and how far it had got. */
export interface Change {
  readonly atMs: number;
  readonly from: number;
  readonly desired: number;
  /** The next change of the size; null where there was none. */
  readonly untilMs: number | null;
  /**
   * The first sample that shows it done: all asked for serve, or all taken away are gone. Null
   * where none did before the next change, or the end.
   */
  readonly doneByMs: number | null;
}

/** How many instances, or units of them, there were at the end of a bucket. */
export interface GroupSample {
  readonly sampledAtMs: number;
  readonly booting: number;
  readonly serving: number;
  readonly draining: number;
  readonly desired: number;
  /** Booting or serving, of the version of the latest roll-out; only with roll-outs. */
  readonly updated?: number;
}

/** A group at a moment of the run. */
export interface Explanation {
  readonly service: string;
  readonly atMs: number;
  readonly desired: number | null;
  /** Of the latest sample; null where the group was not seen. */
  readonly actual: GroupSample | null;
  /** The latest at or before the moment; null before the first one. */
  readonly said: Said | null;
  /** Its latest evaluation at that moment: it said the same, but for its numbers. */
  readonly latestEvaluationMs: number | null;
  readonly nextEvaluationMs: number | null;
  /** In the order of the rule's. */
  readonly policies: readonly PolicySeen[];
  readonly change: Change | null;
}

/** How a group was set, and what that means in words; `scaling` is null where nobody says. */
export function ruleOf(results: Results, run: Run, service: string): GroupRule {
  const scaling = scalingOf(results, run, service);
  const on = modelled(results, service)?.on;
  const counts = on?.mix === undefined ? 'instances' : 'units';
  if (scaling === undefined) {
    return { service, scaling: null, policies: [], words: poolWords(results, service), counts };
  }
  const words = [...groupInWords(scaling, on?.warmUpMs, counts), ...mixInWords(on?.mix)];
  return { service, scaling, policies: policiesInWords(scaling), words, counts };
}

function modelled({ model }: Results, service: string): Service | undefined {
  return model?.services.find(({ name }) => name === service);
}

/** A live run's own settings, else the model's; undefined where neither says. */
export function scalingOf(results: Results, run: Run, service: string): Scaling | undefined {
  const { scaling = {} } = run;
  if (Object.hasOwn(scaling, service)) return scaling[service];
  return modelled(results, service)?.scaling;
}

/**
 * All that is known of what a group's loop said, in order of time.
 *
 * Decisions are all there; evaluations add what was seen, and what changed nothing.
 */
export function saidBy({ evaluations = [], decisions }: Run, service: string): Said[] {
  const evaluated = evaluations
    .filter((evaluation) => evaluation.service === service)
    .map(({ service: _, observation, ...rest }) => ({
      ...rest,
      from: observation.desired,
      observation,
    }));
  const seenAt = new Set(evaluated.map(({ atMs }) => atMs));
  const others = decisions
    .filter((decision) => decision.service === service && !seenAt.has(decision.atMs))
    .map(({ service: _, ...rest }) => ({ ...rest, observation: null }));
  return [...evaluated, ...others].toSorted((a, b) => a.atMs - b.atMs);
}

/** Every change of the size, in order of time. */
export function changesOf(run: Run, service: string): Said[] {
  return saidBy(run, service).filter(({ from, desired }) => from !== desired);
}

/**
 * What is to be told of a group at a moment: `said` is the evaluation in force, which is null
 * before the first one. Nothing is thrown: what the results do not know is null.
 */
export function groupAt(results: Results, run: Run, service: string, atMs: number): Explanation {
  const { bucketMs, durationMs } = results;
  const series = sizesOf(run, service);
  const all = saidBy(run, service);
  const said = all.findLast((one) => one.atMs <= atMs) ?? null;
  const scaling = scalingOf(results, run, service);
  const times = timesOf(results, service, scaling);
  const changes = changesOf(run, service);
  const surplus = surplusOf(modelled(results, service)?.on.mix);
  const nextMs = nextOf(times, atMs);
  const sample = series === undefined ? null : sampleAt(series, { bucketMs, durationMs }, atMs);
  return {
    service,
    atMs,
    desired: said?.desired ?? all[0]?.from ?? sample?.desired ?? scaling?.start ?? null,
    actual: sample,
    said,
    latestEvaluationMs: latestOf(times, atMs),
    nextEvaluationMs: nextMs !== null && nextMs <= durationMs ? nextMs : null,
    policies:
      scaling === undefined
        ? []
        : policiesSeen(scaling, said?.observation?.datapoints, said?.reason ?? ''),
    change: changeAt(changes, series, { bucketMs, durationMs }, atMs, surplus),
  };
}

/** Of a service's group, or of a pool of nodes. */
function timesOf(results: Results, group: string, scaling: Scaling | undefined): DecisionTimes {
  if (scaling !== undefined) return decisionTimes(scaling);
  return { beats: poolBeats(results, group), momentsMs: [] };
}

/** When a loop looks next after a moment; null where it never does. */
export function nextOf({ beats, momentsMs }: DecisionTimes, atMs: number): number | null {
  const ends = beats.map(({ everyMs, offsetMs }) => {
    const passed = Math.floor((atMs - offsetMs) / everyMs);
    return offsetMs + Math.max(1, passed + 1) * everyMs;
  });
  const all = [...ends, ...momentsMs.filter((ms) => ms > atMs)];
  return all.length === 0 ? null : Math.min(...all);
}

function latestOf({ beats, momentsMs }: DecisionTimes, atMs: number): number | null {
  const ends = beats.flatMap(({ everyMs, offsetMs }) => {
    const passed = Math.floor((atMs - offsetMs) / everyMs);
    return passed >= 1 ? [offsetMs + passed * everyMs] : [];
  });
  const all = [...ends, ...momentsMs.filter((ms) => ms > 0 && ms <= atMs)];
  return all.length === 0 ? null : Math.max(...all);
}

type Sizes = NonNullable<ReturnType<typeof sizesOf>>;

type Grid = Pick<Results, 'bucketMs' | 'durationMs'>;

/** A sample is taken at the end of its bucket, and holds until the next one. */
function sampledAtMs(bucket: number, { bucketMs, durationMs }: Grid): number {
  return Math.min(durationMs, (bucket + 1) * bucketMs);
}

function sampleAt(series: Sizes, grid: Grid, atMs: number): GroupSample | null {
  const { booting, serving, draining, desired, updated } = series;
  const isLast = atMs >= grid.durationMs;
  const bucket = isLast ? serving.length - 1 : Math.floor(atMs / grid.bucketMs) - 1;
  const at = Math.max(0, bucket);
  if (at >= serving.length) return null;
  return {
    sampledAtMs: sampledAtMs(at, grid),
    booting: booting[at]!,
    serving: serving[at]!,
    draining: draining[at]!,
    desired: desired[at]!,
    ...(updated !== undefined && { updated: updated[at]! }),
  };
}

function changeAt(
  changes: readonly Said[],
  series: Sizes | undefined,
  grid: Grid,
  atMs: number,
  surplus: number,
): Change | null {
  const latest = changes.findLastIndex((change) => change.atMs <= atMs);
  const change = changes[latest];
  if (change === undefined) return null;
  const untilMs = changes[latest + 1]?.atMs ?? null;
  const { from, desired } = change;
  const doneByMs =
    series === undefined ? null : doneBy(change, untilMs ?? grid.durationMs, series, grid, surplus);
  return { atMs: change.atMs, from, desired, untilMs, doneByMs };
}

function doneBy(
  { atMs, from, desired }: Said,
  untilMs: number,
  { serving, draining }: Sizes,
  grid: Grid,
  surplus: number,
): number | null {
  const bucket = serving.findIndex((count, index) => {
    const sampledMs = sampledAtMs(index, grid);
    if (sampledMs < atMs || sampledMs > untilMs) return false;
    return desired > from ? count >= desired : count <= desired + surplus && draining[index] === 0;
  });
  return bucket < 0 ? null : sampledAtMs(bucket, grid);
}

/** `2 → 4`, `stays at 4` */
export function sizesWords({ from, desired }: Said): string {
  return from === desired ? `stays at ${from}` : `${from} → ${desired}`;
}

/** The reason, without the sizes that stand beside it. */
export function reasonWords({ from, desired, reason }: Said): string {
  return cleaned(reason).replace(new RegExp(`: ${from} → ${desired}$`), '');
}
