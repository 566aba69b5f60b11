/**
 * Roll-outs in simulated groups, second by second: ten instances that boot in 20 s, and a version
 * that comes at 60 s.
 */
import type { Model, Service } from '../../simulator/model/model.ts';
import type {
  Rollout,
  RolloutStrategy,
  Version,
  VersionGate,
} from '../../simulator/model/rollout-settings.ts';
import type { StrategyOf } from '../../simulator/policies/delivery/strategy.ts';
import type { Results, RolloutOutcome, Run } from '../../simulator/results/results.ts';
import { simulate } from '../../simulator/simulate.ts';
import { fixedSize, model, service } from './models.ts';

export const ms = (value: number): { type: 'constant'; ms: number } => ({
  type: 'constant',
  ms: value,
});
export const SECOND = 1000;
const BOOT = { type: undefined, dollarsPerHour: undefined, boot: ms(20_000), warmUpMs: 0 };

export const good: Version = { slowness: 1, failRatio: 0 };
export const slow: Version = { slowness: 1.8, failRatio: 0 };
export const failing: Version = { slowness: 1, failRatio: 0.04 };

const limits = { maxSurge: '25%', maxUnavailable: '25%', minReadyMs: 0 } as const;
export const rolling: StrategyOf<'rolling'> = {
  type: 'rolling',
  ...limits,
  progressDeadlineMs: 600_000,
};
export const canary: StrategyOf<'canary'> = {
  type: 'canary',
  ...limits,
  progressDeadlineMs: 600_000,
  steps: [{ weight: 20 }, { pauseMs: 120_000 }, { weight: 50 }, { pauseMs: 120_000 }],
};
export const refresh: StrategyOf<'instance-refresh'> = {
  type: 'instance-refresh',
  minHealthyPercent: 90,
  maxHealthyPercent: 100,
  checkpointPercents: [],
  checkpointDelayMs: 3_600_000,
  autoRollback: true,
  bakeMs: 0,
};
export const flagger: StrategyOf<'flagger'> = {
  type: 'flagger',
  intervalMs: 60_000,
  stepWeight: 10,
  maxWeight: 50,
  threshold: 2,
  progressDeadlineMs: 600_000,
};
export const groups: StrategyOf<'groups'> = {
  type: 'groups',
  stages: [1, 10, 50, 100].map((percent) => ({ percent, bakeMs: 120_000 })),
};
export const gate: VersionGate = {
  errorRatioMargin: 0.01,
  latencyRatioMax: 1.3,
  requestsMin: 100,
  confidence: 0.95,
  everyMs: 60_000,
  failuresMax: 0,
};

interface Setting {
  readonly own?: Partial<Service>;
  readonly durationMs?: number;
  readonly perSecond?: number;
}

/** Requests of 20 ms on the processor, evenly, to a group with roll-outs. */
export function ran(
  rollouts: readonly Rollout[],
  { own, durationMs = 900_000, perSecond = 50 }: Setting = {},
): { run: Run; results: Results } {
  const kind = { on: BOOT, serves: { type: 'threads', count: 4 }, scaling: fixedSize(10) } as const;
  const feed = { ...service('feed', { time: ms(20), ...kind, ...own }), rollouts };
  const base = model(perSecond, durationMs, [feed]);
  const traffic = base.traffic.map((one) => ({ ...one, arrivals: 'even' }) as const);
  const what: Model = { ...base, traffic };
  const options = { seed: 1, arrivals: 'independent', modelDigest: '', replications: 1 } as const;
  const results = simulate(what, options);
  return { run: results.runs[0]!, results };
}

export function rollout(
  version: Version,
  strategy: RolloutStrategy,
  more: Partial<Rollout> = {},
): Rollout {
  return { atMs: 60_000, version, strategy, ...more };
}

/** Seconds and sizes of what was told: `[60, 10, 3]` is 10 old and 3 new ones. */
function sizes({ incidents = [] }: Run): [number, number, number][] {
  return incidents.flatMap(({ atMs, reason }) => {
    const found = /old \d+ → (\d+), new \d+ → (\d+)/.exec(reason);
    return found === null ? [] : [[atMs / SECOND, Number(found[1]), Number(found[2])]];
  });
}

/**
 * Seconds and sizes where roll-outs overlap: `[100, '8 0 5']` is 8 old ones, none of the version
 * before, 5 new ones; at the end of each second.
 */
export function overlap({ incidents = [] }: Run): [number, string][] {
  const all = incidents.flatMap(({ atMs, reason }): [number, string][] => {
    const found = /old \d+ → (\d+), (?:version \d+ \d+ → (\d+), )?new \d+ → (\d+)/.exec(reason);
    if (found === null) return [];
    return [[atMs / SECOND, `${found[1]} ${found[2] ?? '-'} ${found[3]}`]];
  });
  return all.filter(([at], index) => all[index + 1]?.[0] !== at);
}

/** The last of what was told at each second. */
export function atRest(run: Run): [number, number, number][] {
  return sizes(run).filter(([at], index, all) => all[index + 1]?.[0] !== at);
}

export function outcome({ services }: Run): RolloutOutcome & { endedAtS: number | null } {
  const [one] = services['feed']!.rollouts!;
  return { ...one!, endedAtS: one!.endedAtMs === null ? null : one!.endedAtMs / SECOND };
}
