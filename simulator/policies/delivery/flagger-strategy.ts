/**
 * A Flagger canary as a roll-out: a second group of full size, and a router that moves traffic. On
 * promotion the new instances become the primary ones, where Flagger rolls the primary group and
 * then moves all traffic back to it: one group of new instances less, and nothing else differs.
 * A version that comes meanwhile rolls through the second group, as its Deployment does, and with
 * the next check the analysis begins again; while a promotion is under way it waits.
 */
import type { VersionGate } from '../../model/rollout-settings.ts';
import { resolveFenceposts } from './fenceposts.ts';
import {
  decideFlagger,
  FLAGGER_DEFAULTS,
  type FlaggerState,
  INITIAL_FLAGGER_STATE,
} from './flagger.ts';
import { rollingCounts } from './rolling-update.ts';
import type {
  Handover,
  RolloutPhase,
  RolloutSeen,
  SideSeen,
  Strategy,
  StrategyOf,
} from './strategy.ts';
import { bothSince, type Judgement, judgeVersion, NOTHING_ANSWERED } from './version-gate.ts';

const ALL = 100;

/** Ticks by the rules of `flagger.ts`; the gate judges each interval between two ticks. */
export function flaggerStrategy(
  settings: StrategyOf<'flagger'>,
  gate: VersionGate | undefined,
  startedAtMs: number,
  before?: Handover,
): Strategy {
  const rules = { ...FLAGGER_DEFAULTS, ...settings };
  let state: FlaggerState = { ...INITIAL_FLAGGER_STATE, revision: 'old' };
  if (before !== undefined) {
    state = { ...state, phase: 'Progressing', canaryWeight: before.canaryWeight };
  }
  let since = NOTHING_ANSWERED;
  let nextAtMs = before?.nextAtMs ?? startedAtMs;
  let reason = '';
  return (seen) => {
    const { nowMs, replicas, between, answers } = seen;
    const isDue = nowMs >= nextAtMs;
    if (isDue) {
      const judged = judge(gate, seen, since);
      since = answers;
      const observation = {
        nowMs,
        revision: nameOf(seen.fresh),
        isPrimaryReady: true,
        isCanaryReady: isReady(seen),
        isHealthy: judged.verdict === 'passes',
        mayPromote: true,
        rollsBack: false,
      };
      const failedBefore = state.failedChecks;
      const decision = decideFlagger(rules, observation, state);
      const isFailed = decision.failedChecks > failedBefore;
      state = decision.state;
      ({ nextAtMs } = decision);
      reason = isFailed ? `${decision.reason}: ${judged.reason}` : decision.reason;
    }
    const { phase, canaryWeight } = state;
    const isMoved = phase === 'Finalising' || phase === 'Succeeded';
    const gone = { fresh: 0, between: between.map(() => 0) };
    return {
      old: isMoved ? 0 : replicas,
      ...(phase === 'Failed' ? gone : canarySizes(seen)),
      freshRatio: isMoved ? 1 : canaryWeight / ALL,
      phase: phaseOf(phase),
      nextAtMs,
      reason,
      isCommitted: phase === 'Promoting' || phase === 'Finalising',
      ...(phase === 'Progressing' && { handover: { canaryWeight, nextAtMs } }),
      ...(isDue && { news: reason }),
    };
  };
}

function nameOf({ version }: SideSeen): string {
  return `${version}`;
}

/** The canary's Deployment has one set for each version; Kubernetes' default of 25 % rolls it. */
function canarySizes({ replicas, between, fresh }: RolloutSeen) {
  const fence = resolveFenceposts('25%', '25%', replicas);
  const setOf = (side: SideSeen) => ({ ...side, revision: nameOf(side) });
  const counts = rollingCounts(replicas, fence, setOf(fresh), between.map(setOf));
  const sizeOf = (side: SideSeen) => counts.get(nameOf(side))!;
  return { fresh: sizeOf(fresh), between: between.map(sizeOf) };
}

/** Its Deployment has rolled out: the new pods are there, and no other. */
function isReady({ replicas, between, fresh }: RolloutSeen): boolean {
  return fresh.available >= replicas && between.every(({ actual }) => actual === 0);
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
