/** Expressions of `syntax.ts` as instructions that leave their value, or do what they do. */
import { double, I32, signed, unsigned } from './binary.ts';
import {
  COMPARISONS,
  DOUBLE_OPS,
  INT_OF_DOUBLE,
  INTEGER_OPS,
  OP,
  WORD_OF_DOUBLE,
  WORD_OPS,
} from './opcodes.ts';
import type { Expression, FunctionTree, Target } from './syntax.ts';
import { type Column, type Names, type NumberType, Types } from './types.ts';

/** What functions call, in the order in which it is found. */
export interface Calls {
  /** Number of a function; noted as one with a result where its result is used. */
  readonly number: (name: string, parameters: number, isUsed: boolean) => number;
  /** Whether it gives a number. */
  readonly hasResult: (name: string) => boolean;
}

export class Expressions {
  readonly code: number[] = [];
  /** Types of the variables; those behind the parameters are locals. */
  readonly types: Types;
  readonly variables: readonly string[];
  private readonly names: Names;
  private readonly calls: Calls;

  constructor(tree: FunctionTree, names: Names, calls: Calls) {
    this.names = names;
    this.calls = calls;
    this.types = new Types(tree, names);
    // Two more hold an address and a value for a moment.
    this.variables = [...this.types.variables.keys(), '#address', '#integer'];
  }

  /** A statement: an assignment, a count or a call. */
  effect(expression: Expression): void {
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

  /** An integer that is 0 or not. */
  condition(test: Expression): void {
    if (this.types.of(test) === 'f64') throw new Error('a double is no condition');
    this.value(test, 'i32');
  }

  value(expression: Expression, wanted: NumberType): void {
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

  /** Of a double: sign, exponent and the upper digits. */
  private highWord(value: Expression): void {
    this.value(value, 'f64');
    this.code.push(OP.bitsOfDouble, OP.i64, 32, OP.longShift, OP.lowWord);
  }

  private logical(operator: string, left: Expression, right: Expression): NumberType {
    this.condition(left);
    this.code.push(OP.if, I32);
    if (operator === '&&') this.condition(right);
    else this.code.push(OP.i32, 1);
    this.code.push(OP.else);
    if (operator === '&&') this.code.push(OP.i32, 0);
    else this.condition(right);
    this.code.push(OP.end);
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
    if (name === 'highProduct' || name === 'highWord') {
      if (name === 'highWord') this.highWord(args[0]!);
      else this.highProduct(args);
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
    this.code.push(op, ...unsigned(shift), ...unsigned(byteOffset + fixed * (1 << shift)));
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
