/** How tightly the operators of a formula bind, and of which kind is what they give. */
import { type Kind, POWER } from './formula-values.ts';

export const KINDS: Readonly<Record<Kind, string>> = {
  number: 'a number',
  whole: 'a whole number',
  truth: 'true or false',
  list: 'a list',
  nil: 'nil',
  any: 'anything',
};

/** How tightly they bind; from 1 on, so that 0 is a whole expression. */
export const BINDING: Readonly<Record<string, number>> = {
  or: 10,
  '||': 10,
  and: 15,
  '&&': 15,
  '==': 20,
  '!=': 20,
  '<': 20,
  '<=': 20,
  '>': 20,
  '>=': 20,
  '+': 30,
  '-': 30,
  '*': 60,
  '/': 60,
  '%': 60,
  [POWER]: 100,
  '^': 100,
  '??': 500,
};
/** Of `!` and `not`. */
export const NOT_BINDING = 50;
/** Of a sign before a number. */
export const SIGN_BINDING = 90;

/** What both are; nil is like anything. */
export function commonOf(left: Kind, right: Kind): Kind {
  if (left === 'nil') return right;
  return right === 'nil' || left === right ? left : 'any';
}

export function likeOf(kind: Kind): readonly Kind[] {
  return kind === 'number' || kind === 'whole' ? ['number', 'whole'] : [kind];
}

export function kindOf(operator: string, left: Kind, right: Kind): Kind {
  if (operator === '/' || operator === POWER || operator === '^') return 'number';
  if (operator === '%') return 'whole';
  if (left === 'any' || right === 'any') return 'any';
  return left === 'whole' && right === 'whole' ? 'whole' : 'number';
}
