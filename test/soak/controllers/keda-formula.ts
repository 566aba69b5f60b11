/** Formulas of scalingModifiers, beside KEDA and the language that evaluates them there. */
import fc from 'fast-check';
import { parseFormula } from '../../../simulator/model/keda/formula.ts';
import { compositeValue } from '../../../simulator/policies/keda/modifiers.ts';
import { readTrigger } from '../../../simulator/policies/keda/trigger-types.ts';
import type { Beside } from './beside.ts';
import { KEDA } from './keda.ts';

const NAMES = ['a', 'b', 'c'];
const of = fc.constantFrom;

const leaf = fc.oneof(
  { weight: 5, arbitrary: of(...NAMES) },
  fc.integer({ min: 0, max: 12 }).map(String),
  of('0.5', '2.25', '1e2', '3.0', 'nil', 'true', '9223372036854775807'),
);

type Texts = readonly string[];
type Shape = (parts: Texts) => string;

const BINARY = ['+', '-', '*', '/', '%', '**', '^', '??', '<', '<=', '>', '>=', '==', '!='];
const LOGICAL = ['&&', '||', 'and', 'or'];
const OF_ONE = ['abs', 'ceil', 'floor', 'round', 'int', 'float'];
const OF_SOME = ['max', 'min', 'mean', 'median'];
const OF_LIST = ['len', 'sum'];
const WHETHER = ['all', 'any', 'none', 'one', 'count'];

const shape: fc.Arbitrary<Shape> = fc.oneof(
  {
    weight: 4,
    arbitrary: of(...BINARY).map(
      (sign): Shape =>
        ([x, y]) =>
          `${x} ${sign} ${y}`,
    ),
  },
  {
    weight: 2,
    arbitrary: of('%', '/', '-').map(
      (sign): Shape =>
        ([x, y]) =>
          `int(${x}) ${sign} int(${y})`,
    ),
  },
  of(...LOGICAL).map(
    (sign): Shape =>
      ([x, y]) =>
        `(${x}) > 1 ${sign} (${y}) < 3`,
  ),
  of('-', '+', '!', 'not ').map(
    (sign): Shape =>
      ([x]) =>
        `${sign}${x}`,
  ),
  of((([x]) => `(${x})`) as Shape),
  of((([x, y, z]) => `(${x}) > (${y}) ? ${y} : ${z}`) as Shape),
  of((([x, y, z]) => `${x} ? ${y} : ${z}`) as Shape),
  of(...OF_ONE).map(
    (name): Shape =>
      ([x]) =>
        `${name}(${x})`,
  ),
  of(...OF_SOME).map(
    (name): Shape =>
      ([x, y, z]) =>
        `${name}(${x}, [${y}, ${z}])`,
  ),
  of(...OF_SOME).map(
    (name): Shape =>
      ([x, y]) =>
        `${name}(${x}, ${y})`,
  ),
  of(...OF_LIST).map(
    (name): Shape =>
      ([x, y]) =>
        `${name}([${x}, ${y}])`,
  ),
  of(...WHETHER).map(
    (name): Shape =>
      ([x, y, z]) =>
        `${name}([${x}, ${y}], {# > ${z}})`,
  ),
);

const formula: fc.Arbitrary<string> = fc.letrec<{ tree: string }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    leaf,
    fc.tuple(shape, tie('tree'), tie('tree'), tie('tree')).map(([make, ...parts]) => make(parts)),
  ),
})).tree;

const value = fc.oneof(
  fc.integer({ min: 0, max: 12 }),
  of(0, 1, 0.001, 1.001, 2.5, 1e6),
  fc.integer({ min: 0, max: 50_000 }).map((milli) => milli / 1000),
);

interface FormulaRun {
  readonly formula: string;
  readonly names: readonly string[];
  /** Null: failed too often. */
  readonly values: readonly (readonly (number | null)[])[];
}

const cases: fc.Arbitrary<FormulaRun> = fc.record({
  // KEDA takes one that begins with float( as it is: what then is no float it finds out too late.
  formula: formula.filter((text) => !text.startsWith('float(')),
  names: fc.constant(NAMES),
  values: fc.array(
    fc.array(fc.option(value, { nil: null, freq: 9 }), { minLength: 3, maxLength: 3 }),
    { minLength: 3, maxLength: 3 },
  ),
});

export const kedaFormula: Beside<FormulaRun, unknown> = {
  name: 'keda-formula',
  controller: KEDA,
  cases,
  decide: (run) => ({ line: { formula: run }, decisions: run.values.map((one) => told(run, one)) }),
};

/** What KEDA tells its HPA where nil comes out: this many replicas, of a target of 1. */
const FALLBACK = { failureThreshold: 0, replicas: 77 };

/** In thousandths; past 2^53 only that it is so. */
function told({ formula: text, names }: FormulaRun, values: readonly (number | null)[]): string {
  if (parseFormula(text, names).mistake !== undefined) return 'refused';
  const triggers = names.map((name, index) =>
    readTrigger({ type: 'prometheus', name, metadata: { threshold: '1' } }, index),
  );
  const answers = values.map((one) => ({
    value: one,
    isFallback: false,
    isNil: one === null,
    failures: one === null ? 1 : 0,
  }));
  const rule = { formula: text, target: 1, activationTarget: 0, metricType: 'Value' } as const;
  const result = compositeValue(rule, triggers, answers, FALLBACK);
  if (result === null) return 'none';
  const milli = Math.round(result * 1000);
  return Math.abs(milli) < Number.MAX_SAFE_INTEGER ? String(milli) : 'large';
}
