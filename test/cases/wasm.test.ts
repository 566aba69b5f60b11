/** The small language of generated code: in WebAssembly it does what JavaScript does. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createColumns } from '../../simulator/engine/columns.ts';
import { compile } from '../../simulator/engine/compile.ts';
import { runReplication } from '../../simulator/engine/engine.ts';
import { compileToWasm } from '../../simulator/engine/wasm/compile.ts';
import { parse } from '../../simulator/engine/wasm/syntax.ts';
import { model, service } from '../helpers/models.ts';

const columns = createColumns();
const ints = columns.int32(64);
const words = columns.uint32(64);
const small = columns.uint8(64);
const short = columns.int16(64);
const half = columns.uint16(64);
const floats = columns.float64(64);
const calls: number[] = [];
const around = {
  ints,
  words,
  small,
  short,
  half,
  floats,
  PLACE: 3,
  noted: (value: number) => void calls.push(value),
  twice: (value: number) => 2 * value,
  isOdd: (value: number) => value % 2 === 1,
  highProduct: (word: number, count: number) => Math.floor(((word >>> 0) * count) / 2 ** 32),
  highWord: (value: number) => new DataView(new Float64Array([value]).buffer).getInt32(4, true),
};

const BACKENDS = {
  javascript: (text: string) =>
    new Function(
      'all',
      `const { ${Object.keys(around).join(', ')} } = all;
      ${text}\nreturn run;`,
    )(around) as (...args: number[]) => unknown,
  webassembly: (text: string) => compileToWasm(text, around, columns.memory!)!['run']!,
};

/** What a text leaves in the columns, and what it calls and gives. */
function outcome(backend: keyof typeof BACKENDS, text: string, args: readonly number[]) {
  for (const column of [ints, words, small, short, half, floats]) column.fill(0);
  ints.set([5, -7, 1 << 30, 0, 9]);
  words.set([0xffffffff, 7, 0x80000000]);
  small.set([255, 1]);
  short.set([-3]);
  half.set([65_535]);
  floats.set([1.5, -2.25, 7, Number.POSITIVE_INFINITY, 123_456_789.75]);
  calls.length = 0;
  const given = Number(BACKENDS[backend](text)(...args) ?? 0);
  const all = [ints, words, small, short, half, floats].map((column) => [...column.slice(0, 12)]);
  return { given, all, calls: [...calls] };
}

describe.each<[what: string, text: string, args?: number[]]>([
  ['integers wrap as their column does', 'ints[5] = ints[2] + ints[2] + ints[2] - 1;'],
  ['a word is no negative number', 'floats[5] = words[0]; ints[5] = words[0] > 5;'],
  ['words compare as words', 'ints[5] = words[2] > words[1]; ints[6] = words[0] <= words[2];'],
  [
    'a shift of a word is an integer',
    'ints[5] = (words[0] >>> 13) + -1; floats[6] = words[2] >>> 0;',
  ],
  ['bytes and shorts lose what is above', 'small[2] = ints[1] + 300; short[1] = 40000; half[1]++;'],
  [
    'an integer beside a double is one',
    'floats[5] = ints[0] + floats[0] * 2; floats[6] = 1 / ints[0];',
  ],
  ['the lower word of a double', 'ints[5] = floats[4] | 0; ints[6] = floats[2] << 0;'],
  ['a constant is known by its name', 'ints[PLACE + 1] = PLACE; floats[PLACE] = -PLACE;'],
  ['counting gives what was, or what is', 'ints[5] = ints[0]++; ints[6] = --ints[4]; words[1]--;'],
  ['counting inside an index', 'ints[5] = ints[ints[3]++]; small[++ints[3]] = 3; floats[1]++;'],
  [
    '−x, !x and ~x',
    'ints[5] = -ints[0]; ints[6] = !ints[3]; ints[7] = ~ints[1]; floats[5] = -floats[1];',
  ],
  ['bits', 'ints[5] = (ints[1] & 12) | (ints[0] ^ 3) << 2; ints[6] = ints[1] >> 1;'],
  ['and, or', 'ints[5] = ints[0] > 3 && ints[1] > 3; ints[6] = ints[0] > 3 || twice(1) > 9;'],
  [
    'nothing is called in vain',
    'ints[5] = ints[0] > 9 && twice(1) > 0 || isOdd(3); noted(ints[5]);',
  ],
  ['an assignment is a value', 'let a = 0; ints[5] = a = ints[0] + 1; ints[6] = a;'],
  [
    'a variable is a double when it once is',
    'let a = 0; a += 1; a = a + floats[0]; floats[5] = a;',
  ],
  ['several variables', 'const a = 1, b = a + 2; let c = b - 4; c -= 2; ints[5] = c;'],
  [
    'infinity',
    'ints[5] = floats[3] === Infinity; floats[5] = -Infinity; ints[6] = floats[0] !== Infinity;',
  ],
  [
    'if and else',
    'if (n > 2) ints[5] = 1; else if (n > 1) ints[5] = 2; else { ints[5] = 3; }',
    [2],
  ],
  [
    'for',
    'for (let i = n; i > 0; i--) { if (i === 3) continue; if (i === 1) break; ints[5]++; }',
    [6],
  ],
  ['while', 'while (ints[0] > 0 && ints[5] < 3) { ints[0]--; ints[5]++; }'],
  [
    'loops in loops',
    'a: for (;;) { b: for (;;) { ints[5]++; if (ints[5] < 4) continue a; break a; } }',
  ],
  [
    'cases fall through',
    'switch (n) { case 0: noted(0); case 2: noted(2); break; default: noted(9); }',
    [0],
  ],
  [
    'others are the default',
    'switch (n) { case 0: noted(0); case 2: noted(2); break; default: noted(9); }',
    [1],
  ],
  [
    '… also beyond the last',
    'switch (n) { case 0: noted(0); break; default: noted(9); } noted(1);',
    [700],
  ],
  ['… and below 0', 'switch (n) { case 0: noted(0); break; default: noted(9); }', [-1]],
  ['without a default nothing is done', 'switch (n) { case 1: noted(1); } noted(2);', [3]],
  [
    'jumps to a case further on, and back',
    `let at = n;
    run: for (;;) {
      switch (at) {
        case 0: noted(0); at = 2; continue run;
        case 1: noted(1); break;
        case 2: noted(2); at = 1; continue run;
      }
      break;
    }`,
    [0],
  ],
  ['what functions give', 'noted(twice(n)); if (isOdd(n)) noted(1); return twice(3) + 1;', [3]],
  ['a return in the middle', 'if (n > 1) return 7; noted(1); return 8;', [2]],
  ['upper words', 'ints[5] = highProduct(words[0], 50); ints[6] = highWord(floats[0]) >>> 13;'],
  ['own functions', 'own(n); own(n + 1); } function own(n) { noted(n); return n;', [4]],
])('%s', (_, text, args = []) => {
  test('in WebAssembly as in JavaScript', () => {
    const whole = `function run(n) { ${text} }`;
    const expected = outcome('javascript', whole, args);
    expect(outcome('webassembly', whole, args)).toEqual(expected);
  });
});

test.each([
  ['what is no function', 'let a = 1;', 'expected function'],
  ['a text that ends early', 'function run() {', 'ends early'],
  ['what cannot be assigned to', 'function run() { 3 = 4; }', 'nothing can be assigned'],
  ['a character of another language', 'function run() { a @ b; }', 'no token'],
])('%s is an error', (_, text, message) => {
  expect(() => parse(text)).toThrow(message);
});

test.each([
  ['a name that is nothing', 'ints[0] = nobody;', 'no variable nobody'],
  ['a column that lies elsewhere', 'elsewhere[0] = 1;', 'no column of the memory'],
  ['a statement that does nothing', 'ints[0] + 1;', 'does nothing'],
  ['a double as a condition', 'if (floats[0]) ints[0] = 1;', 'no condition'],
  ['a way out that is none', 'break;', 'leads nowhere'],
])('%s is an error', (_, text, message) => {
  const attempt = () => compileToWasm(`function run() { ${text} }`, around, columns.memory!);
  expect(attempt).toThrow(message);
});

describe('without WebAssembly', () => {
  afterEach(() => vi.unstubAllGlobals());

  test.each([
    ['there is none', undefined],
    ['there is no room for the columns', { Memory: NoRoom }],
  ])('because %s, the machine runs everything, to the same bytes', async (_, api) => {
    const of = model(500, 10_000, [service('s', { time: { type: 'exponential', meanMs: 1.5 } })]);
    const options = { seed: 1, replication: 0, isGenerated: true };
    const expected = JSON.stringify(runReplication(of, compile(of), options));
    vi.stubGlobal('WebAssembly', api);
    vi.resetModules();
    const elsewhere = await import('../../simulator/engine/engine.ts');
    const found = JSON.stringify(elsewhere.runReplication(of, compile(of), options));
    expect(found === expected).toBe(true);
  });
});

function NoRoom(): never {
  throw new RangeError('could not allocate memory');
}
