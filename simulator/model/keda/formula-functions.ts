/**
 * Functions of expr that formulas of KEDA may call: those of numbers. Source: expr-lang.org,
 * "Language definition", and `builtin` of v1.17.
 */
import {
  ARITHMETIC,
  COMPARISONS,
  type Kind,
  listed,
  numeric,
  toWhole,
  Unevaluable,
  type Value,
} from './formula-values.ts';

interface OfNumber {
  /** What it gives; undefined: what it is given. */
  readonly kind: Kind | undefined;
  readonly of: (x: Value) => Value;
}

/** Of one number. */
export const OF_NUMBER: Readonly<Record<string, OfNumber>> = {
  abs: { kind: undefined, of: absolute },
  ceil: ofFloat(Math.ceil),
  floor: ofFloat(Math.floor),
  float: ofFloat((x) => x),
  int: { kind: 'whole', of: toWhole },
  // Halves go away from 0.
  round: ofFloat((x) => Math.sign(x) * Math.round(Math.abs(x))),
};

function ofFloat(of: (x: number) => number): OfNumber {
  return { kind: 'number', of: (x) => of(Number(numeric(x))) };
}

function absolute(value: Value): Value {
  const x = numeric(value);
  return x < 0 ? ARITHMETIC['-']!(typeof x === 'bigint' ? 0n : 0, x) : x;
}

/** Of some numbers, lists of numbers, or both. */
export const OF_SOME: Readonly<Record<string, (all: readonly Value[]) => Value>> = {
  max: (all) => best(all, COMPARISONS['<']!),
  min: (all) => best(all, COMPARISONS['>']!),
  mean: (all) => (all.length === 0 ? 0 : floats(all).reduce((a, b) => a + b, 0) / all.length),
  median: (all) => median(floats(all)),
};

/** Of one list; what it gives, undefined: what its items are. */
export const OF_LIST: Readonly<
  Record<string, { readonly kind: Kind | undefined; readonly of: (list: Value) => Value }>
> = {
  len: { kind: 'whole', of: (list) => BigInt(listed(list).length) },
  sum: { kind: undefined, of: (list) => listed(list).reduce(ARITHMETIC['+']!, 0n) },
};

type Matches = (element: Value) => boolean;

/** How many of a list are so. */
export const HOW_MANY = 'count';

export function countOf(list: readonly Value[], matches: Matches): number {
  return list.filter(matches).length;
}

/** Whether so many of a list are so; nobody looks further than it takes. */
export const WHETHER: Readonly<
  Record<string, (list: readonly Value[], matches: Matches) => boolean>
> = {
  all: (list, matches) => list.every(matches),
  any: (list, matches) => list.some(matches),
  none: (list, matches) => !list.some(matches),
  one: (list, matches) => countOf(list, matches) === 1,
};

/** Names of all of them. */
export const FUNCTIONS: readonly string[] = [
  ...Object.keys({ ...OF_NUMBER, ...OF_SOME, ...OF_LIST, ...WHETHER }),
  HOW_MANY,
];

/** The first of those that none is better than. */
function best(all: readonly Value[], isWorse: (a: Value, b: Value) => boolean): Value {
  if (all.length === 0) throw new Unevaluable('the largest or least of nothing');
  return all.map(numeric).reduce((a, b) => (isWorse(a, b) ? b : a));
}

function floats(all: readonly Value[]): number[] {
  return all.map((x) => Number(numeric(x)));
}

/** What is no number stands before all that are. */
function median(all: readonly number[]): number {
  if (all.length === 0) return 0;
  const sorted = all.toSorted((a, b) => order(a) - order(b) || a - b || 0);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function order(x: number): number {
  return Number.isNaN(x) ? 0 : 1;
}
