/** What every rate limit is asked, and what it answers. */

/** A request that wants to pass. */
export interface LimitRequest {
  /** The only clock. */
  readonly nowMs: number;
  /** Tokens that it takes: 1 for a plain request; 0 asks without taking. */
  readonly cost: number;
}

export interface LimitVerdict<State> {
  readonly allowed: boolean;
  /** How long it has to wait before it goes on; 0 for what is refused. */
  readonly delayMs: number;
  /**
   * Of what is refused: after how long the same request would pass if nobody else came; undefined
   * when it never would. 0 for what is allowed.
   */
  readonly retryAfterMs: number | undefined;
  /** How many requests of cost 1 would pass at once now. */
  readonly remaining: number;
  readonly state: State;
}

/** Why, in words: `refused: 1 token wanted, 0.25 of 3 there; passes in 75 ms`. */
export function explainLimit<State>(verdict: LimitVerdict<State>, seen: string): string {
  const { allowed, delayMs, retryAfterMs } = verdict;
  if (allowed)
    return delayMs > 0 ? `delayed by ${rounded(delayMs)} ms: ${seen}` : `passes: ${seen}`;
  const later =
    retryAfterMs === undefined ? 'never passes' : `passes in ${rounded(retryAfterMs)} ms`;
  return `refused: ${seen}; ${later}`;
}

/** A number for people, with at most three decimals. */
export function rounded(value: number): number {
  return Number(value.toFixed(3));
}
