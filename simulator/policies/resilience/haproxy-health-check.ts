/**
 * HAProxy's health check of one server.
 * Source: HAProxy configuration manual (`inter`, `fastinter`, `downinter`, `rise`, `fall`) and
 * `check.c` (`check_notify_failure`, `check_notify_success`, `srv_getinter`).
 *
 *     health  0 … rise − 1 is down │ rise … rise + fall − 1 is up
 */
import { type HealthDecision, outOf } from './health-check.ts';
import type { Verdict } from './probe-answers.ts';

export interface HaproxyHealthCheck {
  /** Default 2 s. */
  readonly interMs?: number;
  /** While the server is on its way up or down; default: `inter`. */
  readonly fastinterMs?: number;
  /** While it is down for good; default: `inter`. */
  readonly downinterMs?: number;
  /** Default 2. */
  readonly rise?: number;
  /** Default 3. */
  readonly fall?: number;
}

export interface HaproxyHealth {
  readonly health: number;
}

const INTER_MS = 2000;

/** A server begins as up, and its first failure takes it down. */
export function haproxyUnchecked({ rise = 2 }: HaproxyHealthCheck): HaproxyHealth {
  return { health: rise };
}

/**
 * Counts one verdict; every failure counts the same.
 * Example (rise 2, fall 3): up at full health 4, a failure leaves 3, the next 2, the third takes
 * it down to 0, from where two successes bring it up to 4.
 */
export function haproxyHealthCheck(
  settings: HaproxyHealthCheck,
  verdict: Verdict,
  before: HaproxyHealth,
): HealthDecision<HaproxyHealth> {
  const { rise = 2, fall = 3 } = settings;
  const full = rise + fall - 1;
  const health = verdict === 'success' ? raised(before.health, rise, full) : lowered(before, rise);
  const healthy = health >= rise;
  const changed = healthy !== before.health >= rise;
  const progress = healthy ? outOf(full - health, fall) : outOf(health, rise);
  const direction = healthy ? 'failures' : 'successes';
  const reason = `${healthy ? 'up' : 'down'}: ${verdict}, ${progress} ${direction} to turn`;
  const nextInMs = haproxyInterval(settings, health);
  return { healthy, changed, nextInMs, reason, state: { health } };
}

function raised(health: number, rise: number, full: number): number {
  return health + 1 >= rise ? full : health + 1;
}

function lowered({ health }: HaproxyHealth, rise: number): number {
  return health > rise ? health - 1 : 0;
}

function haproxyInterval(settings: HaproxyHealthCheck, health: number): number {
  const { interMs = INTER_MS, rise = 2, fall = 3 } = settings;
  if (health === rise + fall - 1) return interMs;
  if (health === 0) return settings.downinterMs ?? interMs;
  return settings.fastinterMs ?? interMs;
}
