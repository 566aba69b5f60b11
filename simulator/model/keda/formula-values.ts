/**
 * What expr reckons with: numbers (floats), whole numbers of 64 bits (`bigint` here), truths, lists
 * and nil. Source: expr-lang `vm/runtime`, `builtin/lib.go`, v1.17.
 */
import { pow } from '../../engine/maths.ts';

export type Value = number | bigint | boolean | null | readonly Value[];

/** Kinds that are known before there are values; `any` is known then only. */
export type Kind = 'number' | 'whole' | 'truth' | 'list' | 'nil' | 'any';

/** expr's error while it evaluates, such as nil + 1. */
export class Unevaluable extends Error {}

export function numeric(value: Value): number | bigint {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  throw new Unevaluable(`expected a number, found ${wordOf(value)}`);
}

export function truthful(value: Value): boolean {
  if (typeof value === 'boolean') return value;
  throw new Unevaluable(`expected true or false, found ${wordOf(value)}`);
}

export function listed(value: Value): readonly Value[] {
  if (Array.isArray(value)) return value;
  throw new Unevaluable(`expected a list, found ${wordOf(value)}`);
}

function wordOf(value: Value): string {
  if (value === null) return 'nil';
  if (typeof value === 'object') return 'a list';
  return typeof value === 'boolean' ? 'true or false' : 'a number';
}

/** 64 bits, as Go has them: what is too large goes round. */
function wrapped(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}

type Arithmetic = (a: Value, b: Value) => number | bigint;

/** Of two whole numbers whole, else of floats. */
function either(
  whole: (a: bigint, b: bigint) => bigint,
  float: (a: number, b: number) => number,
): Arithmetic {
  return (left, right) => {
    const [a, b] = [numeric(left), numeric(right)];
    if (typeof a === 'bigint' && typeof b === 'bigint') return wrapped(whole(a, b));
    return float(Number(a), Number(b));
  };
}

function ofFloats(float: (a: number, b: number) => number): Arithmetic {
  return (a, b) => float(Number(numeric(a)), Number(numeric(b)));
}

/** The other sign of a power is `^`. */
export const POWER: string = '*'.repeat(2);

/** By sign; `%` is for whole numbers only. */
export const ARITHMETIC: Readonly<Record<string, Arithmetic>> = {
  '+': either(
    (a, b) => a + b,
    (a, b) => a + b,
  ),
  '-': either(
    (a, b) => a - b,
    (a, b) => a - b,
  ),
  '*': either(
    (a, b) => a * b,
    (a, b) => a * b,
  ),
  '/': ofFloats((a, b) => a / b),
  [POWER]: ofFloats(pow),
  '^': ofFloats(pow),
  '%': (a, b) => {
    if (typeof a !== 'bigint' || typeof b !== 'bigint') {
      throw new Unevaluable('% takes whole numbers, such as int(queue) % 2');
    }
    if (b === 0n) throw new Unevaluable('integer divide by zero');
    return wrapped(a % b);
  },
};

function compared(
  whole: (a: bigint, b: bigint) => boolean,
  float: (a: number, b: number) => boolean,
): (a: Value, b: Value) => boolean {
  return (left, right) => {
    const [a, b] = [numeric(left), numeric(right)];
    if (typeof a === 'bigint' && typeof b === 'bigint') return whole(a, b);
    return float(Number(a), Number(b));
  };
}

export const COMPARISONS: Readonly<Record<string, (a: Value, b: Value) => boolean>> = {
  '<': compared(
    (a, b) => a < b,
    (a, b) => a < b,
  ),
  '<=': compared(
    (a, b) => a <= b,
    (a, b) => a <= b,
  ),
  '>': compared(
    (a, b) => a > b,
    (a, b) => a > b,
  ),
  '>=': compared(
    (a, b) => a >= b,
    (a, b) => a >= b,
  ),
};

const isSame = compared(
  (a, b) => a === b,
  (a, b) => a === b,
);

/** Numbers by what they are worth; unlike things are not equal, nil is like nil. */
export function isEqual(a: Value, b: Value): boolean {
  return isNumeric(a) && isNumeric(b) ? isSame(a, b) : a === b;
}

function isNumeric(value: Value): boolean {
  return typeof value === 'number' || typeof value === 'bigint';
}

export function negated(value: Value): number | bigint {
  const number = numeric(value);
  return typeof number === 'bigint' ? wrapped(-number) : -number;
}

const LEAST_WHOLE = -0x8000_0000_0000_0000n;

/** 2^63 */
const MOST = 0x8000_0000_0000_0000;

/** Cut off; what has no place in 64 bits is the least of them, as amd64 has it. */
export function toWhole(value: Value): bigint {
  const number = numeric(value);
  if (typeof number === 'bigint') return number;
  const isInside = number >= -MOST && number < MOST;
  return isInside ? BigInt(Math.trunc(number)) : LEAST_WHOLE;
}
