/**
 * The JavaScript that `generate.ts` makes, as trees: functions of integers and doubles over typed
 * arrays, with `if`, `for`, `while`, `switch` and labels. Nothing else is understood: the parser is
 * for text of our own.
 *
 *     function       name(parameters) { statements }
 *     statement      let/const, an expression, if, for, while, switch, break, continue, return
 *     expression     numbers, names, array[index], call(arguments), ++ −−, unary and binary
 *                    operators, assignments
 */

export type Expression =
  | { readonly kind: 'number'; readonly value: number; readonly isInteger: boolean }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'element'; readonly array: string; readonly index: Expression }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
  | { readonly kind: 'unary'; readonly operator: string; readonly operand: Expression }
  | {
      readonly kind: 'binary';
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: 'assign';
      readonly operator: string;
      readonly target: Target;
      readonly value: Expression;
    }
  | {
      readonly kind: 'update';
      readonly by: 1 | -1;
      readonly isPrefix: boolean;
      readonly target: Target;
    };

export type Target = Extract<Expression, { kind: 'name' | 'element' }>;

export type Statement =
  | { readonly kind: 'block'; readonly body: readonly Statement[] }
  | { readonly kind: 'expression'; readonly of: Expression }
  | {
      readonly kind: 'if';
      readonly test: Expression;
      readonly yes: Statement;
      readonly no: Statement | undefined;
    }
  | {
      readonly kind: 'loop';
      readonly label: string | undefined;
      readonly test: Expression | undefined;
      readonly update: Expression | undefined;
      readonly body: Statement;
    }
  | {
      readonly kind: 'switch';
      readonly on: Expression;
      /** In their order; what stands before a label falls through to what stands behind it. */
      readonly body: readonly (Statement | CaseLabel)[];
    }
  | { readonly kind: 'break' | 'continue'; readonly label: string | undefined }
  | { readonly kind: 'return'; readonly of: Expression | undefined };

/** `default` without a value. */
export interface CaseLabel {
  readonly kind: 'case';
  readonly value: number | undefined;
}

export interface FunctionTree {
  readonly name: string;
  readonly parameters: readonly string[];
  /** Whether it returns a number. */
  readonly hasResult: boolean;
  readonly body: readonly Statement[];
}

/** Binary operators by how tightly they bind. */
const LEVELS: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['===', '!=='],
  ['<', '<=', '>', '>='],
  ['<<', '>>', '>>>'],
  ['+', '-'],
  ['*', '/', '%'],
];
const ASSIGNMENTS: ReadonlySet<string> = new Set(['=', '+=', '-=']);
const NUMBER = /^\d/;
const NAME_OR_NUMBER = String.raw`\d+(?:\.\d+)?(?:e[+-]?\d+)?|[A-Za-z_]\w*`;
const SIGN = String.raw`>>>|===|!==|<<|>>|<=|>=|&&|\|\||\+\+|--|\+=|-=|[-+*/%&|^~!<>=:;,(){}[\]]`;
const TOKEN = new RegExp(String.raw`\s*(${NAME_OR_NUMBER}|${SIGN})\s*`, 'y');

/** Throws an Error for what it does not understand. */
export function parse(text: string): FunctionTree[] {
  const parser = new Parser(tokensOf(text));
  const functions: FunctionTree[] = [];
  while (!parser.isAtEnd()) functions.push(parser.functionTree());
  return functions;
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const from = TOKEN.lastIndex;
    const token = TOKEN.exec(text)?.[1];
    if (token === undefined) throw new Error(`no token: ${text.slice(from, from + 40)}`);
    tokens.push(token);
  }
  return tokens;
}

class Parser {
  private readonly tokens: readonly string[];
  private at = 0;
  private hasResult = false;

  constructor(tokens: readonly string[]) {
    this.tokens = tokens;
  }

  isAtEnd(): boolean {
    while (this.skips(';'));
    return this.at === this.tokens.length;
  }

  functionTree(): FunctionTree {
    this.expect('function');
    const name = this.take();
    this.expect('(');
    const parameters: string[] = [];
    while (!this.skips(')')) {
      parameters.push(this.take());
      this.skips(',');
    }
    this.expect('{');
    this.hasResult = false;
    const body = this.statementsTo('}');
    return { name, parameters, hasResult: this.hasResult, body };
  }

  private take(): string {
    const token = this.tokens[this.at++];
    if (token === undefined) throw new Error('the text ends early');
    return token;
  }

  private skips(token: string): boolean {
    if (this.tokens[this.at] !== token) return false;
    this.at++;
    return true;
  }

  private expect(token: string): void {
    if (this.skips(token)) return;
    const found = this.tokens.slice(Math.max(0, this.at - 8), this.at + 4).join(' ');
    throw new Error(`expected ${token}, found ${this.tokens[this.at]} in ${found}`);
  }

  // ---- statements -------------------------------------------------------------------------------

  private statementsTo(end: string): Statement[] {
    const body: Statement[] = [];
    while (!this.skips(end)) body.push(this.statement());
    return body;
  }

  private statement(): Statement {
    const label = this.tokens[this.at + 1] === ':' ? this.take() : undefined;
    if (label !== undefined) this.expect(':');
    switch (this.tokens[this.at]) {
      case ';':
      case '{':
        return { kind: 'block', body: this.take() === '{' ? this.statementsTo('}') : [] };
      case 'let':
      case 'const':
        this.at++;
        return this.declarations();
      case 'if':
        this.at++;
        return this.choice();
      case 'for':
      case 'while':
        return this.loop(label);
      case 'switch':
        this.at++;
        return { kind: 'switch', on: this.inParentheses(), body: this.cases() };
      case 'break':
      case 'continue':
        return this.leave();
      case 'return':
        this.at++;
        return this.result();
      default:
        return { kind: 'expression', of: this.line() };
    }
  }

  private result(): Statement {
    if (this.skips(';')) return { kind: 'return', of: undefined };
    this.hasResult = true;
    return { kind: 'return', of: this.line() };
  }

  private line(): Expression {
    const expression = this.expression();
    if (this.tokens[this.at] !== '}') this.expect(';');
    return expression;
  }

  private declarations(): Statement {
    const body: Statement[] = [];
    do {
      const target: Target = { kind: 'name', name: this.take() };
      this.expect('=');
      const value = this.expression();
      body.push({ kind: 'expression', of: { kind: 'assign', operator: '=', target, value } });
    } while (this.skips(','));
    this.expect(';');
    return { kind: 'block', body };
  }

  private choice(): Statement {
    const test = this.inParentheses();
    const yes = this.statement();
    return { kind: 'if', test, yes, no: this.skips('else') ? this.statement() : undefined };
  }

  private loop(label: string | undefined): Statement {
    if (this.take() === 'while') {
      const test = this.inParentheses();
      return { kind: 'loop', label, test, update: undefined, body: this.statement() };
    }
    this.expect('(');
    const before = this.skips(';') ? undefined : this.statement();
    const test = this.tokens[this.at] === ';' ? undefined : this.expression();
    this.expect(';');
    const update = this.tokens[this.at] === ')' ? undefined : this.expression();
    this.expect(')');
    const loop: Statement = { kind: 'loop', label, test, update, body: this.statement() };
    return before === undefined ? loop : { kind: 'block', body: [before, loop] };
  }

  private cases(): (Statement | CaseLabel)[] {
    this.expect('{');
    const body: (Statement | CaseLabel)[] = [];
    while (!this.skips('}')) {
      if (this.skips('case')) body.push({ kind: 'case', value: Number(this.take()) });
      else if (this.skips('default')) body.push({ kind: 'case', value: undefined });
      else {
        body.push(this.statement());
        continue;
      }
      this.expect(':');
    }
    return body;
  }

  private leave(): Statement {
    const kind = this.take() as 'break' | 'continue';
    const label = this.tokens[this.at] === ';' ? undefined : this.take();
    this.expect(';');
    return { kind, label };
  }

  private inParentheses(): Expression {
    this.expect('(');
    const expression = this.expression();
    this.expect(')');
    return expression;
  }

  // ---- expressions ------------------------------------------------------------------------------

  private expression(): Expression {
    const left = this.binary(0);
    const operator = this.tokens[this.at]!;
    if (!ASSIGNMENTS.has(operator)) return left;
    this.at++;
    return { kind: 'assign', operator, target: targetOf(left), value: this.expression() };
  }

  private binary(level: number): Expression {
    const operators = LEVELS[level];
    if (operators === undefined) return this.unary();
    let left = this.binary(level + 1);
    while (operators.includes(this.tokens[this.at]!)) {
      const operator = this.take();
      left = { kind: 'binary', operator, left, right: this.binary(level + 1) };
    }
    return left;
  }

  private unary(): Expression {
    const token = this.tokens[this.at]!;
    if (token === '++' || token === '--') {
      this.at++;
      const target = targetOf(this.unary());
      return { kind: 'update', by: token === '++' ? 1 : -1, isPrefix: true, target };
    }
    if (!['-', '!', '~'].includes(token)) return this.postfix();
    this.at++;
    return { kind: 'unary', operator: token, operand: this.unary() };
  }

  private postfix(): Expression {
    const of = this.primary();
    const token = this.tokens[this.at];
    if (token !== '++' && token !== '--') return of;
    this.at++;
    return { kind: 'update', by: token === '++' ? 1 : -1, isPrefix: false, target: targetOf(of) };
  }

  private primary(): Expression {
    if (this.tokens[this.at] === '(') return this.inParentheses();
    const token = this.take();
    if (NUMBER.test(token)) {
      return { kind: 'number', value: Number(token), isInteger: /^\d{1,9}$/.test(token) };
    }
    if (this.skips('[')) {
      const index = this.expression();
      this.expect(']');
      return { kind: 'element', array: token, index };
    }
    if (!this.skips('(')) return { kind: 'name', name: token };
    const args: Expression[] = [];
    while (!this.skips(')')) {
      args.push(this.expression());
      this.skips(',');
    }
    return { kind: 'call', name: token, args };
  }
}

function targetOf(expression: Expression): Target {
  if (expression.kind === 'name' || expression.kind === 'element') return expression;
  throw new Error(`nothing can be assigned to a ${expression.kind}`);
}
