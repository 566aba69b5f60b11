/** Looking into a zod schema: what stands where, and what to write there. */
import type { z } from 'zod';
import type { Path } from './problem.ts';
import { wordings } from './schema-parts.ts';

export type Schema = z.core.$ZodType;

/** The parts of zod's definitions that lead further; `_zod.def` is documented for libraries. */
interface Definition {
  readonly type: string;
  readonly innerType?: Schema;
  /** Of a schema that is made where it is first used, because it contains itself. */
  readonly getter?: () => Schema;
  readonly shape?: Readonly<Record<string, Schema>>;
  readonly element?: Schema;
  readonly valueType?: Schema;
  readonly catchall?: Schema;
  readonly options?: readonly Schema[];
}

/** A schema without its wrappers: that it may be absent, or is made later. */
function bare(schema: Schema): Schema {
  const { innerType, getter } = definition(schema);
  const inner = innerType ?? getter?.();
  return inner === undefined ? schema : bare(inner);
}

function definition(schema: Schema): Definition {
  // zod types each definition apart; a walk over all of them needs their common denominator.
  return schema._zod.def as Definition;
}

/** `object`, `array`, `union`, `string` and so on. */
export function kindOf(schema: Schema): string {
  return definition(bare(schema)).type;
}

/** Branches of a choice; none for anything else. */
export function optionsOf(schema: Schema | undefined): readonly Schema[] {
  return schema === undefined ? [] : (definition(bare(schema)).options ?? []);
}

/** Keys of a map, or of all maps of a choice. */
export function keysOf(schema: Schema | undefined): string[] {
  if (schema === undefined) return [];
  const { options, shape } = definition(bare(schema));
  return options === undefined ? Object.keys(shape ?? {}) : options.flatMap(keysOf);
}

/** The schema at a path; of a choice, the first branch that has it. */
export function schemaAt(schema: Schema | undefined, path: Path): Schema | undefined {
  if (schema === undefined || path.length === 0) return schema;
  const { options, shape, element, valueType, catchall } = definition(bare(schema));
  if (options !== undefined) {
    return options.map((option) => schemaAt(option, path)).find((found) => found !== undefined);
  }
  const [part, ...rest] = path;
  return schemaAt(shape?.[part!] ?? element ?? valueType ?? others(catchall), rest);
}

/** What unnamed keys of a map hold; a strict map's `never` is nothing. */
function others(catchall: Schema | undefined): Schema | undefined {
  return catchall === undefined || kindOf(catchall) === 'never' ? undefined : catchall;
}

/** What to write, as it follows `expected …` in a message. */
export function expectationOf(schema: Schema | undefined): string {
  if (schema === undefined) return 'something else';
  return wordsFor(schema) ?? expectedMap(keysOf(schema));
}

/** Whether the schema says itself what to write, which says more than its keys. */
export function hasWords(schema: Schema): boolean {
  return wordsFor(schema) !== undefined;
}

function wordsFor(schema: Schema): string | undefined {
  return wordings.get(schema)?.expects ?? wordings.get(bare(schema))?.expects;
}

function expectedMap(keys: readonly string[]): string {
  return `a map of ${keys.slice(0, 6).join(', ')}${keys.length > 6 ? ', …' : ''}`;
}

/** The words of an enumeration or a literal, also inside a choice. */
export function wordsOf(schema: Schema): string[] {
  const inner = bare(schema);
  const options = optionsOf(inner);
  if (options.length > 0) return options.flatMap(wordsOf);
  const values = inner._zod.values ?? new Set();
  return [...values].filter((value) => typeof value === 'string');
}
