/**
 * What kind of number each expression is: a 32-bit integer, a double, or a word that JavaScript
 * reads as an integer without a sign (of which more is made only as a double).
 */
import type { Expression, FunctionTree, Statement } from './syntax.ts';

export type NumberType = 'i32' | 'u32' | 'f64';

/** What a column holds, and how WebAssembly loads and stores it. */
export interface ColumnKind {
  readonly type: NumberType;
  readonly load: number;
  readonly store: number;
  /** Binary logarithm of an element's size. */
  readonly shift: number;
}

const INT32: ColumnKind = { type: 'i32', load: 0x28, store: 0x36, shift: 2 };
const KINDS: Readonly<Record<string, ColumnKind>> = {
  Int32Array: INT32,
  Uint32Array: { ...INT32, type: 'u32' },
  Int16Array: { type: 'i32', load: 0x2e, store: 0x3b, shift: 1 },
  Uint16Array: { type: 'i32', load: 0x2f, store: 0x3b, shift: 1 },
  Uint8Array: { type: 'i32', load: 0x2d, store: 0x3a, shift: 0 },
  Float64Array: { type: 'f64', load: 0x2b, store: 0x39, shift: 3 },
};

export interface Column extends ColumnKind {
  readonly byteOffset: number;
}

/** A column as code sees it; undefined where the array does not lie in the memory. */
export function columnOf(value: unknown, buffer: ArrayBuffer): Column | undefined {
  if (!ArrayBuffer.isView(value) || value.buffer !== buffer) return undefined;
  const kind = KINDS[Object.prototype.toString.call(value).slice(8, -1)];
  return kind === undefined ? undefined : { ...kind, byteOffset: value.byteOffset };
}

/** Of names that are no variables: columns and constants. */
export interface Names {
  readonly column: (name: string) => Column;
  readonly constant: (name: string) => number | undefined;
}

export class Types {
  /** Types of a function's variables; a name has one type in all of it. */
  readonly variables: ReadonlyMap<string, NumberType>;
  private readonly names: Names;

  constructor({ parameters, body }: FunctionTree, names: Names) {
    this.names = names;
    const variables = new Map<string, NumberType>(parameters.map((name) => [name, 'i32']));
    this.variables = variables;
    // Whatever is a double anywhere is one everywhere: again, until no more is found.
    for (let before = -1; before < doubles(variables); ) {
      before = doubles(variables);
      for (const { name, value } of assignmentsIn(body)) {
        const isDouble = variables.get(name) === 'f64' || this.of(value) === 'f64';
        variables.set(name, isDouble ? 'f64' : 'i32');
      }
    }
  }

  of(expression: Expression): NumberType {
    switch (expression.kind) {
      case 'number':
        return expression.isInteger ? 'i32' : 'f64';
      case 'name':
        return this.ofName(expression.name);
      case 'element':
        return this.names.column(expression.array).type;
      case 'call':
        return 'i32';
      case 'unary':
        return expression.operator === '-' ? plain(this.of(expression.operand)) : 'i32';
      case 'binary':
        return this.ofBinary(expression);
      case 'assign':
        return this.of(expression.target);
      case 'update':
        return this.of(expression.target);
      default:
        return expression satisfies never;
    }
  }

  private ofName(name: string): NumberType {
    const constant = this.names.constant(name);
    if (constant !== undefined) return Number.isInteger(constant) ? 'i32' : 'f64';
    return this.variables.get(name) ?? 'i32';
  }

  private ofBinary({ operator, left, right }: Extract<Expression, { kind: 'binary' }>): NumberType {
    if (operator === '>>>') {
      const isWord = right.kind === 'number' && right.value === 0;
      return isWord ? 'u32' : 'i32';
    }
    if (!['+', '-', '*', '/'].includes(operator)) return 'i32';
    const types = [this.of(left), this.of(right)];
    return operator === '/' || types.some((type) => type !== 'i32') ? 'f64' : 'i32';
  }
}

function plain(type: NumberType): NumberType {
  return type === 'i32' ? 'i32' : 'f64';
}

function doubles(variables: ReadonlyMap<string, NumberType>): number {
  return [...variables.values()].filter((type) => type === 'f64').length;
}

interface Assignment {
  readonly name: string;
  readonly value: Expression;
}

/** All assignments to names in statements, in their order. */
function assignmentsIn(body: readonly (Statement | { kind: 'case' })[]): Assignment[] {
  return body.flatMap((statement): Assignment[] => {
    switch (statement.kind) {
      case 'block':
      case 'switch':
        return assignmentsIn(statement.body);
      case 'if':
        return assignmentsIn(
          statement.no === undefined ? [statement.yes] : [statement.yes, statement.no],
        );
      case 'loop':
        return [...assignmentsIn([statement.body]), ...assigned(statement.update)];
      case 'expression':
        return assigned(statement.of);
      default:
        return [];
    }
  });
}

/** Assignments stand alone, or assign an assignment. */
function assigned(expression: Expression | undefined): Assignment[] {
  if (expression?.kind !== 'assign') return [];
  const { target, value } = expression;
  const own = target.kind === 'name' ? [{ name: target.name, value }] : [];
  return [...own, ...assigned(value)];
}
