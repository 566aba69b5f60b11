/**
 * An instance refresh of EC2 Auto Scaling as a roll-out. The gate is its alarm: it is in ALARM
 * while the latest judgement has failed. What the group lacks is launched with the version that
 * the refresh brings, or goes back to.
 */
import type { VersionGate } from '../../model/rollout-settings.ts';
import {
  type RefreshInstance,
  type RefreshState,
  type RefreshStatus,
  startRefresh,
  stepRefresh,
} from '../aws/instance-refresh.ts';
import {
  earliest,
  type RolloutPhase,
  type RolloutSeen,
  type SideSeen,
  type Strategy,
  type StrategyOf,
} from './strategy.ts';
import { bothSince, judgeVersion, NOTHING_ANSWERED } from './version-gate.ts';

const HOUR_MS = 3_600_000;

/** Replaces instances by the rules of `instance-refresh.ts`. */
export function refreshStrategy(
  settings: StrategyOf<'instance-refresh'>,
  gate: VersionGate | undefined,
  startedAtMs: number,
): Strategy {
  const rule = { ...settings, skipMatching: false };
  const alarm = gate === undefined ? undefined : alarmOf(gate, startedAtMs);
  let state = startRefresh(startedAtMs);
  return (seen) => {
    const { nowMs, replicas } = seen;
    const instances = instancesOf(seen, startedAtMs);
    const isGoing = state.status === 'InProgress' || state.status === 'Baking';
    const alarmed = isGoing ? alarm?.look(seen) : undefined;
    const observation = { nowMs, desired: replicas, instances };
    const before = state;
    const isAlarmed = alarmed !== undefined;
    const step = stepRefresh(rule, { ...observation, isAlarmed }, before);
    state = step.state;
    const isChange = state.status !== before.status || state.passed > before.passed;
    const why = isChange && isAlarmed ? `: ${alarmed}` : '';
    return {
      ...sizes(seen, state.status, step),
      phase: phaseOf(state.status),
      nextAtMs: earliest(alarm?.nextAtMs(), ...moments(rule, state, nowMs)),
      reason: step.reason,
      ...(isChange && { news: `${step.reason}${why}` }),
    };
  };
}

/** The gate, judged over each period. */
function alarmOf(gate: VersionGate, startedAtMs: number) {
  let since = NOTHING_ANSWERED;
  let dueAtMs = startedAtMs + gate.everyMs;
  let failing: string | undefined;

  /** Why it is in ALARM; undefined when it is not. */
  function look({ nowMs, answers }: RolloutSeen): string | undefined {
    if (nowMs < dueAtMs) return failing;
    dueAtMs += gate.everyMs;
    const { verdict, reason } = judgeVersion(gate, bothSince(since, answers));
    if (verdict === 'no data') return failing;
    since = answers;
    failing = verdict === 'fails' ? reason : undefined;
    return failing;
  }

  return { look, nextAtMs: () => dueAtMs };
}

/** Both sides as a list; instances of one side are told apart by their health alone. */
function instancesOf(seen: RolloutSeen, startedAtMs: number): RefreshInstance[] {
  const side = ({ actual, available }: SideSeen, matches: boolean, firstId: number) =>
    Array.from(
      { length: actual },
      (_, index): RefreshInstance => ({
        id: firstId + index,
        launchedAtMs: matches ? startedAtMs : 0,
        matches,
        health: index < available ? 'ready' : 'warming',
      }),
    );
  const all: RefreshInstance[] = [];
  for (const one of sidesOf(seen)) all.push(...side(one, one === seen.fresh, all.length));
  return all;
}

/** The old ones first, then those that a refresh has brought that was cancelled for this one. */
function sidesOf({ old, between, fresh }: RolloutSeen): readonly SideSeen[] {
  return [old, ...between, fresh];
}

function sizes(
  seen: RolloutSeen,
  status: RefreshStatus,
  { launch, terminate }: { readonly launch: number; readonly terminate: readonly number[] },
): { old: number; between: number[]; fresh: number } {
  let firstId = 0;
  const kept = sidesOf(seen).map(({ actual }) => {
    const isOwn = (id: number) => id >= firstId && id < firstId + actual;
    const left = actual - terminate.filter(isOwn).length;
    firstId += actual;
    return left;
  });
  const all = kept.reduce((sum, count) => sum + count, 0);
  const isSaid = launch > 0 || terminate.length > 0 || phaseOf(status) !== 'under way';
  const comes = isSaid ? launch : Math.max(0, seen.replicas - all);
  kept[status === 'RollbackInProgress' ? 0 : kept.length - 1]! += comes;
  return { old: kept[0]!, between: kept.slice(1, -1), fresh: kept.at(-1)! };
}

function phaseOf(status: RefreshStatus): RolloutPhase {
  switch (status) {
    case 'InProgress':
    case 'Baking':
    case 'RollbackInProgress':
      return 'under way';
    case 'Successful':
      return 'done';
    case 'RollbackSuccessful':
      return 'rolled back';
    case 'Failed':
    case 'RollbackFailed':
      return 'failed';
    default:
      throw new Error(`unknown status ${status satisfies never}`);
  }
}

/** When a wait, or its patience, is over. */
function moments(
  { checkpointDelayMs, bakeMs }: StrategyOf<'instance-refresh'>,
  { status, waitsSinceMs, progressedAtMs }: RefreshState,
  nowMs: number,
): number[] {
  const delayMs = status === 'Baking' ? bakeMs : checkpointDelayMs;
  const all = waitsSinceMs === null ? [progressedAtMs + HOUR_MS] : [waitsSinceMs + delayMs];
  return all.filter((atMs) => atMs > nowMs);
}
