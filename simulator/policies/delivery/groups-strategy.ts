/**
 * Percentage groups as a roll-out: a router gives the new version its share of the requests, and
 * as many instances as that share needs. The old instances all stay until the last stage has
 * passed, so that everybody can go back at once.
 */
import type { VersionGate } from '../../model/rollout-settings.ts';
import { decideStaged, INITIAL_STAGED_STATE, type StagedDecision } from './percentage-groups.ts';
import { earliest, type RolloutSeen, type Strategy, type StrategyOf } from './strategy.ts';
import { bothSince, groupSeen, healthGate, NOTHING_ANSWERED } from './version-gate.ts';

/** Without one nothing is worse: the stages only take their time. */
const NO_GATE = {
  errorRatioMargin: undefined,
  latencyRatioMax: undefined,
  requestsMin: 0,
  confidence: 0.95,
  everyMs: Number.POSITIVE_INFINITY,
  failuresMax: 0,
} as const;

/** Goes through the stages by the rules of `percentage-groups.ts`. */
export function groupsStrategy(
  { stages }: StrategyOf<'groups'>,
  gate: VersionGate = NO_GATE,
  startedAtMs: number,
): Strategy {
  const settings = { stages, gate: healthGate(gate) };
  const first = { nowMs: startedAtMs, ...observed(NOTHING_ANSWERED) };
  let decision = decideStaged(settings, first, INITIAL_STAGED_STATE);
  let since = NOTHING_ANSWERED;
  let dueAtMs = startedAtMs;
  /** Of the requests; that of the decision as soon as there are instances for it. */
  let percent = 0;
  let news: string | undefined;

  /** The stage begins. */
  function open({ nowMs, answers }: RolloutSeen): void {
    percent = decision.percent;
    since = answers;
    decision = { ...decision, state: { ...decision.state, sinceMs: nowMs } };
    dueAtMs = dueAfter(nowMs);
    if (decision.phase === 'Baking') news = `${percent} % of the requests`;
  }

  function judge({ nowMs, answers }: RolloutSeen): void {
    const before = decision;
    const seen = { nowMs, ...observed(bothSince(since, answers)) };
    decision = decideStaged(settings, seen, before.state);
    dueAtMs = dueAfter(nowMs);
    if (decision.stage !== before.stage || decision.phase !== before.phase) news = decision.reason;
  }

  function dueAfter(nowMs: number): number {
    const { sinceMs, stage } = decision.state;
    const endMs = sinceMs! + (stages[stage]?.bakeMs ?? 0);
    return endMs > nowMs ? Math.min(endMs, nowMs + gate.everyMs) : nowMs + gate.everyMs;
  }

  return (seen) => {
    const { nowMs, replicas, between, fresh } = seen;
    news = undefined;
    const isBaking = () => decision.phase === 'Baking' && percent === decision.percent;
    if (isBaking() && nowMs >= dueAtMs) judge(seen);
    const wanted = sizeFor(decision, replicas);
    const isThere = fresh.available >= wanted;
    if (decision.phase === 'RolledBack') percent = 0;
    else if (isThere && percent !== decision.percent) open(seen);
    const isOpen = percent === decision.percent;
    const isDone = decision.phase === 'Done' && isThere && isOpen;
    const waits = isOpen ? '' : `${fresh.available} of ${wanted} instances for `;
    return {
      old: isDone ? 0 : replicas,
      fresh: wanted,
      between: between.map(() => 0),
      freshRatio: percent / 100,
      phase: isDone ? 'done' : decision.phase === 'RolledBack' ? 'rolled back' : 'under way',
      nextAtMs: earliest(isBaking() ? dueAtMs : null),
      reason: `${waits}${decision.reason}`,
      ...(news !== undefined && { news }),
    };
  };
}

function observed(both: typeof NOTHING_ANSWERED) {
  return { baseline: groupSeen(both.old), candidate: groupSeen(both.fresh) };
}

/** Instances for a share of the users: whole ones, so at least one. */
function sizeFor({ percent }: StagedDecision, replicas: number): number {
  return Math.ceil((replicas * percent) / 100);
}
