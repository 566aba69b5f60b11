/**
 * When each iteration fires. With `exact` pacing all virtual users of a scenario share one counter:
 * whoever takes k waits until moment 0 plus the k-th arrival time. So k6 plays the very arrivals
 * that the simulator used, and an iteration that finds no free user is late, never lost.
 */
import { scenario } from 'k6/execution';
import { segmentArea, timeAtArea } from '../../simulator/traffic/curve.ts';
import { epochOffsetMs, nowMs, sleepUntil } from './clock.ts';
import { lateness, start } from './metrics.ts';
import { arrivalMs, type ScenarioLoad, type ScenarioPlan } from './plan.ts';

/** Time for all virtual users to take their first arrival and go to sleep. */
const LEAD_MS = 3000;

/** What `setup` tells every virtual user. */
export interface Moment {
  /** Epoch time of moment 0, in ms. */
  readonly startAtMs: number;
  readonly offsetMs: number;
  readonly runId: string;
}

export interface Turn {
  readonly load: ScenarioLoad;
  /** Index of the arrival, over all virtual users. */
  readonly index: number;
  readonly runId: string;
}

/** Milliseconds from now to moment 0: `PLIMSOLL_START_AT` where it is given, else the lead. */
export function untilStartMs(): number {
  const asked = __ENV['PLIMSOLL_START_AT'];
  if (asked === undefined || asked === '') return LEAD_MS;
  if (!/^\d{12,14}(\.\d+)?$/.test(asked)) {
    throw new Error(`PLIMSOLL_START_AT: expected epoch time in ms, found ${asked}`);
  }
  return Math.max(0, Number(asked) - Date.now());
}

/**
 * k6's `setup`: fixes moment 0 for all scenarios and writes it into the output. The evenly spaced
 * executors start when this returns, so it returns at moment 0 where the plan has one.
 */
export function fixStart(plan: ScenarioPlan): Moment {
  const offsetMs = epochOffsetMs();
  const asked = Number(__ENV['PLIMSOLL_START_AT'] ?? 0);
  const startAtMs = asked > 0 ? asked : nowMs(offsetMs) + LEAD_MS;
  start.add(startAtMs);
  if (plan.loads.some(({ pacing }) => pacing === 'even')) sleepUntil(startAtMs, offsetMs);
  const runId = __ENV['PLIMSOLL_RUN_ID'] ?? `${plan.name}-${plan.seed}-${Math.floor(startAtMs)}`;
  return { startAtMs, offsetMs, runId };
}

/**
 * When k6's own executor means to start an iteration: the first one where the area under the rate
 * is 1 (`ramping-arrival-rate` in k6's sources).
 */
function evenMs({ stages }: ScenarioLoad, index: number): number {
  const target = index + 1;
  let startMs = 0;
  let before = 0;
  for (const stage of stages) {
    const segment = { ...stage, startMs, endMs: startMs + stage.durationMs, phase: undefined };
    const area = segmentArea(segment);
    if (target - before <= area) return timeAtArea(segment, target - before);
    startMs = segment.endMs;
    before += area;
  }
  return startMs;
}

/** Waits for this iteration's arrival time and records how late it is. */
export function waitForTurn(plan: ScenarioPlan, moment: Moment): Turn {
  const { name, iterationInTest: index } = scenario;
  const load = plan.loads.find((candidate) => candidate.scenario === name)!;
  const intendedMs = load.pacing === 'exact' ? arrivalMs(plan, load, index) : evenMs(load, index);
  lateness.add(sleepUntil(moment.startAtMs + intendedMs, moment.offsetMs));
  return { load, index, runId: moment.runId };
}
