/**
 * The instances of a group by version, as a roll-out looks at them:
 *
 *     old      the version that runs when nothing is rolled out
 *     between  versions of roll-outs that gave way to the next one, oldest first
 *     fresh    the version that comes
 */
import type { Rollout, RolloutStrategy } from '../model/rollout-settings.ts';
import type { SideSeen } from '../policies/delivery/strategy.ts';
import { type Fleet, STATE } from './fleet.ts';

/** Rows of instances that boot or serve, by version. */
export function rowsByVersion(fleet: Fleet, service: number): number[][] {
  const versions = 1 + (fleet.services[service]!.rollouts ?? []).length;
  const rows: number[][] = Array.from({ length: versions }, () => []);
  for (const row of fleet.rowsIn(service, STATE.booting, STATE.warming, STATE.ready)) {
    rows[fleet.version[row]!]!.push(row);
  }
  return rows;
}

/** Instances of one version, by what the strategy takes for available. */
export function sideOf(
  fleet: Fleet,
  rows: readonly number[],
  { version, desired }: { readonly version: number; readonly desired: number },
  { strategy }: Rollout,
  nowMs: number,
): SideSeen {
  const ready = rows.filter((row) => fleet.state[row] !== STATE.booting);
  const isAvailable = (row: number) =>
    strategy.type === 'instance-refresh'
      ? fleet.state[row] === STATE.ready
      : fleet.readyMs[row]! + minReadyOf(strategy) <= nowMs;
  const available = ready.filter(isAvailable).length;
  return { version, desired, actual: rows.length, ready: ready.length, available };
}

/** An instance counts when it has been ready for so long. */
export function minReadyOf(strategy: RolloutStrategy): number {
  return 'minReadyMs' in strategy ? strategy.minReadyMs : 0;
}

/** When some of the instances will have been ready for long enough. */
export function availableAtMs(
  fleet: Fleet,
  rows: readonly number[],
  { strategy }: Rollout,
): number[] {
  const up = rows.filter((row) => fleet.state[row] !== STATE.booting);
  return up.map((row) => fleet.readyMs[row]! + minReadyOf(strategy));
}

/**
 * What runs when a roll-out gives way: a Deployment and a group of EC2 know no version that would
 * be the stable one, so it is the one with the most instances, the newest among equals; the others
 * keep theirs as long as it has any.
 */
export function stableAfter(
  { type }: RolloutStrategy,
  rows: readonly (readonly number[])[],
  stable: number,
): number {
  const knowsStable = type !== 'rolling' && type !== 'instance-refresh';
  if (knowsStable && rows[stable]!.length > 0) return stable;
  const most = Math.max(...rows.map(({ length }) => length));
  return rows.findLastIndex(({ length }) => length === most);
}
