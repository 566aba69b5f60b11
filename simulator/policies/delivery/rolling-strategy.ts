/** A Kubernetes Deployment as a roll-out. It looks at no answers: nothing sends it back. */
import { decideRolling, INITIAL_ROLLING_STATE, type RollingSet } from './rolling-update.ts';
import { earliest, type SideSeen, type Strategy, type StrategyOf } from './strategy.ts';

/** Rolls the new version in by the rules of `rolling-update.ts`. */
export function rollingStrategy(settings: StrategyOf<'rolling'>): Strategy {
  let state = INITIAL_ROLLING_STATE;
  return ({ nowMs, replicas, old, fresh }) => {
    const wasTimedOut = state.isTimedOut;
    const seen = { nowMs, newSet: setOf('new', fresh), oldSets: [setOf('old', old)] };
    const decision = decideRolling({ ...settings, replicas }, seen, state);
    state = decision.state;
    const { newSet, oldSets } = decision.desired;
    const deadlineMs = state.progress!.atMs + settings.progressDeadlineMs;
    const isLate = state.isTimedOut && !wasTimedOut;
    return {
      old: oldSets[0]!,
      fresh: newSet,
      phase: decision.isComplete ? 'done' : 'under way',
      nextAtMs: earliest(state.isTimedOut || deadlineMs <= nowMs ? null : deadlineMs),
      reason: decision.reason,
      ...(isLate && { news: decision.reason }),
    };
  };
}

function setOf(revision: string, { desired, ready, available }: SideSeen): RollingSet {
  return { revision, desired, ready, available };
}
