/**
 * Reads a formula into functions; never evaluates text. Operators by how tightly they bind, as in
 * expr (expr-lang.org, "Language definition"; `parser/parser.go` of v1.17):
 *
 *     ? :    || or    && and    == != < <= > >=    + -    * / %    - + ! not    ** ^    ??
 *
 * and then ( ) f( ) [ ]. Powers go from right to left. Numbers and truths do not mix; a list is for
 * functions only. What is known before there are values is refused here, as expr does.
 */
import { ExprMistake, type Token } from '../expr/tokens.ts';
import { quoted, suggestion } from '../problem.ts';
import {
  countOf,
  FUNCTIONS,
  HOW_MANY,
  OF_LIST,
  OF_NUMBER,
  OF_SOME,
  WHETHER,
} from './formula-functions.ts';
import {
  BINDING,
  commonOf,
  KINDS,
  kindOf,
  likeOf,
  NOT_BINDING,
  SIGN_BINDING,
} from './formula-kinds.ts';
import {
  ARITHMETIC,
  COMPARISONS,
  isEqual,
  type Kind,
  listed,
  negated,
  POWER,
  truthful,
  type Value,
} from './formula-values.ts';

/** Values by the number of their name; of a list's predicate the element, that is `#`. */
export interface Scope {
  readonly values: readonly Value[];
  readonly element: Value;
}

/** What a part of a formula gives. */
export interface Term {
  readonly kind: Kind;
  /** Of a list: of its items. */
  readonly items?: Kind;
  readonly of: (scope: Scope) => Value;
  /** Where it begins. */
  readonly at: number;
}

/** What expr has, and formulas here have not. */
const NOT_HERE = /^(?:\.|["'].*)$/s;
const MOST_DEPTH = 100;
const MOST_WHOLE = 0x7fff_ffff_ffff_ffffn;

/** Of one formula. */
export class FormulaReader {
  private readonly tokens: readonly Token[];
  private readonly names: readonly string[];
  private next = 0;
  private depth = 0;
  /** What `#` is, in the predicate of a list. */
  private element: Kind | undefined;

  constructor(tokens: readonly Token[], names: readonly string[]) {
    this.tokens = tokens;
    this.names = names;
  }

  /** All of it. */
  read(): Term {
    const whole = this.expression(0);
    if (this.peek().kind !== 'end') this.fail('an operator or the end');
    return whole;
  }

  /** What binds at least so tightly. */
  private expression(least: number): Term {
    if (++this.depth > MOST_DEPTH) throw new ExprMistake(this.peek().at, 'nested too deeply');
    let left = this.primary();
    for (let before = ''; ; ) {
      const operator = this.operator(least);
      if (operator === undefined) break;
      if (before === '??' && operator !== '??') {
        throw new ExprMistake(this.peek().at, `"${operator}" after ?? wants brackets around it`);
      }
      this.take();
      left = this.joined(left, operator);
      before = operator;
    }
    if (least === 0) while (this.takes('?')) left = this.choice(left);
    this.depth--;
    return left;
  }

  private operator(least: number): string | undefined {
    const { kind, text } = this.peek();
    const isSign = kind === 'mark' || kind === 'word';
    const binding = isSign && Object.hasOwn(BINDING, text) ? BINDING[text]! : -1;
    return binding >= least ? text : undefined;
  }

  private joined(left: Term, operator: string): Term {
    if (COMPARISONS[operator] !== undefined) return this.compared(left, operator);
    const binding = BINDING[operator]!;
    const isFromRight = binding === BINDING[POWER];
    const right = this.expression(isFromRight ? binding : binding + 1);
    switch (operator) {
      case 'or':
      case '||':
        return this.truths(left, right, (a, b) => a() || b());
      case 'and':
      case '&&':
        return this.truths(left, right, (a, b) => a() && b());
      case '==':
        return this.equal(left, right, true);
      case '!=':
        return this.equal(left, right, false);
      case '??':
        return instead(left, right);
      default:
        return this.arithmetic(left, operator, right);
    }
  }

  /** `1 < a < 3` is `1 < a && a < 3`. */
  private compared(first: Term, firstOperator: string): Term {
    let [left, operator] = [first, firstOperator];
    let all: Term | undefined;
    for (;;) {
      const right = this.expression(BINDING[operator]! + 1);
      const compare = COMPARISONS[operator]!;
      const [a, b] = [this.number(left), this.number(right)];
      const one = truth(first.at, (scope) => compare(a.of(scope), b.of(scope)));
      all = all === undefined ? one : this.truths(all, one, (x, y) => x() && y());
      const { kind, text } = this.peek();
      if (kind !== 'mark' || COMPARISONS[text] === undefined) return all;
      this.take();
      [left, operator] = [right, text];
    }
  }

  private truths(
    left: Term,
    right: Term,
    join: (a: () => boolean, b: () => boolean) => boolean,
  ): Term {
    const [a, b] = [this.truth(left), this.truth(right)];
    return truth(left.at, (scope) =>
      join(
        () => truthful(a.of(scope)),
        () => truthful(b.of(scope)),
      ),
    );
  }

  private equal(left: Term, right: Term, wanted: boolean): Term {
    const isOpen = [left, right].some(({ kind }) => kind === 'any' || kind === 'nil');
    if (!isOpen) this.expectKind(right, likeOf(left.kind), KINDS[left.kind]);
    return truth(left.at, (scope) => isEqual(left.of(scope), right.of(scope)) === wanted);
  }

  private arithmetic(left: Term, operator: string, right: Term): Term {
    const areWhole = operator === '%';
    const [a, b] = areWhole
      ? [this.whole(left), this.whole(right)]
      : [this.number(left), this.number(right)];
    const apply = ARITHMETIC[operator]!;
    const of = (scope: Scope) => apply(a.of(scope), b.of(scope));
    return { kind: kindOf(operator, a.kind, b.kind), of, at: left.at };
  }

  /** What follows `condition ?`. */
  private choice(asked: Term): Term {
    const condition = this.truth(asked);
    const yes = this.expression(0);
    this.expect(':');
    const no = this.expression(0);
    const of = (scope: Scope) => (truthful(condition.of(scope)) ? yes : no).of(scope);
    return { kind: commonOf(yes.kind, no.kind), of, at: asked.at };
  }

  private primary(): Term {
    const { kind, text, at } = this.peek();
    if (this.takes('!', 'not')) {
      const operand = this.truth(this.expression(NOT_BINDING));
      return truth(at, (scope) => !truthful(operand.of(scope)));
    }
    if (this.takes('-', '+')) {
      const operand = this.number(this.expression(SIGN_BINDING));
      const of = (scope: Scope) => negated(operand.of(scope));
      return { ...operand, at, ...(text === '-' && { of }) };
    }
    if (this.takes('(')) {
      const inside = this.expression(0);
      this.expect(')');
      return { ...inside, at };
    }
    if (this.takes('[')) return this.list(at);
    if (kind === 'number') return this.literal(this.take());
    if (kind === 'word') return this.named(this.take());
    if (text === '#' && this.element !== undefined) {
      this.take();
      return { kind: this.element, of: ({ element }) => element, at };
    }
    return this.fail('a number, a trigger or a function');
  }

  private literal({ text, at }: Token): Term {
    const isWhole = /^\d+$/.test(text);
    const value = isWhole ? BigInt(text) : Number(text);
    if (isWhole && value > MOST_WHOLE) throw new ExprMistake(at, 'a whole number of over 64 bits');
    return { kind: isWhole ? 'whole' : 'number', of: () => value, at };
  }

  private list(at: number): Term {
    const items: Term[] = [];
    do items.push(this.expression(0));
    while (this.takes(','));
    this.expect(']');
    const kind = items[0]!.kind;
    const areAlike = items.every((item) => item.kind === kind);
    const of = (scope: Scope) => items.map((item) => item.of(scope));
    return { kind: 'list', items: areAlike ? kind : 'any', of, at };
  }

  private named(token: Token): Term {
    const { text, at } = token;
    if (this.peek().text === '(') return this.call(token);
    const index = this.names.indexOf(text);
    if (index >= 0) return { kind: 'number', of: ({ values }) => values[index]!, at };
    if (text === 'true' || text === 'false') return truth(at, () => text === 'true');
    if (text === 'nil') return { kind: 'nil', of: () => null, at };
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
    return { ...term, at };
  }

  private applied(name: string): Term {
    const [ofNumber, ofList, ofSome] = [OF_NUMBER[name], OF_LIST[name], OF_SOME[name]];
    if (ofSome !== undefined) return this.ofSome(ofSome);
    const first = this.expression(0);
    if (ofNumber !== undefined) {
      const { kind, of, at } = this.number(first);
      return { kind: ofNumber.kind ?? kind, of: (scope) => ofNumber.of(of(scope)), at };
    }
    const list = this.expectKind(first, ['list'], 'a list such as [a, b]');
    const { at } = list;
    const items = list.items ?? 'any';
    if (ofList !== undefined) {
      return { kind: ofList.kind ?? items, of: (scope) => ofList.of(list.of(scope)), at };
    }
    this.expect(',');
    const matches = this.predicate(items);
    const ask =
      <Answer>(answer: (list: readonly Value[], isSo: (element: Value) => boolean) => Answer) =>
      (scope: Scope) =>
        answer(listed(list.of(scope)), (element) => truthful(matches.of({ ...scope, element })));
    if (name !== HOW_MANY) return truth(at, ask(WHETHER[name]!));
    const count = ask(countOf);
    return { kind: 'whole', of: (scope) => BigInt(count(scope)), at };
  }

  private ofSome(apply: (all: readonly Value[]) => Value): Term {
    const parts: Term[] = [];
    do {
      const term = this.expression(0);
      parts.push(term.kind === 'list' ? term : this.number(term));
    } while (this.takes(','));
    const isOpen = parts.some(({ kind }) => kind === 'list' || kind === 'any');
    const { kind, at } = parts[0]!;
    const of = (scope: Scope) => apply(flat(parts.map((part) => part.of(scope))));
    return { kind: isOpen ? 'any' : kind, of, at };
  }

  /** `{# > 1}` or `# > 1`. */
  private predicate(element: Kind): Term {
    const outer = this.element;
    this.element = element;
    const isBraced = this.takes('{');
    const matches = this.truth(this.expression(0));
    if (isBraced) this.expect('}');
    this.element = outer;
    return matches;
  }

  // ---- kinds ----------------------------------------------------------------------------------

  private number(term: Term): Term {
    return this.expectKind(term, ['number', 'whole'], 'a number');
  }

  private whole(term: Term): Term {
    return this.expectKind(term, ['whole'], 'a whole number such as int(queue)');
  }

  private truth(term: Term): Term {
    return this.expectKind(term, ['truth'], 'true or false');
  }

  private expectKind(term: Term, kinds: readonly Kind[], expected: string): Term {
    if (term.kind === 'any' || kinds.includes(term.kind)) return term;
    throw unlike(term, expected);
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

/** The mistake of a part that is not what is wanted there. */
export function unlike({ kind, at }: Term, expected: string): ExprMistake {
  return new ExprMistake(at, `expected ${expected}, found ${KINDS[kind]}`);
}

function truth(at: number, of: (scope: Scope) => boolean): Term {
  return { kind: 'truth', of, at };
}

function flat(values: readonly Value[]): readonly Value[] {
  return values.flatMap((value) => (Array.isArray(value) ? flat(value) : [value]));
}

function instead(left: Term, right: Term): Term {
  const of = (scope: Scope) => left.of(scope) ?? right.of(scope);
  return { kind: commonOf(left.kind, right.kind), of, at: left.at };
}
