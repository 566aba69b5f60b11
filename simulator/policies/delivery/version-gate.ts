/**
 * The new version's health against the old one's, over the same stretch of time: more errors than a
 * margin, beyond chance, or a longer mean time at its instances.
 * Source: the practice of canary analysis (Google SRE workbook, ch. 16 "Canarying Releases": the
 * canary against a control at the same time); R. G. Newcombe's interval, see `proportions.ts`.
 */
import type { VersionGate } from '../../model/rollout-settings.ts';
import { doesWorse, type GroupSeen, type HealthGate } from './percentage-groups.ts';

/** What a version's instances have done so far. */
export interface Answered {
  readonly requests: number;
  readonly errors: number;
  /** Integral of requests inside over time, in request-ms: over the requests it is their stay. */
  readonly stayMs: number;
}

export interface BothAnswered {
  readonly old: Answered;
  readonly fresh: Answered;
}

export interface Judgement {
  readonly verdict: 'passes' | 'fails' | 'no data';
  readonly reason: string;
}

export const NOTHING_ANSWERED: BothAnswered = {
  old: { requests: 0, errors: 0, stayMs: 0 },
  fresh: { requests: 0, errors: 0, stayMs: 0 },
};

/** What has come since an earlier moment. */
export function answeredSince(before: Answered, now: Answered): Answered {
  return {
    requests: now.requests - before.requests,
    errors: now.errors - before.errors,
    stayMs: now.stayMs - before.stayMs,
  };
}

/** Errors and mean stay, as the gate compares them. */
export function groupSeen({ requests, errors, stayMs }: Answered): GroupSeen {
  return { requests, errors, latencyMs: requests === 0 ? undefined : stayMs / requests };
}

/** Without limits for what is not looked at. */
export function healthGate(gate: VersionGate): HealthGate {
  const { errorRatioMargin = 1, latencyRatioMax, requestsMin, confidence } = gate;
  return {
    errorRatioMargin,
    confidence,
    requestsMin,
    latencyRatioMax: latencyRatioMax ?? Number.POSITIVE_INFINITY,
  };
}

/**
 * Both versions over the same stretch of time. Where the old one had no request in it, its record
 * since the roll-out began is taken.
 *
 * @param since both at the begin of the stretch
 * @param now both now, since the roll-out began
 */
export function bothSince(since: BothAnswered, now: BothAnswered): BothAnswered {
  const old = answeredSince(since.old, now.old);
  const fresh = answeredSince(since.fresh, now.fresh);
  return { old: old.requests > 0 ? old : now.old, fresh };
}

/**
 * Judges the new version. Example: 1000 requests each, 40 errors against 1, at most 1 % more: fails
 * (at least 2.5 % more at 95 %).
 */
export function judgeVersion(gate: VersionGate, both: BothAnswered): Judgement {
  const { requests } = both.fresh;
  if (requests < gate.requestsMin || requests === 0) {
    const least = Math.max(1, gate.requestsMin);
    return { verdict: 'no data', reason: `${requests} of ${least} requests to judge by` };
  }
  const worse = doesWorse(healthGate(gate), groupSeen(both.old), groupSeen(both.fresh));
  if (worse !== undefined) return { verdict: 'fails', reason: worse };
  return { verdict: 'passes', reason: `no worse than before in ${requests} requests` };
}
