/**
 * Cooldowns of Application Auto Scaling (ECS services and others). Source: Application Auto Scaling
 * user guide, "Step scaling policies" and "Target tracking scaling policies", cooldown period:
 * what a scale-out added counts, while its cooldown lasts, as there already; a scale-in is blocked
 * while the cooldown of the scale-in before it lasts; a scale-out goes ahead at once and ends that.
 */
import type { ApplicationCooldown } from '../../model/scaling-settings.ts';
import { showSeconds } from './words.ts';

/** `ScaleOutCooldown` and `ScaleInCooldown`; ECS: 300 s each. */
export type CooldownTimes = ApplicationCooldown;

export interface ApplicationCooldowns {
  /** Scale-outs whose cooldown may last. */
  readonly outs: readonly { readonly atMs: number; readonly added: number }[];
  readonly scaledInAtMs: number | null;
}

export const NO_COOLDOWNS: ApplicationCooldowns = { outs: [], scaledInAtMs: null };

export interface CooldownDecision {
  readonly desired: number;
  readonly reason: string;
  readonly state: ApplicationCooldowns;
}

/**
 * Capacity that scale-outs in their cooldown added: a policy reckons its next scale-out from the
 * desired capacity without it, and asks for what exceeds the desired.
 * Example: +2 at 0, cooldown 300 s → 2 at 299,999 ms, 0 at 300,000 ms.
 */
export function addedInCooldown(
  times: CooldownTimes,
  nowMs: number,
  state: ApplicationCooldowns,
): number {
  return lasting(times, nowMs, state).reduce((sum, { added }) => sum + added, 0);
}

function lasting({ scaleOutMs }: CooldownTimes, nowMs: number, { outs }: ApplicationCooldowns) {
  return outs.filter(({ atMs }) => nowMs - atMs < scaleOutMs);
}

/**
 * What a change of the desired capacity leaves behind: a scale-out ends a scale-in's cooldown.
 * Example: 10 → 12 at 60 s: `{ outs: [{ atMs: 60_000, added: 2 }], scaledInAtMs: null }`.
 */
export function noteScaling(
  state: ApplicationCooldowns,
  { nowMs, desired, before }: { nowMs: number; desired: number; before: number },
): ApplicationCooldowns {
  if (desired === before) return state;
  if (desired < before) return { ...state, scaledInAtMs: nowMs };
  const outs = [...state.outs, { atMs: nowMs, added: desired - before }];
  return { outs, scaledInAtMs: null };
}

/** @param longestMs no scale-out is in a cooldown for longer */
export function forgetOld(
  state: ApplicationCooldowns,
  nowMs: number,
  longestMs: number,
): ApplicationCooldowns {
  if (state.outs.length === 0) return state;
  return { ...state, outs: state.outs.filter(({ atMs }) => nowMs - atMs < longestMs) };
}

/**
 * What becomes of a policy's wish.
 *
 * @param wanted reckoned, on the way out, without `addedInCooldown`
 * Example (10 tasks, +2 at 0, cooldown 300 s): +3 at 60 s wants 10 + 3 = 13 → 13: one more.
 */
export function applyCooldowns(
  times: CooldownTimes,
  { nowMs, desired, wanted }: { nowMs: number; desired: number; wanted: number },
  state: ApplicationCooldowns,
): CooldownDecision {
  const outs = lasting(times, nowMs, state);
  if (wanted > desired) {
    const next = noteScaling({ ...state, outs }, { nowMs, desired: wanted, before: desired });
    return { desired: wanted, reason: `scale-out by ${wanted - desired}`, state: next };
  }
  if (wanted === desired) {
    return { desired, reason: 'unchanged', state: { ...state, outs } };
  }
  const sinceMs =
    state.scaledInAtMs === null ? Number.POSITIVE_INFINITY : nowMs - state.scaledInAtMs;
  if (sinceMs < times.scaleInMs) {
    const left = showSeconds(times.scaleInMs - sinceMs);
    return { desired, reason: `scale-in cooldown for ${left} more`, state: { ...state, outs } };
  }
  const next = { outs, scaledInAtMs: nowMs };
  return { desired: wanted, reason: `scale-in by ${desired - wanted}`, state: next };
}
