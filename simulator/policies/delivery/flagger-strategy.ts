/**
 * A Flagger canary as a roll-out: a second group of full size, and a router that moves traffic. On
 * promotion the new instances become the primary ones, where Flagger rolls the primary group and
 * then moves all traffic back to it: one group of new instances less, and nothing else differs.
 */
import type { VersionGate } from '../../model/rollout-settings.ts';
import { decideFlagger, FLAGGER_DEFAULTS, INITIAL_FLAGGER_STATE } from './flagger.ts';
import type { RolloutPhase, RolloutSeen, Strategy, StrategyOf } from './strategy.ts';
import { bothSince, type Judgement, judgeVersion, NOTHING_ANSWERED } from './version-gate.ts';

const ALL = 100;

/** Ticks by the rules of `flagger.ts`; the gate judges each interval between two ticks. */
export function flaggerStrategy(
  settings: StrategyOf<'flagger'>,
  gate: VersionGate | undefined,
  startedAtMs: number,
): Strategy {
  const rules = { ...FLAGGER_DEFAULTS, ...settings };
  let state = { ...INITIAL_FLAGGER_STATE, revision: 'old' };
  let since = NOTHING_ANSWERED;
  let nextAtMs = startedAtMs;
  let reason = '';
  return (seen) => {
    const { nowMs, replicas, answers } = seen;
    const isDue = nowMs >= nextAtMs;
    if (isDue) {
      const judged = judge(gate, seen, since);
      since = answers;
      const observation = {
        nowMs,
        revision: 'new',
        isPrimaryReady: true,
        isCanaryReady: seen.fresh.available >= replicas,
        isHealthy: judged.verdict === 'passes',
        mayPromote: true,
        rollsBack: false,
      };
      const failedBefore = state.failedChecks;
      const decision = decideFlagger(rules, observation, state);
      const isFailed = decision.failedChecks > failedBefore;
      state = { ...decision.state, revision: 'new' };
      ({ nextAtMs } = decision);
      reason = isFailed ? `${decision.reason}: ${judged.reason}` : decision.reason;
    }
    const { phase, canaryWeight } = state;
    const isMoved = phase === 'Finalising' || phase === 'Succeeded';
    const isFailed = phase === 'Failed';
    return {
      old: isMoved ? 0 : replicas,
      fresh: isFailed ? 0 : replicas,
      freshRatio: isMoved ? 1 : canaryWeight / ALL,
      phase: phaseOf(phase),
      nextAtMs,
      reason,
      ...(isDue && { news: reason }),
    };
  };
}

function phaseOf(phase: string): RolloutPhase {
  if (phase === 'Succeeded') return 'done';
  return phase === 'Failed' ? 'rolled back' : 'under way';
}

/** Without a value Flagger's check fails. */
function judge(
  gate: VersionGate | undefined,
  { answers }: RolloutSeen,
  since: typeof NOTHING_ANSWERED,
): Judgement {
  if (gate === undefined) return { verdict: 'passes', reason: 'no check' };
  return judgeVersion(gate, bothSince(since, answers));
}
