/**
 * Functions of expr that formulas of KEDA may call: those of numbers. Source: expr-lang.org,
 * "Language definition".
 */

/** Of one number. */
export const OF_NUMBER: Readonly<Record<string, (x: number) => number>> = {
  abs: Math.abs,
  ceil: Math.ceil,
  floor: Math.floor,
  float: (x) => x,
  int: Math.trunc,
  // Halves go away from 0.
  round: (x) => Math.sign(x) * Math.round(Math.abs(x)),
};

/** Of some numbers, lists of numbers, or both. */
export const OF_SOME: Readonly<Record<string, (all: readonly number[]) => number>> = {
  max: (all) => Math.max(...all),
  min: (all) => Math.min(...all),
  mean: (all) => (all.length === 0 ? 0 : sum(all) / all.length),
  median,
};

/** Of one list. */
export const OF_LIST: Readonly<Record<string, (list: readonly number[]) => number>> = {
  len: (list) => list.length,
  sum,
};

/** How many of a list are so. */
export const HOW_MANY = 'count';

/** Whether so many of a list are so. */
export const WHETHER: Readonly<Record<string, (count: number, of: number) => boolean>> = {
  all: (count, of) => count === of,
  any: (count) => count > 0,
  none: (count) => count === 0,
  one: (count) => count === 1,
};

/** Names of all of them. */
export const FUNCTIONS: readonly string[] = [
  ...Object.keys({ ...OF_NUMBER, ...OF_SOME, ...OF_LIST, ...WHETHER }),
  HOW_MANY,
];

function sum(list: readonly number[]): number {
  return list.reduce((total, x) => total + x, 0);
}

function median(all: readonly number[]): number {
  if (all.length === 0) return 0;
  const sorted = all.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
