/** A formula of KEDA's scalingModifiers in words: numbers, names, signs; each with its place. */
import { quoted } from '../problem.ts';

export interface Token {
  readonly kind: 'number' | 'name' | 'sign' | 'end';
  readonly text: string;
  /** Characters before it. */
  readonly at: number;
}

/** A mistake in a formula: thrown by what reads it, and caught by `parseFormula`. */
export class FormulaMistake extends Error {
  readonly at: number;

  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

const SPACE = /\s*/y;
const KINDS = [
  ['number', /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y],
  ['name', /[A-Za-z_$][A-Za-z0-9_$]*/y],
  ['sign', /\*\*|\?\?|\|\||&&|[=!<>]=|[-+*/%^<>!?:()[\]{},#.;|&=@'"`]/y],
] as const;

/** Example: `max(queue, 2.5)` is max ( queue , 2.5 ) and the end. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let at = skipped(text, 0);
  while (at < text.length) {
    const token = tokenAt(text, at);
    tokens.push(token);
    at = skipped(text, at + token.text.length);
  }
  return [...tokens, { kind: 'end', text: '', at: text.length }];
}

function tokenAt(text: string, at: number): Token {
  for (const [kind, pattern] of KINDS) {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found !== null) return { kind, text: found[0], at };
  }
  const character = String.fromCodePoint(text.codePointAt(at)!);
  throw new FormulaMistake(at, `unknown character ${quoted(character)}`);
}

function skipped(text: string, at: number): number {
  SPACE.lastIndex = at;
  return at + SPACE.exec(text)![0].length;
}
