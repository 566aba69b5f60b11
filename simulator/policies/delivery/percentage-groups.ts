/**
 * A roll-out by percentage: 1 % of the users get the new version, then 10 %, 50 % and all, each
 * stage for its bake time, and everybody goes back at once when the new version does worse than the
 * old one does at the same time. Users are put in by `sticky-hash.ts`.
 * Source: the practice of staged roll-outs with a health gate (Google SRE workbook, ch. 16
 * "Canarying Releases"; AWS Builders' Library, "Automating safe, hands-off deployments").
 */

import { type Complaint, mismatch, type Path } from '../../model/problem.ts';
import { formatDuration } from '../../model/units.ts';
import { twoProportions } from './proportions.ts';

export interface Stage {
  /** Of all users, 0 … 100. */
  readonly percent: number;
  readonly bakeMs: number;
}

export interface StagedSettings {
  readonly stages: readonly Stage[];
  readonly gate: HealthGate;
}

/** When the new version does worse. */
export interface HealthGate {
  /** Requests of the new version in a stage before it is judged at all. */
  readonly requestsMin: number;
  /** How much more of its requests may fail: 0.001 is 0.1 % of all requests. */
  readonly errorRatioMargin: number;
  /** Confidence that the difference is none of chance, such as 0.99. */
  readonly confidence: number;
  /** Latency of the new version over that of the old one; above, it does worse. */
  readonly latencyRatioMax: number;
}

/** Since the stage began. */
export interface GroupSeen {
  readonly requests: number;
  readonly errors: number;
  /** Of either both the mean or both the same quantile; undefined where nothing was measured. */
  readonly latencyMs: number | undefined;
}

export interface StagedObservation {
  readonly nowMs: number;
  readonly baseline: GroupSeen;
  readonly candidate: GroupSeen;
}

export interface StagedState {
  /** Index of the stage; the number of stages when all are done. */
  readonly stage: number;
  readonly sinceMs: number | null;
  /** Why everybody was sent back; null when nobody was. */
  readonly rolledBack: string | null;
}

export const INITIAL_STAGED_STATE: StagedState = { stage: 0, sinceMs: null, rolledBack: null };

export type StagedPhase = 'Baking' | 'RolledBack' | 'Done';

export interface StagedDecision {
  /** Users that get the new version. */
  readonly percent: number;
  readonly stage: number;
  readonly phase: StagedPhase;
  /** When the bake time of the stage is over; null when there is no stage. */
  readonly nextAtMs: number | null;
  readonly reason: string;
  readonly state: StagedState;
}

/**
 * Decides the share of users. The gate is asked at every observation and sends all back at once; a
 * stage that has baked goes on when it has been judged, which needs `requestsMin`.
 * Example: stages 1 %, 10 % of 10 min each: 1 % from 0, 10 % from 10 min, done (100 %) at 20 min.
 */
export function decideStaged(
  settings: StagedSettings,
  { nowMs, baseline, candidate }: StagedObservation,
  before: StagedState,
): StagedDecision {
  const { stages } = settings;
  const state = { ...before, sinceMs: before.sinceMs ?? nowMs };
  if (state.rolledBack !== null) return backed(state, state.rolledBack);
  const stage = stages[state.stage];
  if (stage === undefined) return done(state);
  const judged = candidate.requests >= settings.gate.requestsMin;
  const worse = judged ? doesWorse(settings.gate, baseline, candidate) : undefined;
  if (worse !== undefined) return backed({ ...state, rolledBack: worse }, worse);
  const endsAtMs = state.sinceMs + stage.bakeMs;
  if (nowMs < endsAtMs || !judged) {
    const leftMs = Math.max(0, endsAtMs - nowMs);
    const { requests } = candidate;
    const wait = judged || leftMs > 0 ? `bakes for ${formatDuration(leftMs)} more` : '';
    const wants = judged ? '' : `${requests} of ${settings.gate.requestsMin} requests to judge by`;
    const reason = [wait, wants].filter((words) => words !== '').join(', ');
    return baking(stages, state, `${stage.percent} %: ${reason}`);
  }
  const next = { ...state, stage: state.stage + 1, sinceMs: nowMs };
  const following = stages[next.stage];
  if (following === undefined) return done(next);
  return baking(stages, next, `${stage.percent} % → ${following.percent} %: no worse than before`);
}

function baking(
  stages: readonly Stage[],
  state: StagedState & { readonly sinceMs: number },
  reason: string,
): StagedDecision {
  const { percent, bakeMs } = stages[state.stage]!;
  const nextAtMs = state.sinceMs + bakeMs;
  return { percent, stage: state.stage, phase: 'Baking', nextAtMs, reason, state };
}

function done(state: StagedState): StagedDecision {
  const { stage } = state;
  return { percent: 100, stage, phase: 'Done', nextAtMs: null, reason: 'all users have it', state };
}

function backed(state: StagedState, why: string): StagedDecision {
  const reason = `rolled back: ${why}`;
  return { percent: 0, stage: state.stage, phase: 'RolledBack', nextAtMs: null, reason, state };
}

/**
 * What is worse about the candidate; undefined when nothing is that chance could not explain.
 * Example: 2 % of 1000 requests fail where 0.1 % of 10000 do, margin 0.1 %, 99 %: worse.
 */
export function doesWorse(
  gate: HealthGate,
  baseline: GroupSeen,
  candidate: GroupSeen,
): string | undefined {
  const { errorRatioMargin, confidence, latencyRatioMax } = gate;
  const percent = (ratio: number) => `${(ratio * 100).toFixed(2)} %`;
  if (baseline.requests > 0 && candidate.requests > 0) {
    const { difference } = twoProportions(
      { trials: baseline.requests, successes: baseline.errors },
      { trials: candidate.requests, successes: candidate.errors },
      confidence,
    );
    if (difference.low > errorRatioMargin) {
      const more = `${percent(difference.mean)} (at least ${percent(difference.low)}) more errors`;
      return `${more} than the baseline, at most ${percent(errorRatioMargin)} are let pass`;
    }
  }
  if (baseline.latencyMs === undefined || candidate.latencyMs === undefined) return undefined;
  if (candidate.latencyMs <= baseline.latencyMs * latencyRatioMax) return undefined;
  const [slow, fast] = [candidate, baseline].map(({ latencyMs }) => formatDuration(latencyMs!));
  return `latency ${slow} is above ${latencyRatioMax} × the baseline's ${fast}`;
}

/** What the settings may not say: stages that do not rise, shares that are none. */
export function stagedComplaints({ stages, gate }: StagedSettings, base: Path): Complaint[] {
  const rising = stages.flatMap(({ percent }, index) => {
    const before = stages[index - 1]?.percent ?? 0;
    const path = [...base, 'stages', index, 'percent'];
    if (percent > 100) return [mismatch(path, 'at most 100 %', `${percent} %`)];
    return percent > before ? [] : [mismatch(path, `above ${before} %`, `${percent} %`)];
  });
  const isShare = gate.confidence > 0.5 && gate.confidence < 1;
  const path = [...base, 'gate', 'confidence'];
  const expected = 'a confidence above 0.5 and below 1';
  return isShare ? rising : [...rising, mismatch(path, expected, String(gate.confidence))];
}
