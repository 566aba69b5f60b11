/**
 * Earliest deadline first: how Envoy shares requests out by weight. A host's next deadline is its
 * last pick's and 1/weight; the earliest is picked, ties in the order in which they were put in.
 *
 *     weights 1 and 2     a ───────────────●1      picks: b a b · b a b · …   (ties: a was put in
 *                         b ──────●½──────●1              before b at the deadline 1)
 */

/** Mutable, because the engine and the live balancer keep one a group; plain JSON. */
export interface EdfState {
  /** Deadline of the latest pick. */
  now: number;
  /** Number of the next putting-in. */
  order: number;
  /** By host: its next deadline, and which putting-in that was. */
  deadlines: number[];
  orders: number[];
}

/**
 * A schedule of hosts with these weights, all above 0.
 *
 * @param discarded picks that are made at once and forgotten, so that many balancers do not begin
 *   with the same host; Envoy takes a random number
 * Source: Envoy `source/common/upstream/edf_scheduler.h` (`add`, `pickAndAdd`, `createWithPicks`).
 */
export function createEdf(weights: readonly number[], discarded = 0): EdfState {
  const state: EdfState = { now: 0, order: 0, deadlines: [], orders: [] };
  weights.forEach((weight, host) => {
    putIn(state, host, weight);
  });
  for (let pick = 0; pick < discarded; pick++) pickEdf(state, (host) => weights[host]!);
  return state;
}

/**
 * Index of the host whose turn it is; −1 without hosts. It is put in again with the weight that it
 * has now: a weight that changes meanwhile has no say before.
 *
 * Example: of hosts with the weights 1 and 2 the turns are 1, 0, 1, 1, 0, 1, …
 */
export function pickEdf(state: EdfState, weightOf: (host: number) => number): number {
  const { deadlines, orders } = state;
  // A heap would pay from some hundred hosts on; the engine asks a function here in any case.
  let earliest = deadlines.length > 0 ? 0 : -1;
  for (let host = 1; host < deadlines.length; host++) {
    const lead = deadlines[earliest]! - deadlines[host]!;
    if (lead > 0 || (lead === 0 && orders[host]! < orders[earliest]!)) earliest = host;
  }
  if (earliest < 0) return -1;
  state.now = deadlines[earliest]!;
  putIn(state, earliest, weightOf(earliest));
  return earliest;
}

function putIn(state: EdfState, host: number, weight: number): void {
  state.deadlines[host] = state.now + 1 / weight;
  state.orders[host] = state.order++;
}
