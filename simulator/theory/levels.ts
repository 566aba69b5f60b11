/**
 * Stationary probabilities of a Markov chain whose states lie in levels, with steps to a level
 * beside it at most (a quasi-birth–death process, level-dependent or not): exact up to the states
 * that are cut off far out.
 *
 *     level 0   level 1   level 2             Method: states are taken away from the far end on,
 *      (0) ⇄ (0 1 2) ⇄ (0 1 2 3) ⇄ …          each one's flow laid on those before it. Only sums,
 *                                             products and quotients of positive numbers: no digit
 *                                             is lost, however rare a state.
 *
 * Source: W. K. Grassmann, M. I. Taksar & D. P. Heyman, "Regenerative analysis and steady state
 * distributions for Markov chains", Operations Research 33, 1985.
 */

export interface LevelledChain {
  /** States of a level, ≥ 1; level 0 must be reached from everywhere. */
  readonly size: (level: number) => number;
  /** Calls `to` for every way out of a state: to its own level or to one beside it. */
  readonly leave: (level: number, state: number, to: Transition) => void;
}

/** `ratePerSecond` may be 0; the unit cancels out. */
export type Transition = (level: number, state: number, ratePerSecond: number) => void;

/** Rates out of a state, to states of its level and of the two beside it. */
interface Row {
  /** Number of the state that the first rate leads to. */
  readonly from: number;
  readonly rates: Float64Array;
}

/** Probability of the last level, above which a longer chain is made. */
const NEGLIGIBLE = 1e-13;
const MOST_LEVELS = 1 << 16;

/**
 * Probability of each state, by level. The chain is cut after so many levels that the last one
 * holds less than 1e-13 (nothing goes up from it): twice as many are taken until that is so.
 *
 * @param levels where to begin
 * @throws RangeError where 65,536 levels do not do: the chain is not stable, or nearly not
 * Example: one state a level, up 1/s, down 2/s: [[0.5], [0.25], [0.125], …].
 */
export function stationary(chain: LevelledChain, levels: number): Float64Array[] {
  for (let count = levels; count <= MOST_LEVELS; count *= 2) {
    const probabilities = cutOff(chain, count);
    if (sumOf(probabilities.at(-1)!) < NEGLIGIBLE) return probabilities;
  }
  throw new RangeError(`a chain with more than ${MOST_LEVELS} levels`);
}

/** Mean of a value over all states. Example: the level's number: how many are in the system. */
export function meanOver(
  probabilities: readonly Float64Array[],
  value: (level: number, state: number) => number,
): number {
  let sum = 0;
  probabilities.forEach((states, level) => {
    states.forEach((probability, state) => {
      sum += probability * value(level, state);
    });
  });
  return sum;
}

function cutOff(chain: LevelledChain, levels: number): Float64Array[] {
  const starts = [0];
  for (let level = 0; level < levels; level++) starts.push(starts[level]! + chain.size(level));
  const rows = rowsOf(chain, starts);
  eliminate(rows);
  const flat = substitute(rows);
  const total = sumOf(flat);
  const normal = flat.map((weight) => weight / total);
  return starts.slice(1).map((end, level) => normal.subarray(starts[level], end));
}

function rowsOf(chain: LevelledChain, starts: readonly number[]): Row[] {
  const rows: Row[] = [];
  for (let level = 0; level < starts.length - 1; level++) {
    const from = starts[Math.max(0, level - 1)]!;
    const end = starts[Math.min(starts.length - 1, level + 2)]!;
    for (let state = 0; state < starts[level + 1]! - starts[level]!; state++) {
      const rates = new Float64Array(end - from);
      chain.leave(level, state, (toLevel, toState, rate) => {
        const at = starts[toLevel]! + toState - from;
        if (toLevel < starts.length - 1) rates[at] = rates[at]! + rate;
      });
      rows.push({ from, rates });
    }
  }
  return rows;
}

/** Leaves in row i, column s > i the flow from i into s for each unit of flow that leaves s. */
function eliminate(rows: readonly Row[]): void {
  for (let s = rows.length - 1; s > 0; s--) {
    const { from, rates } = rows[s]!;
    let leaving = 0;
    for (let t = from; t < s; t++) leaving += rates[t - from]!;
    for (let i = from; i < s; i++) {
      const row = rows[i]!;
      const share = row.rates[s - row.from]! / leaving;
      row.rates[s - row.from] = share;
      if (share > 0) layOn(row, share, rates, from, s);
    }
  }
}

/** Adds `share` of the rates to states from … s − 1 to a row. */
function layOn(row: Row, share: number, rates: Float64Array, from: number, s: number): void {
  const target = row.rates;
  const shift = from - row.from;
  for (let t = 0; t < s - from; t++) target[t + shift] = target[t + shift]! + share * rates[t]!;
}

function substitute(rows: readonly Row[]): Float64Array {
  const weights = new Float64Array(rows.length);
  weights[0] = 1;
  for (let s = 1; s < rows.length; s++) {
    for (let i = rows[s]!.from; i < s; i++) {
      const { from, rates } = rows[i]!;
      weights[s] = weights[s]! + weights[i]! * rates[s - from]!;
    }
  }
  return weights;
}

function sumOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}
