/**
 * An Argo Rollouts canary as a roll-out. Without routing the pods are the traffic; with it a router
 * gives the new version its share. The gate is its analysis in the background: a metric that is
 * measured every so often. The next version begins with the first step, and what the one before has
 * brought goes first, without traffic where there is a router.
 */
import {
  type CanaryRolloutStep,
  isRouted,
  type VersionGate,
} from '../../model/rollout-settings.ts';
import { decideAnalysis, INITIAL_ANALYSIS_STATE, METRIC_DEFAULTS } from './argo-analysis.ts';
import { decideCanary } from './argo-canary.ts';
import {
  CANARY_DEFAULTS,
  type CanarySettings,
  type CanaryStep,
  type ReplicaSetSeen,
  type RunPhase,
} from './argo-canary-settings.ts';
import { type CanaryState, INITIAL_CANARY_STATE } from './argo-canary-state.ts';
import {
  earliest,
  type RolloutSeen,
  type SideSeen,
  type Strategy,
  type StrategyOf,
} from './strategy.ts';
import { bothSince, judgeVersion, NOTHING_ANSWERED } from './version-gate.ts';

/** Goes through the steps by the rules of `argo-canary.ts`; a failed analysis aborts. */
export function canaryStrategy(
  settings: StrategyOf<'canary'>,
  gate: VersionGate | undefined,
  startedAtMs: number,
): Strategy {
  let state = INITIAL_CANARY_STATE;
  const analyse = gate === undefined ? undefined : analysis(gate, startedAtMs);
  return (seen) => {
    const { nowMs, replicas } = seen;
    const older = seen.between.toReversed();
    const analysed = analyse?.(seen);
    const before = state;
    const decision = decideCanary(
      canarySettings(settings, replicas),
      {
        nowMs,
        stable: setOf('old', seen.old),
        canary: setOf('new', seen.fresh),
        older: older.map((side) => setOf(`version ${side.version}`, side)),
        backgroundAnalysis: analysed?.phase,
        stepRun: undefined,
        isWeightVerified: undefined,
        action: undefined,
      },
      state,
    );
    const isBack = decision.isAborted && before.aborted === null;
    state = decision.state;
    const why = analysed?.reason === undefined ? '' : `; ${analysed.reason}`;
    const reason = `${decision.reason}${weightWords(before, state)}`;
    const news = analysed?.news ?? (isBack || isNews(before, state) ? reason : undefined);
    return {
      old: decision.desired.stable ?? 0,
      fresh: decision.desired.canary ?? 0,
      between: decision.desired.older.toReversed(),
      isPromoted: decision.isPromoted,
      ...(isRouted(settings) && { freshRatio: decision.weight / CANARY_DEFAULTS.maxTrafficWeight }),
      phase: phaseOf(seen, decision),
      nextAtMs: earliest(decision.nextAtMs, decision.isAborted ? null : analysed?.nextAtMs),
      reason,
      ...(news !== undefined && { news: isBack ? `rolled back: ${reason}${why}` : news }),
    };
  };
}

function canarySettings(settings: StrategyOf<'canary'>, replicas: number): CanarySettings {
  const { routing } = settings;
  return {
    replicas,
    maxSurge: settings.maxSurge,
    maxUnavailable: settings.maxUnavailable,
    steps: settings.steps.map(stepOf),
    routing: routing && {
      ...routing,
      maxTrafficWeight: CANARY_DEFAULTS.maxTrafficWeight,
      scaleDownDelayRevisionLimit: undefined,
    },
    isPaused: false,
    progressDeadlineMs: settings.progressDeadlineMs,
    progressDeadlineAbort: false,
  };
}

function stepOf(step: CanaryRolloutStep): CanaryStep {
  if ('weight' in step) return { setWeight: step.weight };
  if ('pauseMs' in step) return { pause: { durationMs: step.pauseMs } };
  return { setCanaryScale: step.scale };
}

function setOf(revision: string, { desired, actual, ready, available }: SideSeen): ReplicaSetSeen {
  return { revision, desired, actual, ready, available };
}

function phaseOf(
  { replicas, old, between, fresh }: RolloutSeen,
  { isPromoted, isAborted }: { readonly isPromoted: boolean; readonly isAborted: boolean },
) {
  const isAlone = [old, ...between].every(({ desired }) => desired === 0);
  if (isPromoted && isAlone && fresh.available >= replicas) return 'done';
  const isBack = isAborted && fresh.desired === 0 && old.available >= replicas;
  return isBack ? 'rolled back' : 'under way';
}

function isNews(before: CanaryState, { step, isTimedOut, weight }: CanaryState): boolean {
  return step !== before.step || isTimedOut !== before.isTimedOut || weight !== before.weight;
}

/** `; 20 % of the requests` where the router is told so. */
function weightWords(before: CanaryState, { weight }: CanaryState): string {
  const isNew = weight !== null && weight !== (before.weight ?? 0);
  return isNew ? `; ${weight} % of the requests` : '';
}

interface Analysed {
  readonly phase: RunPhase;
  readonly reason: string;
  readonly nextAtMs: number | null;
  readonly news?: string;
}

/** Measures the gate over each interval; an interval without enough requests goes on. */
function analysis(gate: VersionGate, startedAtMs: number): (seen: RolloutSeen) => Analysed {
  const metric = {
    ...METRIC_DEFAULTS,
    name: 'gate',
    intervalMs: gate.everyMs,
    initialDelayMs: gate.everyMs,
    count: 0,
    successCondition: undefined,
    failureCondition: undefined,
    failureLimit: gate.failuresMax,
    consecutiveSuccessLimit: 0,
    isDryRun: false,
  };
  let state = INITIAL_ANALYSIS_STATE;
  let since = NOTHING_ANSWERED;
  let dueAtMs = startedAtMs + gate.everyMs;
  let latest = 'not measured yet';
  return ({ nowMs, answers }) => {
    if (nowMs < dueAtMs || state.phase !== 'Running') {
      return { phase: state.phase, reason: latest, nextAtMs: dueAtMs };
    }
    dueAtMs += gate.everyMs;
    const { verdict, reason } = judgeVersion(gate, bothSince(since, answers));
    latest = `analysis: ${reason}`;
    if (verdict === 'no data') return { phase: 'Running', reason: latest, nextAtMs: dueAtMs };
    since = answers;
    const phase = verdict === 'passes' ? ('Successful' as const) : ('Failed' as const);
    const measured = { metric: 'gate', phase, value: undefined, message: reason };
    const measurements = [{ ...measured, finishedAtMs: nowMs }];
    const seen = { nowMs, measurements, isTerminated: false };
    state = decideAnalysis([metric], seen, state).state;
    const news = verdict === 'fails' && { news: `analysis fails: ${reason}` };
    return { phase: state.phase, reason: latest, nextAtMs: dueAtMs, ...news };
  };
}
