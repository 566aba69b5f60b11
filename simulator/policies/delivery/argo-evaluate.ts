/**
 * What a condition says of a measured value.
 * Source: argo-rollouts `utils/evaluate/evaluate.go` and its tests.
 */

import type { RunPhase } from './argo-canary-settings.ts';
import {
  type BinaryOperator,
  type Expression,
  type FunctionName,
  parseCondition,
} from './argo-condition.ts';

/** As a metric provider gives it: a number, a text, lists and maps of them. */
export type Measured =
  | null
  | boolean
  | number
  | string
  | readonly Measured[]
  | { readonly [key: string]: Measured };

/** The world's bad news inside a condition: a missing item, a comparison of unlike things. */
class Unevaluable extends Error {}

/** Items that one condition may look at; `all` inside `all` is the square of a list. */
const MOST_STEPS = 1_000_000;

interface Scope {
  readonly result: Measured;
  readonly item: Measured | undefined;
  readonly budget: { steps: number };
}

/**
 * Phase of one measurement. Only a success condition: what does not meet it failed; only a failure
 * condition: what does not meet it is successful; both and neither met: Inconclusive; both met:
 * Failed; none given: Successful. A condition that cannot be evaluated is an Error.
 * Example: `judge(0.97, 'result >= 0.95', undefined)` is Successful.
 */
export function judge(
  result: Measured,
  success: string | undefined,
  failure: string | undefined,
): { readonly phase: RunPhase; readonly message: string } {
  try {
    const isGood = success === undefined ? undefined : holds(result, success);
    const isBad = failure === undefined ? undefined : holds(result, failure);
    return { phase: phaseOf(isGood, isBad), message: '' };
  } catch (error) {
    if (error instanceof Unevaluable) return { phase: 'Error', message: error.message };
    throw error;
  }
}

function phaseOf(isGood: boolean | undefined, isBad: boolean | undefined): RunPhase {
  const isMissed = isGood === false;
  if (isBad ?? isMissed) return 'Failed';
  return isMissed ? 'Inconclusive' : 'Successful';
}

function holds(result: Measured, condition: string): boolean {
  const expression = parseCondition(condition);
  if ('problem' in expression) throw new Unevaluable(expression.problem);
  const value = evaluate(expression, { result, item: undefined, budget: { steps: 0 } });
  if (typeof value !== 'boolean') throw new Unevaluable(`expected bool, found ${kindOf(value)}`);
  return value;
}

function evaluate(expression: Expression, scope: Scope): Measured {
  if (++scope.budget.steps > MOST_STEPS) throw new Unevaluable('too much to look at');
  switch (expression.type) {
    case 'value':
      return expression.value;
    case 'result':
      return scope.result;
    case 'item':
      if (scope.item === undefined) throw new Unevaluable('# stands outside all, any and none');
      return scope.item;
    case 'member':
      return memberOf(evaluate(expression.of, scope), evaluate(expression.key, scope));
    case 'unary': {
      const operand = evaluate(expression.operand, scope);
      return expression.operator === '!' ? !truth(operand) : -number(operand);
    }
    case 'binary':
      return binary(expression.operator, expression.left, expression.right, scope);
    case 'call':
      return call(expression.name, expression.operands, scope);
    default:
      throw new Error(`unknown expression ${expression satisfies never}`);
  }
}

function memberOf(of: Measured, key: Measured): Measured {
  if (isList(of)) {
    const index = number(key);
    const found = of[index < 0 ? of.length + index : index];
    if (found === undefined) throw new Unevaluable(`index out of range: ${index}`);
    return found;
  }
  if (typeof of !== 'object' || of === null || typeof key !== 'string') {
    throw new Unevaluable(`cannot fetch ${String(key)} from ${kindOf(of)}`);
  }
  return Object.hasOwn(of, key) ? of[key]! : null;
}

function binary(
  operator: BinaryOperator,
  leftSide: Expression,
  rightSide: Expression,
  scope: Scope,
): Measured {
  const left = evaluate(leftSide, scope);
  if (operator === '&&') return truth(left) && truth(evaluate(rightSide, scope));
  if (operator === '||') return truth(left) || truth(evaluate(rightSide, scope));
  const right = evaluate(rightSide, scope);
  switch (operator) {
    case '==':
      return isEqual(left, right);
    case '!=':
      return !isEqual(left, right);
    case 'in':
      return isIn(left, right);
    case '<':
    case '<=':
    case '>':
    case '>=':
      return compare(operator, left, right);
    case '+':
      if (typeof left === 'string' && typeof right === 'string') return left + right;
      return number(left) + number(right);
    case '-':
      return number(left) - number(right);
    case '*':
      return number(left) * number(right);
    case '/':
      return number(left) / number(right);
    case '%':
      return number(left) % number(right);
    default:
      throw new Error(`unknown operator ${operator satisfies never}`);
  }
}

function compare(operator: '<' | '<=' | '>' | '>=', left: Measured, right: Measured): boolean {
  const areTexts = typeof left === 'string' && typeof right === 'string';
  const [a, b] = areTexts ? [left, right] : [number(left), number(right)];
  if (operator === '<') return a < b;
  if (operator === '<=') return a <= b;
  return operator === '>' ? a > b : a >= b;
}

/** Unlike things cannot be compared; anything may be compared with nil. */
function isEqual(left: Measured, right: Measured): boolean {
  if (left === null || right === null) return left === right;
  if (kindOf(left) !== kindOf(right)) {
    throw new Unevaluable(`mismatched types ${kindOf(left)} and ${kindOf(right)}`);
  }
  return typeof left === 'object' ? JSON.stringify(left) === JSON.stringify(right) : left === right;
}

function isIn(left: Measured, right: Measured): boolean {
  if (isList(right)) {
    return right.some((item) => kindOf(item) === kindOf(left) && isEqual(item, left));
  }
  if (typeof right !== 'object' || right === null || typeof left !== 'string') {
    throw new Unevaluable(`cannot look for ${kindOf(left)} in ${kindOf(right)}`);
  }
  return Object.hasOwn(right, left);
}

function call(name: FunctionName, operands: readonly Expression[], scope: Scope): Measured {
  const value = evaluate(operands[0]!, scope);
  switch (name) {
    case 'len':
      if (isList(value) || typeof value === 'string') return value.length;
      if (typeof value === 'object' && value !== null) return Object.keys(value).length;
      throw new Unevaluable(`${kindOf(value)} has no length`);
    case 'isNaN':
      return Number.isNaN(number(value));
    case 'isInf':
      return Math.abs(number(value)) === Number.POSITIVE_INFINITY;
    case 'isNil':
      return value === null;
    case 'asInt':
      return asInt(value);
    case 'asFloat':
      return asFloat(value);
    case 'default':
      return value === null ? evaluate(operands[1]!, scope) : value;
    case 'all':
      return items(value).every((item) => meets(operands[1]!, item, scope));
    case 'any':
      return items(value).some((item) => meets(operands[1]!, item, scope));
    case 'none':
      return !items(value).some((item) => meets(operands[1]!, item, scope));
    default:
      throw new Error(`unknown function ${name satisfies never}`);
  }
}

function meets(condition: Expression, item: Measured, scope: Scope): boolean {
  return truth(evaluate(condition, { ...scope, item }));
}

function items(value: Measured): readonly Measured[] {
  if (isList(value)) return value;
  throw new Unevaluable(`${kindOf(value)} has no items`);
}

/** A text must be a whole number; a number loses its fraction. */
function asInt(value: Measured): number {
  if (typeof value === 'number') return Math.trunc(value);
  if (typeof value === 'string' && /^[+-]?\d{1,15}$/.test(value)) return Number(value);
  throw new Unevaluable(`${String(value)} is no whole number`);
}

function asFloat(value: Measured): number {
  if (typeof value === 'number') return value;
  const isNumber =
    typeof value === 'string' && /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(value);
  if (isNumber) return Number(value);
  throw new Unevaluable(`${String(value)} is no number`);
}

function truth(value: Measured): boolean {
  if (typeof value === 'boolean') return value;
  throw new Unevaluable(`expected bool, found ${kindOf(value)}`);
}

function number(value: Measured): number {
  if (typeof value === 'number') return value;
  throw new Unevaluable(`expected a number, found ${kindOf(value)}`);
}

function isList(value: Measured): value is readonly Measured[] {
  return Array.isArray(value);
}

function kindOf(value: Measured): string {
  if (value === null) return 'nil';
  if (Array.isArray(value)) return 'list';
  return typeof value === 'object' ? 'map' : typeof value;
}
