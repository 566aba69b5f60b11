/** The trees of `syntax.ts` as WebAssembly: the same numbers, without checks of bounds and kinds. */
import { double, F64, type FunctionCode, I32, signed, unsigned, VOID } from './binary.ts';
import type { CaseLabel, Expression, FunctionTree, Statement, Target } from './syntax.ts';
import { type Column, type Names, type NumberType, Types } from './types.ts';

const OP = {
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  drop: 0x1a,
  get: 0x20,
  set: 0x21,
  tee: 0x22,
  i32: 0x41,
  f64: 0x44,
  isZero: 0x45,
  negateDouble: 0x9a,
  doubleOfInt: 0xb7,
  doubleOfWord: 0xb8,
  i64: 0x42,
  longTimes: 0x7e,
  longShift: 0x88,
  lowWord: 0xa7,
  longOfWord: 0xad,
  bitsOfDouble: 0xbd,
} as const;
/** Saturating, as no number here is out of range. */
const INT_OF_DOUBLE = [0xfc, 0x02];
const WORD_OF_DOUBLE = [0xfc, 0x03];

const INTEGER_OPS: Readonly<Record<string, number>> = {
  '===': 0x46,
  '!==': 0x47,
  '<': 0x48,
  '>': 0x4a,
  '<=': 0x4c,
  '>=': 0x4e,
  '+': 0x6a,
  '-': 0x6b,
  '*': 0x6c,
  '%': 0x6f,
  '&': 0x71,
  '|': 0x72,
  '^': 0x73,
  '<<': 0x74,
  '>>': 0x75,
  '>>>': 0x76,
};
const WORD_OPS: Readonly<Record<string, number>> = {
  '===': 0x46,
  '!==': 0x47,
  '<': 0x49,
  '>': 0x4b,
  '<=': 0x4d,
  '>=': 0x4f,
};
const DOUBLE_OPS: Readonly<Record<string, number>> = {
  '===': 0x61,
  '!==': 0x62,
  '<': 0x63,
  '>': 0x64,
  '<=': 0x65,
  '>=': 0x66,
  '+': 0xa0,
  '-': 0xa1,
  '*': 0xa2,
  '/': 0xa3,
};
const COMPARISONS: ReadonlySet<string> = new Set(['===', '!==', '<', '>', '<=', '>=']);

/** What functions call, in the order in which it is found. */
export interface Calls {
  /** Number of a function; noted as one with a result where its result is used. */
  readonly number: (name: string, parameters: number, isUsed: boolean) => number;
  /** Whether it gives a number. */
  readonly hasResult: (name: string) => boolean;
}

/** Where `break` and `continue` lead. */
interface Frame {
  readonly kind: 'break' | 'continue';
  readonly label: string | undefined;
  readonly isSwitch: boolean;
  readonly depth: number;
}

/** Throws an Error for what cannot be said in WebAssembly. */
export function emit(tree: FunctionTree, names: Names, calls: Calls): FunctionCode {
  return new Emitter(tree, names, calls).run();
}

class Emitter {
  private readonly tree: FunctionTree;
  private readonly names: Names;
  private readonly calls: Calls;
  private readonly types: Types;
  private readonly variables: readonly string[];
  private code: number[] = [];
  private depth = 0;
  private readonly frames: Frame[] = [];
  /** Depths of the blocks that end where a case begins, while code before it is written. */
  private cases = new Map<number, number>();

  constructor(tree: FunctionTree, names: Names, calls: Calls) {
    this.tree = tree;
    this.names = names;
    this.calls = calls;
    this.types = new Types(tree, names);
    // Two more hold an address and a value for a moment.
    this.variables = [...this.types.variables.keys(), '#address', '#integer'];
  }

  run(): FunctionCode {
    const { name, parameters, body } = this.tree;
    this.statements(body);
    const hasResult = this.calls.hasResult(name);
    if (hasResult) this.code.push(OP.i32, 0);
    const own = this.variables.slice(parameters.length);
    const locals = own.map((one) => (this.types.variables.get(one) === 'f64' ? F64 : I32));
    return { name, parameters: parameters.length, hasResult, locals, code: this.code };
  }

  // ---- statements -------------------------------------------------------------------------------

  private statements(body: readonly Statement[]): void {
    body.forEach((statement, at) => {
      const next = body[at + 1];
      const target = next === undefined ? undefined : this.caseAfter(statement, next);
      // `at = K; continue run;` to a case further on needs no look at the table.
      if (target !== undefined) this.branch(OP.br, target);
      else this.statement(statement);
    });
  }

  /** Depth of the block before the case that two statements go on with; undefined for others. */
  private caseAfter(first: Statement, second: Statement): number | undefined {
    if (second.kind !== 'continue' || second.label !== 'run') return undefined;
    if (first.kind !== 'expression' || first.of.kind !== 'assign') return undefined;
    const { target, value } = first.of;
    const isJump = target.kind === 'name' && target.name === 'at' && value.kind === 'number';
    return isJump ? this.cases.get(value.value) : undefined;
  }

  private statement(statement: Statement): void {
    switch (statement.kind) {
      case 'block':
        this.statements(statement.body);
        break;
      case 'expression':
        this.effect(statement.of);
        break;
      case 'if':
        this.choice(statement);
        break;
      case 'loop':
        this.loop(statement);
        break;
      case 'switch':
        this.switch(statement.on, statement.body);
        break;
      case 'break':
      case 'continue':
        this.branch(OP.br, this.frameOf(statement.kind, statement.label).depth);
        break;
      case 'return':
        if (statement.of !== undefined) this.value(statement.of, 'i32');
        this.code.push(OP.return);
        break;
      default:
        statement satisfies never;
    }
  }

  private choice({ test, yes, no }: Extract<Statement, { kind: 'if' }>): void {
    this.condition(test);
    this.open(OP.if);
    this.statement(yes);
    if (no !== undefined) {
      this.code.push(OP.else);
      this.statement(no);
    }
    this.close();
  }

  private loop({ label, test, update, body }: Extract<Statement, { kind: 'loop' }>): void {
    const end = this.open(OP.block);
    const start = this.open(OP.loop);
    if (test !== undefined) {
      this.condition(test);
      this.code.push(OP.isZero);
      this.branch(OP.brIf, end);
    }
    const goesOn = update === undefined ? start : this.open(OP.block);
    this.frames.push({ kind: 'break', label, isSwitch: false, depth: end });
    this.frames.push({ kind: 'continue', label, isSwitch: false, depth: goesOn });
    this.statement(body);
    this.frames.length -= 2;
    if (update !== undefined) {
      this.close();
      this.effect(update);
    }
    this.branch(OP.br, start);
    this.close();
    this.close();
  }

  private switch(on: Expression, body: readonly (Statement | CaseLabel)[]): void {
    const labels = body.filter((one): one is CaseLabel => one.kind === 'case');
    const end = this.open(OP.block);
    const before = this.cases;
    this.cases = new Map();
    // The last case's block is the outermost: what is written before a case is inside its block.
    const depths = [...labels].reverse().map(() => this.open(OP.block));
    labels.forEach(({ value }, at) => {
      if (value !== undefined) this.cases.set(value, depths[labels.length - 1 - at]!);
    });
    this.value(on, 'i32');
    this.table(labels, depths, end);
    this.frames.push({ kind: 'break', label: undefined, isSwitch: true, depth: end });
    this.switchBody(body);
    this.frames.pop();
    this.cases = before;
    this.close();
  }

  private table(labels: readonly CaseLabel[], depths: readonly number[], end: number): void {
    const depthOf = (label: CaseLabel) => depths[labels.length - 1 - labels.indexOf(label)]!;
    const other = labels.find(({ value }) => value === undefined);
    const otherDepth = other === undefined ? end : depthOf(other);
    const byValue = new Map(labels.map((label) => [label.value, depthOf(label)]));
    const size = 1 + Math.max(0, ...labels.map(({ value }) => value ?? 0));
    this.code.push(OP.brTable, ...unsigned(size));
    for (let value = 0; value <= size; value++) {
      const depth = value < size ? (byValue.get(value) ?? otherDepth) : otherDepth;
      this.code.push(...unsigned(this.depth - depth));
    }
  }

  private switchBody(body: readonly (Statement | CaseLabel)[]): void {
    let from = 0;
    body.forEach((one, at) => {
      if (one.kind !== 'case') return;
      this.statements(body.slice(from, at) as Statement[]);
      from = at + 1;
      this.close();
      if (one.value !== undefined) this.cases.delete(one.value);
    });
    this.statements(body.slice(from) as Statement[]);
  }

  private frameOf(kind: Frame['kind'], label: string | undefined): Frame {
    const fits = (frame: Frame) =>
      frame.kind === kind && (label === undefined || frame.label === label);
    const frame = this.frames.findLast(fits);
    if (frame === undefined) throw new Error(`${kind} ${label} leads nowhere`);
    return frame;
  }

  /** Depth of the new block. */
  private open(op: number): number {
    this.code.push(op, VOID);
    return ++this.depth;
  }

  private close(): void {
    this.code.push(OP.end);
    this.depth--;
  }

  private branch(op: number, depth: number): void {
    this.code.push(op, ...unsigned(this.depth - depth));
  }

  // ---- expressions ------------------------------------------------------------------------------

  private effect(expression: Expression): void {
    switch (expression.kind) {
      case 'assign':
        this.assign(expression.target, this.assigned(expression));
        break;
      case 'update':
        this.count(expression.target, expression.by);
        break;
      case 'call':
        if (this.call(expression, false)) this.code.push(OP.drop);
        break;
      default:
        throw new Error(`a ${expression.kind} that does nothing`);
    }
  }

  /** The value of `a = b`, or of `a += b`. */
  private assigned({
    operator,
    target,
    value,
  }: Extract<Expression, { kind: 'assign' }>): Expression {
    if (operator === '=') return value;
    return { kind: 'binary', operator: operator.slice(0, 1), left: target, right: value };
  }

  private count(target: Target, by: 1 | -1): void {
    const isColumn = target.kind === 'element';
    const type = isColumn ? this.names.column(target.array).type : this.types.of(target);
    if (isColumn && type !== 'f64') {
      this.countInColumn(target, by);
      return;
    }
    const one: Expression = { kind: 'number', value: 1, isInteger: true };
    const operator = by === 1 ? '+' : '-';
    this.assign(target, { kind: 'binary', operator, left: target, right: one });
  }

  /** An integer, with a sign or without. */
  private countInColumn({ array, index }: Extract<Target, { kind: 'element' }>, by: 1 | -1): void {
    const column = this.names.column(array);
    this.address(index, column);
    this.variable(OP.tee, '#address');
    this.variable(OP.get, '#address');
    this.access(column.load, column, index);
    this.code.push(OP.i32, ...signed(by), INTEGER_OPS['+']!);
    this.access(column.store, column, index);
  }

  private assign(target: Target, value: Expression): void {
    if (target.kind === 'name') {
      this.value(value, this.types.of(target));
      this.variable(OP.set, target.name);
      return;
    }
    const column = this.names.column(target.array);
    this.address(target.index, column);
    if (value.kind === 'assign') this.chained(value, column);
    else this.value(value, column.type);
    this.access(column.store, column, target.index);
  }

  /** `a[i] = v = x`: the value of an assignment to a variable. */
  private chained(value: Extract<Expression, { kind: 'assign' }>, column: Column): void {
    if (value.target.kind !== 'name') throw new Error('two columns in one assignment');
    this.value(this.assigned(value), this.types.of(value.target));
    this.variable(OP.tee, value.target.name);
    this.convert(this.types.of(value.target), column.type);
  }

  private condition(test: Expression): void {
    if (this.types.of(test) === 'f64') throw new Error('a double is no condition');
    this.value(test, 'i32');
  }

  private value(expression: Expression, wanted: NumberType): void {
    if (expression.kind === 'number') {
      this.constant(expression.value, wanted);
      return;
    }
    this.convert(this.plainValue(expression), wanted);
  }

  private constant(value: number, wanted: NumberType): void {
    if (wanted === 'f64') this.code.push(OP.f64, ...double(value));
    else this.code.push(OP.i32, ...signed(value));
  }

  private convert(type: NumberType, wanted: NumberType): void {
    if (type === wanted || (type !== 'f64' && wanted !== 'f64')) return;
    if (wanted === 'f64') this.code.push(type === 'u32' ? OP.doubleOfWord : OP.doubleOfInt);
    else this.code.push(...(wanted === 'u32' ? WORD_OF_DOUBLE : INT_OF_DOUBLE));
  }

  private plainValue(expression: Expression): NumberType {
    const type = this.types.of(expression);
    switch (expression.kind) {
      case 'number':
        this.constant(expression.value, type);
        return type;
      case 'name':
        this.name(expression.name, type);
        return type;
      case 'element': {
        const column = this.names.column(expression.array);
        this.address(expression.index, column);
        this.access(column.load, column, expression.index);
        return type;
      }
      case 'call':
        this.call(expression, true);
        return type;
      case 'unary':
        return this.unary(expression, type);
      case 'binary':
        return this.binary(expression, type);
      case 'update':
        return this.update(expression);
      case 'assign':
        throw new Error('an assignment inside an expression');
      default:
        return expression satisfies never;
    }
  }

  private name(name: string, type: NumberType): void {
    const constant = this.names.constant(name);
    if (constant !== undefined) this.constant(constant, type);
    else this.variable(OP.get, name);
  }

  private variable(op: number, name: string): void {
    const at = this.variables.indexOf(name);
    if (at < 0) throw new Error(`no variable ${name}`);
    this.code.push(op, ...unsigned(at));
  }

  private unary({ operator, operand }: Extract<Expression, { kind: 'unary' }>, type: NumberType) {
    if (operator === '!') {
      this.condition(operand);
      this.code.push(OP.isZero);
    } else if (operator === '~') {
      this.value(operand, 'i32');
      this.code.push(OP.i32, 0x7f, INTEGER_OPS['^']!);
    } else if (type === 'f64') {
      this.value(operand, 'f64');
      this.code.push(OP.negateDouble);
    } else {
      this.code.push(OP.i32, 0);
      this.value(operand, 'i32');
      this.code.push(INTEGER_OPS['-']!);
    }
    return type;
  }

  private binary(
    expression: Extract<Expression, { kind: 'binary' }>,
    type: NumberType,
  ): NumberType {
    const { operator, left, right } = expression;
    if (operator === '&&' || operator === '||') return this.logical(operator, left, right);
    const types = [this.types.of(left), this.types.of(right)];
    if (operator === '<<' && types[0] === 'f64') return this.whole(left);
    const isCompared = COMPARISONS.has(operator);
    const areWords = isCompared && types.every((one) => one === 'u32');
    const isMixed = types.some((one) => one !== 'i32') && !areWords;
    const isDouble = isCompared ? isMixed : type === 'f64';
    const operands = isDouble ? 'f64' : 'i32';
    this.value(left, operands);
    this.value(right, operands);
    const op = (isDouble ? DOUBLE_OPS : areWords ? WORD_OPS : INTEGER_OPS)[operator];
    if (op === undefined) throw new Error(`no ${operator} of ${operands}`);
    this.code.push(op);
    return type;
  }

  /** `x << 0` of a double says that it is a whole number: the low word of x + 2^52. */
  private whole(value: Expression): NumberType {
    this.value(value, 'f64');
    this.code.push(OP.f64, ...double(4503599627370496), DOUBLE_OPS['+']!);
    this.code.push(OP.bitsOfDouble, OP.lowWord);
    return 'i32';
  }

  /** The upper word of the product of a word and a number of at most 21 bits. */
  private highProduct(args: readonly Expression[]): void {
    for (const arg of args) {
      this.value(arg, 'i32');
      this.code.push(OP.longOfWord);
    }
    this.code.push(OP.longTimes, OP.i64, 32, OP.longShift, OP.lowWord);
  }

  private logical(operator: string, left: Expression, right: Expression): NumberType {
    this.condition(left);
    this.code.push(OP.if, I32);
    this.depth++;
    if (operator === '&&') this.condition(right);
    else this.code.push(OP.i32, 1);
    this.code.push(OP.else);
    if (operator === '&&') this.code.push(OP.i32, 0);
    else this.condition(right);
    this.close();
    return 'i32';
  }

  /** `++x[i]` and `x[i]++` of integers, and their values. */
  private update({ target, by, isPrefix }: Extract<Expression, { kind: 'update' }>): NumberType {
    if (target.kind === 'name') throw new Error('a variable that is counted inside an expression');
    const column = this.names.column(target.array);
    if (column.type !== 'i32') throw new Error('a value of a count that is no integer');
    this.address(target.index, column);
    this.variable(OP.tee, '#address');
    this.variable(OP.get, '#address');
    this.access(column.load, column, target.index);
    if (!isPrefix) this.variable(OP.tee, '#integer');
    this.code.push(OP.i32, ...signed(by), INTEGER_OPS['+']!);
    if (isPrefix) this.variable(OP.tee, '#integer');
    this.access(column.store, column, target.index);
    this.variable(OP.get, '#integer');
    return 'i32';
  }

  /** Whether a result is left. */
  private call({ name, args }: Extract<Expression, { kind: 'call' }>, isUsed: boolean): boolean {
    if (name === 'highProduct') {
      this.highProduct(args);
      return true;
    }
    const number = this.calls.number(name, args.length, isUsed);
    for (const arg of args) this.value(arg, 'i32');
    this.code.push(OP.call, ...unsigned(number));
    return this.calls.hasResult(name);
  }

  // ---- memory -----------------------------------------------------------------------------------

  /** What is added to the column's place; a number that is known is added beforehand. */
  private address(index: Expression, { shift }: Column): void {
    const { rest } = this.split(index);
    if (rest === undefined) {
      this.code.push(OP.i32, 0);
      return;
    }
    this.value(rest, 'i32');
    if (shift > 0) this.code.push(OP.i32, ...signed(shift), INTEGER_OPS['<<']!);
  }

  private access(op: number, { byteOffset, shift }: Column, index: Expression): void {
    const { fixed } = this.split(index);
    this.code.push(op, ...unsigned(shift), ...unsigned(byteOffset + fixed * 2 ** shift));
  }

  /** `fixed + rest`, where the rest is known at run time only, and is not below 0. */
  private split(index: Expression): { fixed: number; rest: Expression | undefined } {
    const fixed = this.fixedIndex(index);
    if (fixed !== undefined) return { fixed, rest: undefined };
    if (index.kind !== 'binary' || index.operator !== '+') return { fixed: 0, rest: index };
    const { left, right } = index;
    const [of, other] = [this.fixedIndex(left), this.fixedIndex(right)];
    if (of !== undefined && of >= 0) return { fixed: of, rest: right };
    return other !== undefined && other >= 0
      ? { fixed: other, rest: left }
      : { fixed: 0, rest: index };
  }

  private fixedIndex(index: Expression): number | undefined {
    if (index.kind === 'number') return index.value;
    return index.kind === 'name' ? this.names.constant(index.name) : undefined;
  }
}
