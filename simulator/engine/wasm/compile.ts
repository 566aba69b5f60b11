/** Text of `generate.ts` as functions of WebAssembly, on the columns of an engine. */
import { type WasmMemory, wasmApi } from '../columns.ts';
import { type FunctionCode, type Import, moduleOf } from './binary.ts';
import { emit } from './emit.ts';
import type { Calls } from './expressions.ts';
import { type FunctionTree, parse } from './syntax.ts';
import { columnOf, type Names } from './types.ts';

const PAGE_BYTES = 65_536;
/** A page's content security policy, and a browser's limit for its first thread. */
const REFUSED = /Content Security Policy|disallowed by embedder|^RangeError/;

export type Compiled = Readonly<Record<string, (...args: number[]) => number>>;

/**
 * Undefined where modules may not be made (a page's content security policy, or one that is too
 * large for a browser's first thread). Throws an Error for text that is not in the language of
 * `syntax.ts`.
 *
 * @param text functions of integers, at most one result
 * @param around columns, constants and functions, by the names that they have in the text
 */
export function compileToWasm(
  text: string,
  around: Readonly<Record<string, unknown>>,
  memory: WasmMemory,
): Compiled | undefined {
  const trees = parse(text);
  const names = namesIn(around, memory);
  const table = new CallTable(trees);
  const functions = emitAll(trees, names, table);
  const bytes = moduleOf(table.imports(), functions, memory.buffer.byteLength / PAGE_BYTES);
  const env: Record<string, unknown> = { memory };
  for (const { name } of table.imports()) env[name] = around[name];
  try {
    const { Instance, Module } = wasmApi!;
    return new Instance(new Module(bytes), { env }).exports as Compiled;
  } catch (error) {
    if (error instanceof Error && REFUSED.test(`${error.name}: ${error.message}`)) return undefined;
    throw error;
  }
}

/** What is called is known only at the end, and the number of a function depends on it: twice. */
function emitAll(trees: readonly FunctionTree[], names: Names, calls: CallTable): FunctionCode[] {
  for (const tree of trees) emit(tree, names, calls);
  return trees.map((tree) => emit(tree, names, calls));
}

function namesIn(around: Readonly<Record<string, unknown>>, { buffer }: WasmMemory): Names {
  return {
    column: (name) => {
      const column = columnOf(around[name], buffer);
      if (column === undefined) throw new Error(`${name} is no column of the memory`);
      return column;
    },
    constant: (name) => {
      if (name === 'Infinity') return Number.POSITIVE_INFINITY;
      if (name === 'true' || name === 'false') return name === 'true' ? 1 : 0;
      const value = around[name];
      return typeof value === 'number' ? value : undefined;
    },
  };
}

class CallTable implements Calls {
  private readonly own: readonly string[];
  private readonly results: ReadonlySet<string>;
  private readonly found = new Map<string, Import>();

  constructor(trees: readonly FunctionTree[]) {
    this.own = trees.map(({ name }) => name);
    const withResult = trees.filter(({ hasResult }) => hasResult);
    this.results = new Set(withResult.map(({ name }) => name));
  }

  number(name: string, parameters: number, isUsed: boolean): number {
    const own = this.own.indexOf(name);
    if (own >= 0) return this.found.size + own;
    const before = this.found.get(name);
    const hasResult = isUsed || before?.hasResult === true;
    this.found.set(name, { name, parameters, hasResult });
    return [...this.found.keys()].indexOf(name);
  }

  hasResult(name: string): boolean {
    return this.results.has(name) || this.found.get(name)?.hasResult === true;
  }

  imports(): Import[] {
    return [...this.found.values()];
  }
}
