/**
 * Scheduled actions: at a time, or at recurring times, a group gets a new min, max and desired
 * capacity. Source: EC2 Auto Scaling user guide, "Scheduled scaling"; API reference,
 * PutScheduledUpdateGroupAction. Old values are not restored afterwards; cooldowns play no part.
 * AWS may be up to two minutes late; this runs an action at its minute.
 */

import { type Cron, cronDay } from '../../model/cron.ts';
import type { GroupSizes } from './combined-policies.ts';

/** Local time = UTC + the offset that begins last; before the first offset its value holds. */
export interface TimeZone {
  readonly name: string;
  readonly offsets: readonly { readonly fromMs: number; readonly offsetMs: number }[];
}

/** AWS's default. Other zones are tables: the caller has the zone data, this core has none. */
export const UTC: TimeZone = { name: 'Etc/UTC', offsets: [{ fromMs: 0, offsetMs: 0 }] };

export interface ScheduledAction {
  readonly name: string;
  /** Absent: once, at `startMs`. */
  readonly recurrence: Cron | undefined;
  /** Zone of the recurrence; `startMs` and `endMs` are UTC. */
  readonly zone: TimeZone;
  /** Earliest run. */
  readonly startMs: number | undefined;
  /** No run after it. */
  readonly endMs: number | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly desired: number | undefined;
}

/** Runs up to and with this moment are done. */
export interface ScheduleState {
  readonly doneUntilMs: number;
}

export interface ScheduledDecision extends GroupSizes {
  readonly reason: string;
  /** Names of the actions that ran, in the order in which they did. */
  readonly ran: readonly string[];
  readonly state: ScheduleState;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** 29 February comes back after eight years at most (2096 to 2104). */
const MOST_DAYS = 8 * 366 + 2;

/**
 * All runs that became due since the state, in the order of their times (ties: of the list). A
 * capacity outside the limits that an action sets moves to them; an action whose limits contradict
 * the group's is left out, and said so.
 * Example: `0 9 * * 1-5`, desired 10: on Monday at 9:00 a group of 2 within 1 and 20 → 10.
 */
export function decideScheduled(
  actions: readonly ScheduledAction[],
  observation: GroupSizes & { readonly nowMs: number },
  state: ScheduleState,
): ScheduledDecision {
  const { nowMs, min, max, desired } = observation;
  const runs = dueRuns(actions, state.doneUntilMs, nowMs);
  const ran: string[] = [];
  const reasons: string[] = [];
  let sizes: GroupSizes = { min, max, desired };
  for (const { action } of runs) {
    const next = applyAction(action, sizes);
    const limits = `min ${next.min}, max ${next.max}`;
    if (next.min > next.max) {
      reasons.push(`scheduled-scaling: ${action.name} left out: ${limits} contradict each other`);
      continue;
    }
    sizes = next;
    ran.push(action.name);
    reasons.push(`scheduled-scaling: ${action.name}: ${limits}, desired ${next.desired}`);
  }
  const reason = reasons.length === 0 ? 'scheduled-scaling: no action is due' : reasons.join('; ');
  return { ...sizes, reason, ran, state: { doneUntilMs: Math.max(nowMs, state.doneUntilMs) } };
}

function applyAction(action: ScheduledAction, sizes: GroupSizes): GroupSizes {
  const { min = sizes.min, max = sizes.max, desired = sizes.desired } = action;
  return { min, max, desired: Math.min(max, Math.max(min, desired)) };
}

function dueRuns(actions: readonly ScheduledAction[], afterMs: number, untilMs: number) {
  const runs: { action: ScheduledAction; atMs: number }[] = [];
  for (const action of actions) {
    let atMs = nextRun(action, afterMs);
    while (atMs !== undefined && atMs <= untilMs) {
      runs.push({ action, atMs });
      atMs = nextRun(action, atMs);
    }
  }
  return runs.sort((a, b) => a.atMs - b.atMs);
}

/**
 * First run after a moment; undefined when there is none. A local time that the clocks skip does
 * not run; one that they repeat runs the first time only.
 * Example: `0 9 * * 1-5` in UTC after Friday 09:00 → Monday 09:00.
 */
export function nextRun(action: ScheduledAction, afterMs: number): number | undefined {
  const { recurrence, startMs, endMs } = action;
  if (recurrence === undefined) {
    return startMs !== undefined && startMs > afterMs ? startMs : undefined;
  }
  const fromMs = Math.max(afterMs + 1, startMs ?? 0);
  const atMs = nextMatch(recurrence, action.zone, fromMs);
  return atMs !== undefined && atMs <= (endMs ?? Number.POSITIVE_INFINITY) ? atMs : undefined;
}

function nextMatch(cron: Cron, zone: TimeZone, fromMs: number): number | undefined {
  // A zone may lie a day and more behind: the local day before is looked at, too.
  const firstDay = Math.floor((fromMs + offsetAt(zone, fromMs)) / DAY_MS) - 1;
  for (let day = firstDay; day < firstDay + MOST_DAYS; day++) {
    if (!cronDay(cron, day)) continue;
    const atMs = matchOfDay(cron, zone, day, fromMs);
    if (atMs !== undefined) return atMs;
  }
  return undefined;
}

function matchOfDay(cron: Cron, zone: TimeZone, day: number, fromMs: number): number | undefined {
  let earliest: number | undefined;
  for (const hour of cron.hours) {
    for (const minute of cron.minutes) {
      const atMs = instantOf(zone, day * DAY_MS + (hour * 60 + minute) * MINUTE_MS);
      if (atMs === undefined || atMs < fromMs) continue;
      if (earliest === undefined || atMs < earliest) earliest = atMs;
    }
  }
  return earliest;
}

/** The first moment at which the clocks of a zone show a local time; undefined: they skip it. */
function instantOf(zone: TimeZone, localMs: number): number | undefined {
  const candidates = zone.offsets
    .map(({ offsetMs }) => localMs - offsetMs)
    .filter((atMs) => atMs + offsetAt(zone, atMs) === localMs);
  return candidates.length === 0 ? undefined : Math.min(...candidates);
}

/** Offset in force: the last that has begun. */
function offsetAt(zone: TimeZone, atMs: number): number {
  const begun = zone.offsets.findLast(({ fromMs }) => fromMs <= atMs);
  return (begun ?? zone.offsets[0])?.offsetMs ?? 0;
}
