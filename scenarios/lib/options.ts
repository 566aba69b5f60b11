/** k6's options, made from the plan. */
import type { Options, Scenario } from 'k6/options';
import type { ScenarioLoad, ScenarioPlan } from './plan.ts';
import { untilStartMs } from './turn.ts';

/** k6's own, for a plan that names no timeout. */
const DEFAULT_TIMEOUT_MS = 60_000;
/** Room for a generator that fell behind. */
const SLACK_MS = 10_000;
/** Rates of k6 are whole numbers: requests in so many seconds give them three decimals. */
const RATE_UNIT_SECONDS = 1000;
const TREND_STATS = 'avg min med p(90) p(95) p(99) p(99.9) max count';
const SYSTEM_TAGS = 'status method name scenario error error_code expected_response';

/** What no server has, whatever a look-up says: `replay/guard.ts` has the same. */
const NEVER_SERVERS = ['0.0.0.0/8', '169.254.0.0/16', '224.0.0.0/3', 'fe80::/10', 'ff00::/8'];

export function optionsOf(plan: ScenarioPlan): Options {
  const scenarios: Record<string, Scenario> = {};
  for (const load of plan.loads) scenarios[load.scenario] = scenarioOf(plan, load);
  const thresholds: Record<string, string[]> = {};
  for (const [metric, rules] of Object.entries(plan.thresholds)) thresholds[metric] = [...rules];
  return {
    scenarios,
    thresholds,
    summaryTrendStats: TREND_STATS.split(' '),
    systemTags: SYSTEM_TAGS.split(' '),
    discardResponseBodies: true,
    maxRedirects: 0,
    blacklistIPs: NEVER_SERVERS,
    ...hostsOf(plan),
    noConnectionReuse: false,
    setupTimeout: `${Math.ceil(untilStartMs() / 1000) + 60}s`,
    userAgent: 'plimsoll',
  };
}

/** Where the target's owner was asked, k6 looks up nothing: it connects to that very address. */
function hostsOf({ target }: ScenarioPlan): Pick<Options, 'hosts'> {
  const address = __ENV['PLIMSOLL_ADDRESS'];
  const host = /^https?:\/\/([a-z0-9.-]+)/i.exec(target)?.[1]?.toLowerCase();
  return address === undefined || host === undefined ? {} : { hosts: { [host]: address } };
}

/** Milliseconds after which a request of this load is given up. */
export function timeoutMs(load: ScenarioLoad): number {
  return load.timeoutMs ?? DEFAULT_TIMEOUT_MS;
}

function scenarioOf(plan: ScenarioPlan, load: ScenarioLoad): Scenario {
  const common = {
    tags: { journey: load.journey },
    gracefulStop: seconds(timeoutMs(load) + 1000),
  };
  if (load.pacing === 'even') return { ...common, ...evenly(load) };
  return {
    ...common,
    executor: 'shared-iterations',
    vus: Math.min(load.virtualUsers, load.arrivalCount),
    iterations: load.arrivalCount,
    maxDuration: seconds(untilStartMs() + plan.durationMs + timeoutMs(load) + SLACK_MS),
  };
}

function evenly(load: ScenarioLoad) {
  const rate = (perSecond: number) => Math.round(perSecond * RATE_UNIT_SECONDS);
  const stages = load.stages.flatMap(({ durationMs, fromPerSecond, toPerSecond }, index) => {
    const before = load.stages[index - 1]?.toPerSecond ?? fromPerSecond;
    const jump = before === fromPerSecond ? [] : [{ duration: '0s', target: rate(fromPerSecond) }];
    return [...jump, { duration: `${durationMs}ms`, target: rate(toPerSecond) }];
  });
  return {
    executor: 'ramping-arrival-rate' as const,
    startRate: rate(load.stages[0]?.fromPerSecond ?? 0),
    timeUnit: `${RATE_UNIT_SECONDS}s`,
    stages,
    preAllocatedVUs: load.virtualUsers,
    maxVUs: load.virtualUsers,
  };
}

function seconds(ms: number): string {
  return `${Math.ceil(ms / 1000)}s`;
}
