/**
 * Wall clock with microseconds. k6's `Date.now()` counts whole milliseconds, the time since the
 * test's start has nanoseconds: one look at the moment when the first ticks lays both together.
 */
import { sleep } from 'k6';
import { instance } from 'k6/execution';

/** Epoch time in ms of the moment from which k6 counts. Takes up to 1 ms. */
export function epochOffsetMs(): number {
  const before = Date.now();
  let now = before;
  while (now === before) now = Date.now();
  return now - instance.currentTestRunDuration;
}

/** Epoch time in ms, with fractions. */
export function nowMs(offsetMs: number): number {
  return offsetMs + instance.currentTestRunDuration;
}

/** Sleeps until a moment, given as epoch time in ms; returns how late it woke, never below 0. */
export function sleepUntil(epochMs: number, offsetMs: number): number {
  const waitMs = epochMs - nowMs(offsetMs);
  if (waitMs > 0) sleep(waitMs / 1000);
  return Math.max(0, nowMs(offsetMs) - epochMs);
}
