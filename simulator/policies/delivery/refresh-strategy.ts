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
      ...sizes(seen, instances, state.status, step),
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
function instancesOf({ old, fresh }: RolloutSeen, startedAtMs: number): RefreshInstance[] {
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
  return [...side(old, false, 0), ...side(fresh, true, old.actual)];
}

function sizes(
  { replicas, old, fresh }: RolloutSeen,
  instances: readonly RefreshInstance[],
  status: RefreshStatus,
  step: { readonly launch: number; readonly terminate: readonly number[] },
): { old: number; fresh: number } {
  const endedFresh = step.terminate.filter((id) => instances[id]!.matches).length;
  const kept = { old: old.actual - (step.terminate.length - endedFresh), fresh: fresh.actual };
  kept.fresh -= endedFresh;
  const mayLack = step.launch > 0 || step.terminate.length > 0 || phaseOf(status) !== 'under way';
  const launch = mayLack ? step.launch : Math.max(0, replicas - kept.old - kept.fresh);
  const goesBack = status === 'RollbackInProgress';
  return goesBack
    ? { old: kept.old + launch, fresh: kept.fresh }
    : { old: kept.old, fresh: kept.fresh + launch };
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
