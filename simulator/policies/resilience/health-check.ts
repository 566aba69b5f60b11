/** What the health checks of all vendors have in common. */

/** What a checker says after one probe. */
export interface HealthDecision<State> {
  readonly healthy: boolean;
  /** Whether this probe has turned it. */
  readonly changed: boolean;
  /** From the end of this probe to the start of the next one, in ms; jitter is in it. */
  readonly nextInMs: number;
  readonly reason: string;
  readonly state: State;
}

/** Uniform integer in 0 … n − 1. */
export type Below = (n: number) => number;

/** `2 of 3`, for reasons. */
export function outOf(count: number, threshold: number): string {
  return `${count} of ${threshold}`;
}
