/**
 * The second half of `loop --replay`: what was recorded on its way into the staged system is sent
 * again at several speeds, and the model is driven by the same arrival times.
 *
 *     load ──► recording proxy ──► system      capture ──┬─► replay ×1, ×2, ×5 ──► system
 *                    └──► capture.gor                    └─► arrivals ──► simulate ──► compare
 */
import { join } from 'node:path';
import type { Stack } from '../fixtures/staging/stack.ts';
import { startCapture } from '../replay/capture/capture.ts';
import { openCapture } from '../replay/formats/formats.ts';
import { hostOf } from '../replay/guard.ts';
import { replay } from '../replay/run/replay.ts';
import { compare } from '../reports/compare.ts';
import { readStagingLog } from '../reports/read-staging-log.ts';
import { measuredByReplay, type ReplayRound } from '../reports/replay-round.ts';
import { formatDuration, writeDuration } from '../simulator/model/units.ts';
import { UsageError } from '../simulator/model/usage-error.ts';
import type { Results } from '../simulator/results/results.ts';
import { VERSION } from '../simulator/simulate.ts';
import type { JourneyLoad, LoadPlan } from '../simulator/traffic/load-plan.ts';
import { sum } from './captures.ts';
import { MOST_DATA_BYTES, prepareToWrite, readText, shown, writeJson } from './files.ts';
import { interruption } from './interrupt.ts';
import { watchMachine } from './machine.ts';
import type { SimulationFlags } from './options.ts';
import { predict } from './predict.ts';
import { say } from './progress.ts';
import { replayOptions } from './replay-flags.ts';
import { type LoadedModel, loadRequested, type ModelOptions } from './systems.ts';
import { giveReport } from './verdict.ts';
import { writeArrivals } from './workload.ts';

export const SPEEDS: readonly number[] = [1, 2, 5];
const MEBIBYTE = 1024 * 1024;
const DRAIN_MS = 4000;
/** From the moment that the groups have their sizes to moment 0. */
const LEAD_MS = 1000;
const USUAL_TIMEOUT_MS = 30_000;

export interface Recording {
  /** Base URL of the proxy that records. */
  readonly url: string;
  /** Ends the proxy; throws where not all that was sent has been recorded. */
  readonly end: () => Promise<void>;
}

/** A recording proxy before the system's entry, as `plimsoll capture` is one. */
export async function record(stack: Stack, path: string): Promise<Recording> {
  prepareToWrite(path);
  const { hostname, port } = new URL(stack.entryUrl);
  const capture = await startCapture({
    listen: { host: '127.0.0.1', port: 0 },
    upstream: { host: hostname, port: Number(port) },
    recording: {
      file: { path, rotateBytes: undefined, rotateMs: undefined },
      rules: { redact: [], keep: [], keepHeaders: [], pseudonymHeaders: [], sessionBy: [] },
      mostBytes: 1024 * MEBIBYTE,
      source: `the staged system ${stack.name}`,
      version: VERSION,
      retainDays: 30,
      sampledRatio: 1,
    },
    answers: 'head',
    mostBodyBytes: MEBIBYTE,
    mostOpenBytes: 64 * MEBIBYTE,
    queue: { mostItems: 100_000, mostBytes: 64 * MEBIBYTE },
    keepsLoad: true,
  });
  return {
    url: `http://127.0.0.1:${capture.port}`,
    end: async () => {
      await capture.close(DRAIN_MS);
      const failure = capture.failure();
      if (failure !== undefined) throw failure;
      const missing = sum(capture.counts().lost);
      if (missing > 0) throw new Error(`${missing} requests were lost by the recording`);
    },
  };
}

export interface Rounds {
  readonly system: string;
  readonly request: ModelOptions;
  readonly loaded: LoadedModel;
  readonly plan: LoadPlan;
  readonly stack: Stack;
  readonly capture: string;
  readonly folder: string;
  readonly simulation: SimulationFlags;
  readonly tolerance: number;
}

/** One round a speed; each leaves a folder with prediction, measurement, comparison and report. */
export async function replayRounds(rounds: Rounds): Promise<ReplayRound[]> {
  const arrivals = join(rounds.folder, 'arrivals.jsonl');
  const source = await openCapture([rounds.capture]);
  if ((await writeArrivals(source, arrivals, () => {})) === undefined) {
    throw new UsageError(`${shown(rounds.capture)}: nothing was recorded`);
  }
  const done: ReplayRound[] = [];
  for (const speed of SPEEDS) done.push(await round(rounds, arrivals, speed));
  return done;
}

async function round(rounds: Rounds, arrivals: string, speed: number): Promise<ReplayRound> {
  const { folder, stack, simulation, tolerance, plan } = rounds;
  const name = `replay-x${speed}`;
  const file = (part: string) => join(folder, name, part);
  prepareToWrite(file('report.html'));
  const driven = drivenBy(rounds, arrivals, speed);
  const predicted = await predict(driven, simulation, 'shared');
  say(`    replay ×${speed}: ${formatDuration(driven.model.durationMs)}`);
  const replayed = await played(rounds, speed, driven.model.durationMs);
  const text = readText(stack.logPath, 'a staging log', MOST_DATA_BYTES);
  const startAtMs = replayed.provenance.startedAtMs!;
  const seen = readStagingLog(shown(stack.logPath), text, startAtMs, driven.model.durationMs);
  const measured = measuredByReplay(replayed, predicted, journeysOf(plan), seen);
  const comparison = compare(predicted, measured, tolerance);
  writeJson(file('predicted.json'), predicted);
  writeJson(file('measured.json'), measured);
  giveReport(comparison, predicted, measured, {
    report: file('report.html'),
    output: file('comparison.json'),
  });
  return { speed, predicted, measured, comparison, report: `${name}/report.html` };
}

/** Endpoint → journey. */
function journeysOf({ loads }: LoadPlan): Map<string, string> {
  return new Map(loads.map((load) => [endpointOf(load), load.journey]));
}

function endpointOf({ endpoint }: JourneyLoad): string {
  return `GET /${endpoint}`;
}

/** The model, whose traffics come when the recorded requests for their endpoints came. */
function drivenBy(
  { system, request, loaded, plan }: Rounds,
  arrivals: string,
  speed: number,
): LoadedModel {
  const { durationMs, warmUpMs, traffic } = loaded.model;
  const endpoints = new Set(plan.loads.map(endpointOf));
  if (endpoints.size < plan.loads.length) {
    const expected = 'traffics that call endpoints of their own';
    throw new UsageError(`${loaded.model.name}: --replay expects ${expected}, found two of one`);
  }
  const settings = traffic.flatMap(({ name }, index) => {
    const own = { replayed: arrivals, speed, only: endpointOf(plan.loads[index]!) };
    const key = `traffic.${name}.arrivals`;
    // Maps are merged: bursts would stand beside it.
    return [`traffic.${name}.rate=null`, `${key}=null`, `${key}=${JSON.stringify(own)}`];
  });
  const lengths = [
    `duration=${writeDuration(durationMs / speed)}`,
    `warm-up=${writeDuration(warmUpMs / speed)}`,
  ];
  return loadRequested(system, {
    ...request,
    set: [...(request.set ?? []), ...lengths, ...settings],
  });
}

async function played(
  { capture, stack, plan }: Rounds,
  speed: number,
  durationMs: number,
): Promise<Results> {
  const target = stack.entryUrl;
  const timeouts = plan.loads.map(({ timeoutMs }) => timeoutMs ?? USUAL_TIMEOUT_MS);
  const options = replayOptions([capture], {
    target,
    // Taken from this very system, and nobody else's.
    allowSource: [hostOf(target)],
    speed,
    threads: 1,
    timeout: Math.max(...timeouts),
    errorBudget: 'off',
    maxLateness: 5,
    maxBad: 0,
    output: '',
  });
  const watch = watchMachine();
  try {
    const signal = interruption();
    const startAt = async () => {
      await stack.prepare();
      const startAtMs = Math.ceil(Date.now() + LEAD_MS);
      await stack.run(startAtMs);
      return startAtMs;
    };
    const { results } = await replay(
      () => openCapture([capture]),
      { ...options, leastDurationMs: durationMs },
      { signal, startAt },
    );
    signal.throwIfAborted();
    const { machineCpuRatio, loopDelayMsP99 } = watch.stop();
    return { ...results, generator: { ...results.generator!, machineCpuRatio, loopDelayMsP99 } };
  } finally {
    watch.stop();
  }
}
