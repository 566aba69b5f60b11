/** Instructions of WebAssembly that are used. Source: WebAssembly Core 2.0, section 5.4. */

export const OP = {
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
export const INT_OF_DOUBLE: readonly number[] = [0xfc, 0x02];
export const WORD_OF_DOUBLE: readonly number[] = [0xfc, 0x03];

export const INTEGER_OPS: Readonly<Record<string, number>> = {
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
export const WORD_OPS: Readonly<Record<string, number>> = {
  '===': 0x46,
  '!==': 0x47,
  '<': 0x49,
  '>': 0x4b,
  '<=': 0x4d,
  '>=': 0x4f,
};
export const DOUBLE_OPS: Readonly<Record<string, number>> = {
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
export const COMPARISONS: ReadonlySet<string> = new Set(['===', '!==', '<', '>', '<=', '>=']);
