/** What is done to a recorded request before it is sent, one step after the other. */
import type { RecordedRequest } from '../formats/capture.ts';

/** Why a record is not sent: few different words, none of them from the record itself. */
export type HeldBack = string;

/** A record on its way to the wire. */
export interface ShapedRequest extends RecordedRequest {
  /** Number of the test user who sends it. */
  readonly testUser?: number;
}

/** Gives the request back, changed or not, or says why it is held back. */
export type Step = (request: ShapedRequest) => ShapedRequest | HeldBack;

/** All steps as one; the first that holds a request back has the last word. */
export function inOrder(steps: readonly Step[]): Step {
  return (request) => {
    let current = request;
    for (const step of steps) {
      const next = step(current);
      if (typeof next === 'string') return next;
      current = next;
    }
    return current;
  };
}
