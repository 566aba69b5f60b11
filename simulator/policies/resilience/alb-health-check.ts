/**
 * An AWS target group's health check of one target, and who gets requests.
 * Source: Elastic Load Balancing user guide, "Health checks for Application Load Balancer target
 * groups": interval 30 s, time-out 5 s, 5 successes, 2 failures; a new target needs one success;
 * with no healthy target at all, all of them get requests (fail open).
 */
import { type HealthDecision, outOf } from './health-check.ts';
import type { Verdict } from './probe-answers.ts';

export interface AlbHealthCheck {
  /** Default 30 s; 5 to 300 s. */
  readonly intervalMs?: number;
  /** Default 5; 2 to 10. */
  readonly healthyThresholdCount?: number;
  /** Default 2; 2 to 10. */
  readonly unhealthyThresholdCount?: number;
}

export interface AlbHealth {
  readonly target: 'initial' | 'healthy' | 'unhealthy';
  /** Probes in a row that do not agree with the state. */
  readonly run: number;
}

export const ALB_INITIAL: AlbHealth = { target: 'initial', run: 0 };

const INTERVAL_MS = 30_000;

/**
 * Counts one verdict.
 * Example: a healthy target is unhealthy after two failures in a row, that is within 60 s and one
 * time-out; healthy again after five successes.
 */
export function albHealthCheck(
  settings: AlbHealthCheck,
  verdict: Verdict,
  before: AlbHealth,
): HealthDecision<AlbHealth> {
  const { healthyThresholdCount = 5, unhealthyThresholdCount = 2 } = settings;
  const succeeded = verdict === 'success';
  const isNew = before.target === 'initial';
  const agrees = (before.target === 'healthy') === succeeded && !isNew;
  const run = agrees ? 0 : before.run + 1;
  const threshold = succeeded ? (isNew ? 1 : healthyThresholdCount) : unhealthyThresholdCount;
  const turns = !agrees && run >= threshold;
  const target = turns ? (succeeded ? 'healthy' : 'unhealthy') : before.target;
  const state: AlbHealth = { target, run: turns ? 0 : run };
  const count = agrees ? '' : `, ${outOf(run, threshold)} in a row`;
  return {
    healthy: target === 'healthy',
    changed: turns,
    nextInMs: settings.intervalMs ?? INTERVAL_MS,
    reason: `${target}: ${verdict}${count}`,
    state,
  };
}

/**
 * Indices of the targets that get requests: the healthy ones, or all of them when none is.
 * Example: `[false, true]` → `[1]`, `[false, false]` → `[0, 1]`.
 */
export function albTargets(healthy: readonly boolean[]): number[] {
  const all = healthy.map((_, index) => index);
  const well = all.filter((index) => healthy[index]);
  return well.length > 0 ? well : all;
}
