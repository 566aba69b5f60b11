/**
 * Load says that it is load: every request carries a header with the run's id, so that logs, caches
 * and people can tell it from users. And what carries it is never captured, mirrored or sent again:
 * a capture of a replay that is replayed, and captured, has no end.
 */
import type { Step } from '../run/step.ts';

/** The header's name in lower case; its value is the run's id. */
export const MARKER = 'x-plimsoll-run';
const MARKERS: ReadonlySet<string> = new Set([MARKER, 'x-plimsoll-replay']);

/** Whether headers (name, value, …) carry the mark. */
export function isMarked(headers: readonly string[]): boolean {
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index]!;
    // Cheap for the many headers that are none of these.
    if ((name.charCodeAt(0) | 32) === 120 && MARKERS.has(name.toLowerCase())) return true;
  }
  return false;
}

/** Holds back what was load when it was recorded. */
export const notLoad: Step = (request) =>
  isMarked(request.headers) ? 'it was load when it was recorded' : request;
