/**
 * Route 53's health check of an endpoint: checkers all over the world, each on its own.
 * Source: Route 53 developer guide, "How Amazon Route 53 determines whether a health check is
 * healthy": an interval of 10 or 30 s, a failure threshold of 1 to 10 (3), a connection within
 * 4 s, a status from 200 to 399 within 2 s more; healthy while more than 18 % of checkers say so.
 */
import { outOf } from './health-check.ts';
import { BELOW_400, type ProbeAnswer, type Verdict } from './probe-answers.ts';

export interface Route53HealthCheck {
  /** Default 3; for both directions. */
  readonly failureThreshold?: number;
}

export interface CheckerState {
  readonly healthy: boolean;
  /** Probes in a row that say otherwise. */
  readonly run: number;
}

/** An endpoint is taken for healthy until it is known not to be. */
export const CHECKER_INITIAL: CheckerState = { healthy: true, run: 0 };
export const HEALTHY_SHARE = 0.18;

const CONNECT_MS = 4000;
const RESPONSE_MS = 2000;

/** Judges an answer by both of its limits; `connectedMs` is when the connection stood. */
export function judgeRoute53(answer: ProbeAnswer, connectedMs: number): Verdict {
  if (!answer.connected) return 'network';
  if (connectedMs >= CONNECT_MS || answer.tookMs - connectedMs >= RESPONSE_MS) return 'timeout';
  const status = answer.httpStatus;
  if (status === undefined) return 'success';
  return BELOW_400.some(({ start, end }) => start <= status && status < end)
    ? 'success'
    : 'bad-answer';
}

/** One checker counts one verdict. */
export function checkerHealth(
  { failureThreshold = 3 }: Route53HealthCheck,
  verdict: Verdict,
  before: CheckerState,
): CheckerState {
  const healthy = verdict === 'success';
  if (healthy === before.healthy) return { healthy, run: 0 };
  const run = before.run + 1;
  return run >= failureThreshold ? { healthy, run: 0 } : { healthy: before.healthy, run };
}

/**
 * What all checkers say together.
 * Example: 3 of 16 is 18.75 %, healthy; 2 of 16 is 12.5 %, unhealthy; 9 of 50 is 18 %, unhealthy.
 */
export function route53Health(checkers: readonly CheckerState[]): {
  readonly healthy: boolean;
  readonly reason: string;
} {
  const count = checkers.filter((checker) => checker.healthy).length;
  const healthy = count * 100 > checkers.length * HEALTHY_SHARE * 100;
  const share = checkers.length === 0 ? 0 : (count / checkers.length) * 100;
  const words = `${outOf(count, checkers.length)} checkers (${share.toFixed(1)} %)`;
  return { healthy, reason: `${words}: ${healthy ? 'more than' : 'not more than'} 18 %` };
}
