/**
 * Load says that it is load: every request carries a header with the run's id, so that logs, caches
 * and people can tell it from users. And what carries it is never sent again: a capture of a replay
 * that is replayed, and captured, has no end.
 */
import type { Step } from '../run/step.ts';
import { headerValue } from '../run/wire.ts';

/** The same in the built-in generator and in recordings, which leave out what has it. */
export const MARKER = 'x-plimsoll-run';

/** Holds back what was load when it was recorded. */
export const notLoad: Step = (request) =>
  headerValue(request.headers, MARKER) === undefined ? request : 'it was load when it was recorded';
