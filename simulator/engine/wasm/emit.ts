/** The trees of `syntax.ts` as WebAssembly: the same numbers, without checks of bounds and kinds. */
import { F64, type FunctionCode, I32, unsigned, VOID } from './binary.ts';
import { type Calls, Expressions } from './expressions.ts';
import { OP } from './opcodes.ts';
import type { CaseLabel, Expression, FunctionTree, Statement } from './syntax.ts';
import type { Names } from './types.ts';

/** Where `break` and `continue` lead. */
interface Frame {
  readonly kind: 'break' | 'continue';
  readonly label: string | undefined;
  readonly isSwitch: boolean;
  readonly depth: number;
}

/** Throws an Error for what cannot be said in WebAssembly. */
export function emit(tree: FunctionTree, names: Names, calls: Calls): FunctionCode {
  const { name, parameters, body } = tree;
  const out = new Expressions(tree, names, calls);
  new Statements(out).all(body);
  const hasResult = calls.hasResult(name);
  if (hasResult) out.code.push(OP.i32, 0);
  const own = out.variables.slice(parameters.length);
  const locals = own.map((one) => (out.types.variables.get(one) === 'f64' ? F64 : I32));
  return { name, parameters: parameters.length, hasResult, locals, code: out.code };
}

class Statements {
  private readonly out: Expressions;
  private depth = 0;
  private readonly frames: Frame[] = [];
  /** Depths of the blocks that end where a case begins, while code before it is written. */
  private cases = new Map<number, number>();

  constructor(out: Expressions) {
    this.out = out;
  }

  /** One statement after the other. */
  all(body: readonly Statement[]): void {
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
        this.all(statement.body);
        break;
      case 'expression':
        this.out.effect(statement.of);
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
        if (statement.of !== undefined) this.out.value(statement.of, 'i32');
        this.out.code.push(OP.return);
        break;
      default:
        statement satisfies never;
    }
  }

  private choice({ test, yes, no }: Extract<Statement, { kind: 'if' }>): void {
    this.out.condition(test);
    this.open(OP.if);
    this.statement(yes);
    if (no !== undefined) {
      this.out.code.push(OP.else);
      this.statement(no);
    }
    this.close();
  }

  private loop({ label, test, update, body }: Extract<Statement, { kind: 'loop' }>): void {
    const end = this.open(OP.block);
    const start = this.open(OP.loop);
    if (test !== undefined) {
      this.out.condition(test);
      this.out.code.push(OP.isZero);
      this.branch(OP.brIf, end);
    }
    const goesOn = update === undefined ? start : this.open(OP.block);
    this.frames.push({ kind: 'break', label, isSwitch: false, depth: end });
    this.frames.push({ kind: 'continue', label, isSwitch: false, depth: goesOn });
    this.statement(body);
    this.frames.length -= 2;
    if (update !== undefined) {
      this.close();
      this.out.effect(update);
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
    this.out.value(on, 'i32');
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
    this.out.code.push(OP.brTable, ...unsigned(size));
    for (let value = 0; value <= size; value++) {
      const depth = value < size ? (byValue.get(value) ?? otherDepth) : otherDepth;
      this.out.code.push(...unsigned(this.depth - depth));
    }
  }

  private switchBody(body: readonly (Statement | CaseLabel)[]): void {
    let from = 0;
    body.forEach((one, at) => {
      if (one.kind !== 'case') return;
      this.all(body.slice(from, at) as Statement[]);
      from = at + 1;
      this.close();
      if (one.value !== undefined) this.cases.delete(one.value);
    });
    this.all(body.slice(from) as Statement[]);
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
    this.out.code.push(op, VOID);
    return ++this.depth;
  }

  private close(): void {
    this.out.code.push(OP.end);
    this.depth--;
  }

  private branch(op: number, depth: number): void {
    this.out.code.push(op, ...unsigned(this.depth - depth));
  }
}
