/** What holds for any formula of KEDA's scalingModifiers. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseFormula } from '../../simulator/model/keda/formula.ts';

const SEED = { seed: 1730 };
const NAMES = ['a', 'b'];

interface Written {
  readonly text: string;
  readonly of: (a: number, b: number) => number;
}

const leaf: fc.Arbitrary<Written> = fc.oneof(
  fc.integer({ min: 0, max: 9 }).map((n) => ({ text: String(n), of: () => n })),
  fc.constant({ text: 'a', of: (a: number) => a }),
  fc.constant({ text: 'b', of: (_: number, b: number) => b }),
);

type Build = (x: Written, y: Written) => Written;

const builds: readonly Build[] = [
  (x, y) => ({ text: `(${x.text}) + (${y.text})`, of: (a, b) => x.of(a, b) + y.of(a, b) }),
  (x, y) => ({ text: `(${x.text})-(${y.text})`, of: (a, b) => x.of(a, b) - y.of(a, b) }),
  (x, y) => ({ text: `(${x.text}) * (${y.text})`, of: (a, b) => x.of(a, b) * y.of(a, b) }),
  (x, y) => ({ text: `(${x.text})/(${y.text})`, of: (a, b) => x.of(a, b) / y.of(a, b) }),
  (x, y) => ({ text: `max(${x.text},${y.text})`, of: (a, b) => Math.max(x.of(a, b), y.of(a, b)) }),
  (x, y) => ({
    text: `${x.text} > ${y.text} ? ${x.text} : -(${y.text})`,
    of: (a, b) => (x.of(a, b) > y.of(a, b) ? x.of(a, b) : -y.of(a, b)),
  }),
];

const written: fc.Arbitrary<Written> = fc.letrec<{ tree: Written }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    leaf,
    fc
      .tuple(fc.constantFrom(...builds), tie('tree'), tie('tree'))
      .map(([build, x, y]) => build(bracketed(x), bracketed(y))),
  ),
})).tree;

function bracketed({ text, of }: Written): Written {
  return { text: `(${text})`, of };
}

test('a formula is what it says', () => {
  fc.assert(
    fc.property(written, fc.integer({ min: -9, max: 99 }), fc.nat(9), ({ text, of }, a, b) => {
      fc.pre(text.length <= 2000);
      // Whole numbers have no −0.
      expect(parseFormula(text, NAMES).formula!([a, b])! + 0).toBe(of(a, b) + 0);
    }),
    SEED,
  );
});

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom('a', 'b', '1', '(', ')', '[', ']', '{', '#', '}', ',', '>', '?', ':', '-'),
    )
    .map((words) => words.join(' ')),
  fc
    .array(fc.constantFrom('count', 'max', '(', 'a', '[', ']', ')', ',', '# > 1', 'not', '&&', '+'))
    .map((words) => words.join('')),
);

test('any text is a formula, or has a mistake inside it; nothing is thrown', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const { formula, mistake } = parseFormula(text, NAMES);
      if (mistake === undefined) expect(typeof formula([1, 2])).toBe('number');
      else {
        expect(mistake.at).toBeGreaterThanOrEqual(0);
        expect(mistake.at).toBeLessThanOrEqual(text.length);
      }
    }),
    { ...SEED, numRuns: 3000 },
  );
});
