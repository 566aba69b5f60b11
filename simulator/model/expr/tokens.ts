/**
 * Words and marks of expr, the language of KEDA's formulas and of Argo Rollouts' conditions, each
 * with its place. Source: expr-lang.org, "Language definition".
 */

export interface Token {
  readonly kind: 'number' | 'text' | 'word' | 'mark' | 'end';
  /** As it is written, with its quotation marks. */
  readonly text: string;
  /** Characters before it. */
  readonly at: number;
}

/** A mistake of who wrote the text, and its spot: characters before it. */
export class ExprMistake extends Error {
  readonly at: number;

  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

const NUMBER = String.raw`\d+(?:\.\d*)?(?:[eE][+-]?\d{1,3})?|\.\d+(?:[eE][+-]?\d{1,3})?`;
const TEXT = String.raw`"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'`;
const MARK = String.raw`\|\||&&|==|!=|<=|>=|\*{2}|\?{2}|[<>!()[\]{}.,#+\-*/%?:^]`;
const TOKEN = new RegExp(`\\s*(?:(${NUMBER})|(${TEXT})|([A-Za-z_]\\w*)|(${MARK}))`, 'y');
const KINDS = ['number', 'text', 'word', 'mark'] as const;

/**
 * The tokens of a text, and its end. Throws `ExprMistake` at a character that is none.
 * Example: `max(queue, 2.5)` is max ( queue , 2.5 ) and the end.
 */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) throw new ExprMistake(skipped(text, from), 'unexpected character');
    const [whole, ...groups] = match;
    const group = groups.findIndex((found) => found !== undefined);
    const found = groups[group]!;
    tokens.push({ kind: KINDS[group]!, text: found, at: from + whole.length - found.length });
  }
  tokens.push({ kind: 'end', text: '', at: end });
  return tokens;
}

function skipped(text: string, from: number): number {
  return from + (text.slice(from).length - text.slice(from).trimStart().length);
}
