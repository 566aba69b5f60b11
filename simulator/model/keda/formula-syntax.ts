/**
 * Reads a formula into functions; never evaluates text. Operators by how tightly they bind, as in
 * expr (expr-lang.org, "Language definition"):
 *
 *     ? :     || or     && and     == != < <= > >=     + -     * /     - + ! not     ( ) f( ) [ ]
 *
 * Numbers are floats. Numbers and truths do not mix; a list is for functions only.
 */
import { ExprMistake, type Token } from '../expr/tokens.ts';
import { quoted, suggestion } from '../problem.ts';
import { FUNCTIONS, HOW_MANY, OF_LIST, OF_NUMBER, OF_SOME, WHETHER } from './formula-functions.ts';

/** Values by the number of their name; of a list's predicate the element, that is `#`. */
export interface Scope {
  readonly values: readonly number[];
  readonly element: number;
}

type Of<Value> = (scope: Scope) => Value;

/** What a part of a formula gives. */
export type Term =
  | { readonly kind: 'number'; readonly of: Of<number> }
  | { readonly kind: 'truth'; readonly of: Of<boolean> }
  | { readonly kind: 'list'; readonly of: Of<readonly number[]> };

const KINDS = { number: 'a number', truth: 'true or false', list: 'a list' } as const;

const COMPARISONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};
const SUMS: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
};
const PRODUCTS: Readonly<Record<string, (a: number, b: number) => number>> = {
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
};
/** What expr has, and formulas here have not. */
const NOT_HERE = /^(?:[%^.]|\*{2}|\?{2}|["'].*)$/s;
const MOST_DEPTH = 100;

/** Of one formula. */
export class FormulaReader {
  private readonly tokens: readonly Token[];
  private readonly names: readonly string[];
  private next = 0;
  private depth = 0;
  /** Whether what is read is the predicate of a list. */
  private hasElement = false;

  constructor(tokens: readonly Token[], names: readonly string[]) {
    this.tokens = tokens;
    this.names = names;
  }

  /** All of it: a number. */
  read(): Of<number> {
    const { at } = this.peek();
    const whole = this.number(this.expression(), at);
    if (this.peek().kind !== 'end') this.fail('an operator or the end');
    return whole;
  }

  private expression(): Term {
    this.deepen();
    const { at } = this.peek();
    const first = this.either();
    const term = this.takes('?') ? this.choice(this.truth(first, at)) : first;
    this.depth--;
    return term;
  }

  /** What follows `condition ?`. */
  private choice(condition: Of<boolean>): Term {
    const yesAt = this.peek().at;
    const yes = this.expression();
    this.expect(':');
    const noAt = this.peek().at;
    const no = this.expression();
    if (yes.kind === 'number') {
      return number(picked(condition, yes.of, this.number(no, noAt)));
    }
    return truth(picked(condition, this.truth(yes, yesAt), this.truth(no, noAt)));
  }

  private either(): Term {
    return this.joined(
      ['||', 'or'],
      () => this.both(),
      (a, b) => (scope) => a(scope) || b(scope),
    );
  }

  private both(): Term {
    const compare = () => this.comparison();
    return this.joined(['&&', 'and'], compare, (a, b) => (scope) => a(scope) && b(scope));
  }

  private joined(
    signs: readonly string[],
    operand: () => Term,
    join: (a: Of<boolean>, b: Of<boolean>) => Of<boolean>,
  ): Term {
    const { at } = this.peek();
    let left = operand();
    while (this.takes(...signs)) {
      const a = this.truth(left, at);
      const rightAt = this.peek().at;
      left = { kind: 'truth', of: join(a, this.truth(operand(), rightAt)) };
    }
    return left;
  }

  private comparison(): Term {
    return this.chain(COMPARISONS, () => this.chain(SUMS, () => this.product(), number), truth);
  }

  private product(): Term {
    return this.chain(PRODUCTS, () => this.unary(), number);
  }

  private chain<Value>(
    operators: Readonly<Record<string, (a: number, b: number) => Value>>,
    operand: () => Term,
    termOf: (of: Of<Value>) => Term,
  ): Term {
    const { at } = this.peek();
    let left = operand();
    for (;;) {
      const apply = operators[this.peek().text];
      if (this.peek().kind !== 'mark' || apply === undefined) return left;
      this.take();
      const a = this.number(left, at);
      const rightAt = this.peek().at;
      const b = this.number(operand(), rightAt);
      left = termOf((scope) => apply(a(scope), b(scope)));
    }
  }

  private unary(): Term {
    if (this.takes('!', 'not')) {
      const { at } = this.peek();
      const operand = this.truth(
        this.nested(() => this.unary()),
        at,
      );
      return { kind: 'truth', of: (scope) => !operand(scope) };
    }
    const isMinus = this.takes('-');
    if (!isMinus && !this.takes('+')) return this.primary();
    const { at } = this.peek();
    const operand = this.number(
      this.nested(() => this.unary()),
      at,
    );
    return { kind: 'number', of: isMinus ? (scope) => -operand(scope) : operand };
  }

  private nested(read: () => Term): Term {
    this.deepen();
    const term = read();
    this.depth--;
    return term;
  }

  private deepen(): void {
    if (++this.depth > MOST_DEPTH) throw new ExprMistake(this.peek().at, 'nested too deeply');
  }

  private primary(): Term {
    const token = this.peek();
    if (token.kind === 'number') return this.literal(this.take());
    if (token.kind === 'word') return this.named(this.take());
    if (this.takes('(')) {
      const inside = this.expression();
      this.expect(')');
      return inside;
    }
    if (this.takes('[')) return this.list();
    if (token.text === '#' && this.hasElement) {
      this.take();
      return { kind: 'number', of: ({ element }) => element };
    }
    return this.fail('a number, a trigger or a function');
  }

  private literal({ text }: Token): Term {
    const value = Number(text);
    return { kind: 'number', of: () => value };
  }

  private list(): Term {
    const items: Of<number>[] = [];
    do {
      const { at } = this.peek();
      items.push(this.number(this.expression(), at));
    } while (this.takes(','));
    this.expect(']');
    return { kind: 'list', of: (scope) => items.map((item) => item(scope)) };
  }

  private named(token: Token): Term {
    const { text, at } = token;
    if (this.peek().text === '(') return this.call(token);
    const index = this.names.indexOf(text);
    if (index >= 0) return { kind: 'number', of: ({ values }) => values[index]! };
    if (text === 'true' || text === 'false') return { kind: 'truth', of: () => text === 'true' };
    const hint = suggestion(text, this.names);
    throw new ExprMistake(at, `unknown trigger ${quoted(text)}${hint}`);
  }

  private call({ text, at }: Token): Term {
    if (!FUNCTIONS.includes(text)) {
      const hint = suggestion(text, FUNCTIONS) || `; there are ${FUNCTIONS.join(', ')}`;
      throw new ExprMistake(at, `unknown function ${quoted(text)}${hint}`);
    }
    this.expect('(');
    const term = this.applied(text);
    this.expect(')');
    return term;
  }

  private applied(name: string): Term {
    const [ofNumber, ofList, ofSome] = [OF_NUMBER[name], OF_LIST[name], OF_SOME[name]];
    if (ofSome !== undefined) return this.ofSome(ofSome);
    const { at } = this.peek();
    const first = this.expression();
    if (ofNumber !== undefined) {
      const of = this.number(first, at);
      return { kind: 'number', of: (scope) => ofNumber(of(scope)) };
    }
    const list = this.listOf(first, at);
    if (ofList !== undefined) return { kind: 'number', of: (scope) => ofList(list(scope)) };
    this.expect(',');
    const matches = this.predicate();
    const count: Of<number> = (scope) =>
      list(scope).filter((element) => matches({ ...scope, element })).length;
    if (name === HOW_MANY) return { kind: 'number', of: count };
    const whether = WHETHER[name]!;
    return { kind: 'truth', of: (scope) => whether(count(scope), list(scope).length) };
  }

  private ofSome(apply: (all: readonly number[]) => number): Term {
    const parts: Of<readonly number[]>[] = [];
    do {
      const { at } = this.peek();
      const term = this.expression();
      const one = term.kind === 'list' ? undefined : this.number(term, at);
      parts.push(one === undefined ? this.listOf(term, at) : (scope) => [one(scope)]);
    } while (this.takes(','));
    return { kind: 'number', of: (scope) => apply(parts.flatMap((part) => part(scope))) };
  }

  /** `{# > 1}` or `# > 1`. */
  private predicate(): Of<boolean> {
    const outer = this.hasElement;
    this.hasElement = true;
    const isBraced = this.takes('{');
    const { at } = this.peek();
    const matches = this.truth(this.expression(), at);
    if (isBraced) this.expect('}');
    this.hasElement = outer;
    return matches;
  }

  // ---- kinds ----------------------------------------------------------------------------------

  private number(term: Term, at: number): Of<number> {
    if (term.kind === 'number') return term.of;
    throw new ExprMistake(at, `expected a number, found ${KINDS[term.kind]}`);
  }

  private truth(term: Term, at: number): Of<boolean> {
    if (term.kind === 'truth') return term.of;
    throw new ExprMistake(at, `expected true or false, found ${KINDS[term.kind]}`);
  }

  private listOf(term: Term, at: number): Of<readonly number[]> {
    if (term.kind === 'list') return term.of;
    throw new ExprMistake(at, `expected a list such as [a, b], found ${KINDS[term.kind]}`);
  }

  // ---- tokens ---------------------------------------------------------------------------------

  private peek(): Token {
    return this.tokens[this.next]!;
  }

  private take(): Token {
    return this.tokens[this.next++]!;
  }

  /** Goes past one of some signs or words, if it is next. */
  private takes(...texts: readonly string[]): boolean {
    const { kind, text } = this.peek();
    const isNext = (kind === 'mark' || kind === 'word') && texts.includes(text);
    if (isNext) this.next++;
    return isNext;
  }

  private expect(text: string): void {
    if (!this.takes(text)) this.fail(`"${text}"`);
  }

  private fail(expected: string): never {
    const { kind, text, at } = this.peek();
    if (NOT_HERE.test(text)) throw new ExprMistake(at, `"${text}" is not supported`);
    const found = kind === 'end' ? 'the end' : quoted(text);
    throw new ExprMistake(at, `expected ${expected}, found ${found}`);
  }
}

function picked<Value>(condition: Of<boolean>, yes: Of<Value>, no: Of<Value>): Of<Value> {
  return (scope) => (condition(scope) ? yes(scope) : no(scope));
}

function number(of: Of<number>): Term {
  return { kind: 'number', of };
}

function truth(of: Of<boolean>): Term {
  return { kind: 'truth', of };
}
