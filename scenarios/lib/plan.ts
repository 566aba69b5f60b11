/**
 * The load plan, read once for all virtual users: k6 gives every one of them a copy of everything
 * but a SharedArray, which is why arrivals stay in one.
 */
import { SharedArray } from 'k6/data';
import {
  ARRIVALS_PER_BLOCK,
  decodeArrivals,
  type JourneyLoad,
  type LoadPlan,
  PLAN_FORMAT,
} from '../../simulator/traffic/load-plan.ts';
import { checkedTarget } from './target.ts';

/** A load without its arrival times, which are looked up by `arrivalMs`. */
export interface ScenarioLoad extends Omit<JourneyLoad, 'arrivals'> {
  /** Name of the k6 scenario that plays it. */
  readonly scenario: string;
  /** Index of its first block among all the plan's. */
  readonly firstBlock: number;
  readonly url: string;
}

export interface ScenarioPlan extends Omit<LoadPlan, 'loads'> {
  readonly loads: readonly ScenarioLoad[];
  readonly blocks: readonly string[];
}

/**
 * Init context only. The file is `PLIMSOLL_PLAN`, or the one given, which lies beside the bundle;
 * the target is `PLIMSOLL_TARGET`, or the plan's. Throws where the plan is none, has no arrivals,
 * or leads to a host that may not be loaded.
 */
export function readPlan(besideBundle: string): ScenarioPlan {
  const path = __ENV['PLIMSOLL_PLAN'] ?? besideBundle;
  const [head] = new SharedArray('plan', () => [headOf(parsePlan(path))]);
  const blocks = new SharedArray('arrivals', () => {
    const all = parsePlan(path).loads.flatMap(({ arrivals }) => arrivals);
    return all.length > 0 ? all : [''];
  });
  const plan: ScenarioPlan = { ...head!, blocks };
  const target = checkedTarget(__ENV['PLIMSOLL_TARGET'] ?? plan.target, allowedHost());
  const loads = plan.loads.map((load) => ({ ...load, url: `${target}/${load.endpoint}` }));
  return { ...plan, target, loads };
}

function allowedHost(): string | undefined {
  return __ENV['PLIMSOLL_ALLOW_HOST'];
}

function parsePlan(path: string): LoadPlan {
  // `plan` wrote the file and checked it; what matters here is that it is the right kind of file.
  const plan = JSON.parse(open(path)) as LoadPlan;
  if (plan.format !== PLAN_FORMAT) {
    throw new Error(`${path}: expected format ${PLAN_FORMAT}, found ${plan.format}`);
  }
  if (!plan.loads.some(({ arrivalCount }) => arrivalCount > 0)) {
    throw new Error(`${path}: the plan has no arrivals`);
  }
  return plan;
}

function headOf(plan: LoadPlan): Omit<ScenarioPlan, 'blocks'> {
  let firstBlock = 0;
  const loads = plan.loads.map(({ arrivals, ...load }, index) => {
    const scenario = `${index + 1}-${load.journey}`;
    const placed = { ...load, scenario, firstBlock, url: '' };
    firstBlock += arrivals.length;
    return placed;
  });
  return { ...plan, loads: loads.filter(({ arrivalCount }) => arrivalCount > 0) };
}

/** The latest block that this virtual user has decoded: it takes arrivals in order of time. */
let decoded: { readonly index: number; readonly timesMs: readonly number[] } | undefined;

/** Time of a load's k-th arrival, in ms since moment 0. */
export function arrivalMs(plan: ScenarioPlan, load: ScenarioLoad, k: number): number {
  const index = load.firstBlock + Math.floor(k / ARRIVALS_PER_BLOCK);
  if (decoded?.index !== index) {
    decoded = { index, timesMs: decodeArrivals(plan.blocks[index]!) };
  }
  return decoded.timesMs[k % ARRIVALS_PER_BLOCK]!;
}
