/**
 * Conditions of an Argo analysis, such as `result[0] >= 0.95`: a small part of the language that
 * Argo Rollouts uses (expr-lang), read by one walk from left to right, without turning back.
 * Source: argo-rollouts `utils/evaluate/evaluate.go` and docs/features/analysis.md.
 *
 *     a || b   a or b        a == b  != < <= > >=  in      len(x)  isNaN(x)  isInf(x)  isNil(x)
 *     a && b   a and b       a + b  - * / %                asInt(x)  asFloat(x)  default(x, y)
 *     !a       not a         x[0]  x.key  x["key"]         all(x, # > 1)  any  none
 */

import { ExprMistake, type Token, tokensOf } from '../../model/expr/tokens.ts';

export type Expression =
  | { readonly type: 'value'; readonly value: number | string | boolean | null }
  | { readonly type: 'result' }
  /** The item that `all`, `any` or `none` looks at. */
  | { readonly type: 'item' }
  | { readonly type: 'member'; readonly of: Expression; readonly key: Expression }
  | { readonly type: 'unary'; readonly operator: '!' | '-'; readonly operand: Expression }
  | {
      readonly type: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly type: 'call';
      readonly name: FunctionName;
      readonly operands: readonly Expression[];
    };

export type BinaryOperator = (typeof LEVELS)[number][number];
export type FunctionName = keyof typeof FUNCTIONS;

/** From what binds least to what binds most. */
const LEVELS = [
  ['||'],
  ['&&'],
  ['==', '!=', '<=', '>=', '<', '>', 'in'],
  ['+', '-'],
  ['*', '/', '%'],
] as const;

/** Operands of each function. */
const FUNCTIONS = {
  len: 1,
  isNaN: 1,
  isInf: 1,
  isNil: 1,
  asInt: 1,
  asFloat: 1,
  default: 2,
  all: 2,
  any: 2,
  none: 2,
} as const;

const MOST_CHARACTERS = 4096;
/** Brackets in brackets; each is a call in a call. */
const MOST_DEPTH = 64;

/** What is wrong with a condition, in words. */
export interface ConditionProblem {
  readonly problem: string;
}

/** Where the walk stands. */
interface Reader {
  readonly tokens: readonly Token[];
  next: number;
  depth: number;
}

/**
 * Reads a condition; says what is wrong with it otherwise. Time grows with its length alone.
 * Example: `parseCondition('result >= 0.95')` compares result and 0.95;
 * `parseCondition('result >=')` has the problem `expected a value at the end`.
 */
export function parseCondition(text: string): Expression | ConditionProblem {
  if (text.length > MOST_CHARACTERS)
    return { problem: `longer than ${MOST_CHARACTERS} characters` };
  try {
    const reader = { tokens: tokensOf(text), next: 0, depth: 0 };
    const expression = readLevel(reader, 0);
    const rest = peek(reader);
    if (rest.kind !== 'end') throw new Unreadable(`unexpected ${rest.text} ${place(rest)}`);
    return expression;
  } catch (error) {
    if (error instanceof Unreadable) return { problem: error.message };
    if (error instanceof ExprMistake) return { problem: `${error.message} at ${error.at + 1}` };
    throw error;
  }
}

/** The user's mistake, on its way out of the walk. */
class Unreadable extends Error {}

function peek(reader: Reader): Token {
  return reader.tokens[reader.next]!;
}

function take(reader: Reader): Token {
  const token = peek(reader);
  if (token.kind !== 'end') reader.next++;
  return token;
}

function place(token: Token): string {
  return token.kind === 'end' ? 'at the end' : `at ${token.at + 1}`;
}

function takes(reader: Reader, mark: string): boolean {
  const { kind, text } = peek(reader);
  if (kind !== 'mark' || text !== mark) return false;
  reader.next++;
  return true;
}

function expectMark(reader: Reader, mark: string): void {
  if (!takes(reader, mark)) throw new Unreadable(`expected ${mark} ${place(peek(reader))}`);
}

/** `or` and `and` are other spellings. */
function operatorOf({ kind, text }: Token): string | undefined {
  if (kind === 'mark') return text;
  if (kind !== 'word') return undefined;
  return text === 'or' ? '||' : text === 'and' ? '&&' : text;
}

function readLevel(reader: Reader, level: number): Expression {
  const operators: readonly string[] | undefined = LEVELS[level];
  if (operators === undefined) return readUnary(reader);
  let left = readLevel(reader, level + 1);
  for (;;) {
    const operator = operatorOf(peek(reader));
    if (operator === undefined || !operators.includes(operator)) return left;
    reader.next++;
    const right = readLevel(reader, level + 1);
    // One of LEVELS, as has just been seen.
    left = { type: 'binary', operator: operator as BinaryOperator, left, right };
  }
}

function readUnary(reader: Reader): Expression {
  if (++reader.depth > MOST_DEPTH) throw new Unreadable(`more than ${MOST_DEPTH} deep`);
  const { kind, text } = peek(reader);
  const isNot = (kind === 'mark' && text === '!') || (kind === 'word' && text === 'not');
  let expression: Expression;
  if (isNot || (kind === 'mark' && text === '-')) {
    reader.next++;
    expression = { type: 'unary', operator: isNot ? '!' : '-', operand: readUnary(reader) };
  } else {
    expression = readMembers(reader, readPrimary(reader));
  }
  reader.depth--;
  return expression;
}

function readMembers(reader: Reader, first: Expression): Expression {
  let expression = first;
  for (;;) {
    if (takes(reader, '.')) {
      const key = take(reader);
      if (key.kind !== 'word') throw new Unreadable(`expected a name ${place(key)}`);
      expression = { type: 'member', of: expression, key: { type: 'value', value: key.text } };
    } else if (takes(reader, '[')) {
      expression = { type: 'member', of: expression, key: readLevel(reader, 0) };
      expectMark(reader, ']');
    } else return expression;
  }
}

function readPrimary(reader: Reader): Expression {
  const token = take(reader);
  switch (token.kind) {
    case 'number':
      return { type: 'value', value: Number(token.text) };
    case 'text':
      return { type: 'value', value: token.text.slice(1, -1).replace(/\\(.)/g, '$1') };
    case 'word':
      return readWord(reader, token);
    case 'mark':
      if (token.text === '#') return { type: 'item' };
      if (token.text === '(') {
        const inner = readLevel(reader, 0);
        expectMark(reader, ')');
        return inner;
      }
      throw new Unreadable(`expected a value ${place(token)}`);
    case 'end':
      throw new Unreadable('expected a value at the end');
    default:
      throw new Error(`unknown token ${token.kind satisfies never}`);
  }
}

const WORDS: Readonly<Record<string, Expression>> = {
  result: { type: 'result' },
  true: { type: 'value', value: true },
  false: { type: 'value', value: false },
  nil: { type: 'value', value: null },
};

function readWord(reader: Reader, token: Token): Expression {
  const known = Object.hasOwn(WORDS, token.text) ? WORDS[token.text] : undefined;
  if (known !== undefined) return known;
  if (!isFunction(token.text)) throw new Unreadable(`unknown name ${token.text} ${place(token)}`);
  expectMark(reader, '(');
  const operands = [readOperand(reader)];
  while (takes(reader, ',')) operands.push(readOperand(reader));
  expectMark(reader, ')');
  const count = FUNCTIONS[token.text];
  if (operands.length !== count) {
    throw new Unreadable(`${token.text} takes ${count} ${place(token)}, not ${operands.length}`);
  }
  return { type: 'call', name: token.text, operands };
}

/** What `all` asks of each item may stand in curly brackets. */
function readOperand(reader: Reader): Expression {
  if (!takes(reader, '{')) return readLevel(reader, 0);
  const expression = readLevel(reader, 0);
  expectMark(reader, '}');
  return expression;
}

function isFunction(name: string): name is FunctionName {
  return Object.hasOwn(FUNCTIONS, name);
}
