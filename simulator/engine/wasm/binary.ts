/** WebAssembly's binary format, as far as it is needed. Source: WebAssembly Core 1.0, chapter 5. */

export const I32 = 0x7f;
export const F64 = 0x7c;
export const VOID = 0x40;

export interface Signature {
  /** Integers all. */
  readonly parameters: number;
  readonly hasResult: boolean;
}

export interface Import extends Signature {
  readonly name: string;
}

export interface FunctionCode extends Signature {
  readonly name: string;
  /** Types of the variables behind the parameters. */
  readonly locals: readonly number[];
  readonly code: readonly number[];
}

const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const [TYPES, IMPORTS, FUNCTIONS, EXPORTS, CODE] = [1, 2, 3, 7, 10];

/** A module that works on a memory from outside, `env.memory`, and calls `env.<name>`. */
export function moduleOf(
  imports: readonly Import[],
  functions: readonly FunctionCode[],
  pages: number,
): Uint8Array<ArrayBuffer> {
  const all = [...imports, ...functions];
  const memory = [
    ...text('env'),
    ...text('memory'),
    0x02,
    0x01,
    ...unsigned(pages),
    ...unsigned(pages),
  ];
  const imported = imports.map(({ name }, at) => [
    ...text('env'),
    ...text(name),
    0x00,
    ...unsigned(at),
  ]);
  const at = (index: number) => unsigned(imports.length + index);
  return Uint8Array.from([
    ...HEADER,
    ...section(TYPES, all.map(signature)),
    ...section(IMPORTS, [memory, ...imported]),
    ...section(
      FUNCTIONS,
      functions.map((_, index) => at(index)),
    ),
    ...section(
      EXPORTS,
      functions.map(({ name }, index) => [...text(name), 0x00, ...at(index)]),
    ),
    ...section(CODE, functions.map(body)),
  ]);
}

function signature({ parameters, hasResult }: Signature): number[] {
  const results = hasResult ? [1, I32] : [0];
  return [0x60, ...unsigned(parameters), ...new Array<number>(parameters).fill(I32), ...results];
}

function body({ locals, code }: FunctionCode): number[] {
  const types = locals.flatMap((type) => [1, type]);
  const own = [...unsigned(locals.length), ...types, ...code, 0x0b];
  return [...unsigned(own.length), ...own];
}

function section(id: number, items: readonly (readonly number[])[]): number[] {
  const content = [...unsigned(items.length), ...items.flat()];
  return [id, ...unsigned(content.length), ...content];
}

function text(name: string): number[] {
  return [...unsigned(name.length), ...[...name].map((letter) => letter.charCodeAt(0))];
}

/** LEB128. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let left = value;
  while (left >= 128) {
    bytes.push((left % 128) | 128);
    left = Math.floor(left / 128);
  }
  bytes.push(left);
  return bytes;
}

/** LEB128 of a 32-bit integer. */
export function signed(value: number): number[] {
  const bytes: number[] = [];
  let left = value | 0;
  for (;;) {
    const byte = left & 127;
    left >>= 7;
    const isLast = (left === 0 && (byte & 64) === 0) || (left === -1 && (byte & 64) !== 0);
    bytes.push(isLast ? byte : byte | 128);
    if (isLast) return bytes;
  }
}

/** The eight bytes of a double. */
export function double(value: number): number[] {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  return [...bytes];
}
