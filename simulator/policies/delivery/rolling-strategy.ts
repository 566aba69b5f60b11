/**
 * A Kubernetes Deployment as a roll-out. It looks at no answers: nothing sends it back. The next
 * one rolls over: what the one before has brought is one more old set, and the oldest goes first.
 */
import { decideRolling, INITIAL_ROLLING_STATE, type RollingSet } from './rolling-update.ts';
import { earliest, type SideSeen, type Strategy, type StrategyOf } from './strategy.ts';

/** Rolls the new version in by the rules of `rolling-update.ts`. */
export function rollingStrategy(settings: StrategyOf<'rolling'>): Strategy {
  let state = INITIAL_ROLLING_STATE;
  return ({ nowMs, replicas, old, between, fresh }) => {
    const wasTimedOut = state.isTimedOut;
    const olds = [old, ...between].toSorted((a, b) => a.version - b.version);
    const seen = {
      nowMs,
      newSet: setOf('new', fresh),
      oldSets: olds.map((side) => setOf(side === old ? 'old' : `version ${side.version}`, side)),
    };
    const decision = decideRolling({ ...settings, replicas }, seen, state);
    state = decision.state;
    const { newSet, oldSets } = decision.desired;
    const sizeOf = (side: SideSeen) => oldSets[olds.indexOf(side)]!;
    const deadlineMs = state.progress!.atMs + settings.progressDeadlineMs;
    const isLate = state.isTimedOut && !wasTimedOut;
    return {
      old: sizeOf(old),
      between: between.map(sizeOf),
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
