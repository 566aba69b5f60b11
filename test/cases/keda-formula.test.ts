/** KEDA's scalingModifiers: the formula, and what comes of it. */
import { describe, expect, test } from 'vitest';
import { parseFormula } from '../../simulator/model/keda/formula.ts';
import { parseModel } from '../../simulator/model/parse.ts';
import { formatProblem } from '../../simulator/model/problem.ts';
import type {
  ModifiersManifest,
  ScaledObjectSpec,
} from '../../simulator/policies/keda/manifest.ts';
import {
  decideScaledObject,
  readScaledObject,
  type ScaledObjectState,
} from '../../simulator/policies/keda/scaled-object.ts';
import { scaledObjectComplaints } from '../../simulator/policies/keda/scaled-object-rules.ts';
import { simulateRun } from '../../simulator/simulate.ts';
import { changed } from '../helpers/model-text.ts';

const NAMES = ['queue', 'jobs', 'lag'];
/** Values of the names. */
const VALUES = [7, 4, 0];

describe('a formula', () => {
  test.each([
    ['queue', 7],
    ['2 + 3 * jobs', 14],
    ['(2 + 3) * jobs', 20],
    ['queue - jobs - 1', 2],
    ['(queue + jobs) / 2', 5.5],
    ['-queue + +jobs', -3],
    ['- queue * 2', -14],
    ['.5 + 1e2 + 2.', 102.5],
    ['queue > jobs ? queue : jobs', 7],
    ['queue > 9 ? 1 : jobs > 3 ? 2 : 3', 2],
    ['lag == 0 && !(queue < jobs) ? 5 : 0', 5],
    ['lag != 0 or not (queue <= 7) ? 5 : 0', 0],
    ['lag > 0 || queue >= 7 and jobs == 4 ? 1 : 2', 1],
    ['(queue > 1) ? true ? 3 : 4 : 5', 3],
    ['max(queue, 2 * jobs)', 8],
    ['min(queue, [jobs, lag], 9)', 0],
    ['sum([queue, jobs])', 11],
    ['mean(queue, jobs)', 5.5],
    ['median([queue, jobs, lag, 9])', 5.5],
    ['median(queue, jobs, lag)', 4],
    ['len([queue, jobs])', 2],
    ['abs(jobs - queue) + ceil(0.2) + floor(1.8) + int(2.9) + float(1)', 8],
    ['round(2.5) + round(-2.5)', 0],
    ['round(-1.5)', -2],
    // KEDA documentation, "Scaling modifiers".
    ['count([queue, jobs, lag], {# > 1}) > 1 ? 5 : 0', 5],
    ['count([queue, jobs, lag], # > jobs)', 1],
    ['all([queue, jobs], {# > 1}) ? 1 : 0', 1],
    ['any([queue, jobs], {# > 5}) ? 1 : 0', 1],
    ['none([queue, jobs], {# > 5}) ? 1 : 0', 0],
    ['one([queue, jobs], {# > 5}) ? 1 : 0', 1],
    ['queue / lag', Number.POSITIVE_INFINITY],
    // Whole numbers and powers.
    ['int(queue) % 4', 3],
    ['-int(queue) % 4', -3],
    ['int(2.9) % 2 + int(-2.9)', -2],
    ['len([queue]) / 2', 0.5],
    ['9223372036854775807 + 1', -0x8000_0000_0000_0000],
    ['2 ** 3 ** 2', 512],
    ['-2 ** 2', -4],
    ['2 ** -1 * 4', 2],
    ['queue ^ 2', 49],
    ['(jobs + 5) ** 0.5', 3],
    ['(-8) ** 3', -512],
    ['lag ** -1', Number.POSITIVE_INFINITY],
    ['1 < jobs < 7 ? 5 : 0', 5],
    ['lag > 1 ? 1 > 2 : 3', 3],
    ['nil == 1 ? 1 : 2', 2],
    ['queue ?? 3', 7],
    ['1 + queue ?? 3', 8],
    ['(lag ?? 3) ** 2', 0],
  ])('%s is %d', (text, value) => {
    expect(parseFormula(text, NAMES).formula!(VALUES)).toBe(value);
  });

  test.each([
    ['', 0, 'expected a number, a trigger or a function, found the end'],
    ['queue +', 7, 'expected a number, a trigger or a function, found the end'],
    ['queue + quue', 8, 'unknown trigger "quue" (did you mean `queue`?)'],
    ['maxx(queue, 1)', 0, 'unknown function "maxx" (did you mean `max`?)'],
    ['queue jobs', 6, 'expected an operator or the end, found "jobs"'],
    ['max(queue', 9, 'expected ")", found the end'],
    ['(queue', 6, 'expected ")", found the end'],
    ['queue % 2', 0, 'expected a whole number such as int(queue), found a number'],
    ['int(queue) % int(jobs + 1)', 0, 'integer divide by zero (KEDA tries it with -1'],
    ['queue ?? 2 + 1', 11, '"+" after ?? wants brackets around it'],
    ['float(queue) > 1', 0, 'KEDA makes none of a formula that begins with float('],
    ['nil + 1', 0, 'expected a number, found nil'],
    ['99999999999999999999', 0, 'a whole number of over 64 bits'],
    ['1 < queue < true', 12, 'expected a number, found true or false'],
    ['queue > 1', 0, 'expected a number, found true or false'],
    ['1 + (queue > 1)', 4, 'expected a number, found true or false'],
    ['1 < queue < 3', 0, 'expected a number, found true or false'],
    ['queue ? 1 : 2', 0, 'expected true or false, found a number'],
    ['lag > 1 ? 1 : lag > 2', 0, 'expected a number, found true or false (KEDA tries it'],
    ['queue && jobs', 0, 'expected true or false, found a number'],
    ['[queue, jobs]', 0, 'expected a number, found a list'],
    ['count(queue, {# > 1})', 6, 'expected a list such as [a, b], found a number'],
    ['count([queue])', 13, 'expected ",", found ")"'],
    ['count([queue], {#})', 16, 'expected true or false, found a number'],
    ['# + 1', 0, 'expected a number, a trigger or a function, found "#"'],
    ['queue + ä', 8, 'unexpected character'],
    ['queue +  "open', 9, 'unexpected character'],
    ['queue.length', 5, '"." is not supported'],
    ['"queue"', 0, 'is not supported'],
    ['queue; jobs', 5, 'unexpected character'],
    ['constructor', 0, 'unknown trigger "constructor"'],
    ['constructor(1)', 0, 'unknown function "constructor"'],
    [`${'('.repeat(101)}1${')'.repeat(101)}`, 100, 'nested too deeply'],
    [`${'-'.repeat(200)}1`, 100, 'nested too deeply'],
    [`1${' + 1'.repeat(600)}`, 2000, 'longer than 2000 characters'],
  ])('%s: a mistake at character %d', (text, at, message) => {
    const { mistake } = parseFormula(text, NAMES);
    expect(mistake!.message).toContain(message);
    expect(mistake!.at).toBe(at);
  });
});

const TRIGGERS = ['queue', 'jobs'].map((name) => ({
  type: 'prometheus',
  name,
  metadata: { threshold: '1', activationThreshold: '1' },
}));
const CPU = { type: 'cpu', metadata: { value: '60' } };
const MODIFIERS = { formula: 'max(queue, 2 * jobs)', target: '5' };

function specOf(modifiers: ModifiersManifest, more: Partial<ScaledObjectSpec> = {}) {
  return { triggers: TRIGGERS, advanced: { scalingModifiers: modifiers }, ...more };
}

/** At 1000 s, 5 replicas, 4 of them ready, last active at 600 s. */
function decide(
  spec: ScaledObjectSpec,
  values: readonly (number | undefined)[],
  state: Partial<ScaledObjectState> = {},
) {
  const readings = values.map((value) => ({ value }));
  const observation = { nowMs: 1_000_000, currentReplicas: 5, readyReplicas: 4, readings };
  const before = { createdAtMs: 0, lastActiveAtMs: 600_000, failures: [0, 0], ...state };
  return decideScaledObject(readScaledObject(spec), observation, before);
}

describe('scaling modifiers', () => {
  test('one metric takes the place of all, to the thousandth', () => {
    const { hpaMetrics } = decide(specOf({ ...MODIFIERS, formula: 'queue / jobs' }), [2, 3]);
    const composite = { name: 'composite-metric', type: 'AverageValue', target: 5 };
    expect(hpaMetrics).toEqual([{ ...composite, value: 0.666, fallback: false }]);
    const { hpaMetrics: all } = decide(specOf({ ...MODIFIERS, metricType: 'Value' }), [2, 3]);
    expect(all).toEqual([{ ...composite, type: 'Value', value: 6, fallback: false }]);
  });

  test.each([
    ['what each trigger would say does not count', '0', [5, 5], 'queue * 0', 'False'],
    ['at the activation target it is not active', '7', [7, 0], 'queue', 'False'],
    ['above it it is', '6.9', [7, 0], 'queue', 'True'],
    ['a target below 0 is one, too', '-1', [0, 0], 'queue', 'True'],
    ['while a trigger fails none is', '0', [7, undefined], 'queue', 'False'],
    ['no number is not active', '0', [7, 0], 'queue / jobs', 'False'],
  ])('%s', (_, activationTarget, values, formula, status) => {
    const spec = specOf({ formula, target: '5', activationTarget });
    expect(decide(spec, values).conditions.Active.status).toBe(status);
  });

  test('a failed trigger leaves no metric, and then falls back to target × replicas', () => {
    const fallback = { failureThreshold: 3, replicas: 6 };
    const spec = specOf(MODIFIERS, { fallback });
    // KEDA and its HPA have both looked.
    const borne = decide(spec, [7, undefined], { failures: [0, 1] });
    expect(borne.hpaMetrics).toMatchObject([{ value: null, fallback: false }]);
    expect(borne.state.failures).toEqual([0, 3]);
    expect(borne.conditions.Active.status).toBe('False');
    const fallen = decide(spec, [7, undefined], { failures: [0, 3] });
    expect(fallen.conditions.Active.status).toBe('True');
    expect(fallen.hpaMetrics).toMatchObject([{ value: 30, fallback: true }]);
    expect(fallen.conditions.Fallback.status).toBe('True');
    // KEDA parses that target as a whole number.
    const broken = decide(specOf({ ...MODIFIERS, target: '2.5' }, { fallback }), [7, undefined], {
      failures: [0, 3],
    });
    expect(broken.hpaMetrics).toMatchObject([{ value: null, fallback: false }]);
  });

  test.each([
    [
      'a trigger that failed too often is nil to the formula',
      'queue ?? jobs ?? 9',
      [undefined, 4],
      4,
    ],
    ['what is nil in the end is the fallback: 6 replicas of 5', 'queue ?? jobs', [], 30],
    ['nil is for ?? only', 'queue + 1', [undefined, 4], null],
    ['nil may be asked for', 'queue == nil ? 3 : queue', [undefined, 4], 3],
  ])('fallback by formula: %s', (_, formula, values, value) => {
    const fallback = { failureThreshold: 3, replicas: 6, behavior: 'scalingModifiers' as const };
    const spec = specOf({ formula, target: '5' }, { fallback });
    const { hpaMetrics } = decide(spec, values, { failures: [3, 3] });
    expect(hpaMetrics).toMatchObject([{ value, fallback: false }]);
  });

  test('fallback by formula without one is refused: the HPA would be told −1', () => {
    const fallback = { failureThreshold: 3, replicas: 6, behavior: 'scalingModifiers' as const };
    const [complaint] = scaledObjectComplaints({ triggers: TRIGGERS, fallback });
    expect(complaint!.path).toEqual(['fallback', 'behavior']);
    expect(complaint!.message).toContain('a formula such as queue ?? 5');
  });

  test('a number of thousandths is what KEDA reckons with: 4.007 becomes 4.006', () => {
    const { hpaMetrics } = decide(specOf({ ...MODIFIERS, formula: 'queue + 0' }), [4.007, 0]);
    expect(hpaMetrics).toMatchObject([{ value: 4.006 }]);
  });

  test('what is no number is no metric', () => {
    const { hpaMetrics } = decide(specOf({ ...MODIFIERS, formula: 'queue / jobs' }), [0, 0]);
    expect(hpaMetrics).toMatchObject([{ value: null }]);
  });

  test('CPU is none of the formula, and needs no name', () => {
    const spec = specOf(MODIFIERS, { triggers: [CPU, ...TRIGGERS] });
    expect(scaledObjectComplaints(spec)).toEqual([]);
    const { hpaMetrics } = decide(spec, [undefined, 9, 2], { failures: [0, 0, 0] });
    expect(hpaMetrics).toMatchObject([{ name: 'composite-metric', value: 9 }]);
  });

  test.each([
    [{ target: '5' }, 'advanced.scalingModifiers', 'formula (KEDA: it is mandatory)'],
    [{ formula: 'queue' }, 'advanced.scalingModifiers', 'target (KEDA'],
    [{ ...MODIFIERS, target: '0' }, 'advanced.scalingModifiers.target', 'above 0'],
    [
      { ...MODIFIERS, activationTarget: 'few' },
      'advanced.scalingModifiers.activationTarget',
      'a number',
    ],
    [
      { ...MODIFIERS, metricType: 'Utilization' as const },
      'advanced.scalingModifiers.metricType',
      'AverageValue or Value',
    ],
    [
      { ...MODIFIERS, formula: 'queue + kafka' },
      'advanced.scalingModifiers.formula',
      'unknown trigger "kafka" (known here: queue, jobs) (KEDA: formula, character 9)',
    ],
  ])('%j is refused', (modifiers, path, message) => {
    const [complaint] = scaledObjectComplaints(specOf(modifiers));
    expect(complaint!.path.join('.')).toBe(path);
    expect(complaint!.message).toContain(message);
  });

  test('a trigger without a name is refused: formulas go by names', () => {
    const nameless = { type: 'prometheus', metadata: { threshold: '1' } };
    const spec = specOf({ ...MODIFIERS, formula: 'queue' }, { triggers: [...TRIGGERS, nameless] });
    expect(scaledObjectComplaints(spec).map(({ message }) => message)).toEqual([
      'expected name (KEDA: formulas go by it), found none',
    ]);
  });
});

describe('in a model', () => {
  const write = (modifiers: string, triggers = TRIGGER) =>
    parseModel([
      changed(
        '    instances: 2\n',
        `    scaling:
      min: 1
      max: 9
      policies:
        - keda:
            triggers:
              - ${triggers}
              - { metric: queue-length, target: 1 }
            scaling-modifiers:
              ${modifiers}
`,
      ),
    ]);
  const TRIGGER = '{ metric: in-flight, target: 1 }';
  const stockOf = ({ model }: ReturnType<typeof parseModel>) =>
    model!.services.find(({ name }) => name === 'stock')!;

  test('says all of it', () => {
    const rest = 'target: 10, activation-target: 2, metric-type: value';
    const [policy] = stockOf(write(`{ formula: in_flight + 2 * queue_length, ${rest} }`)).scaling
      .policies;
    expect(policy).toMatchObject({
      type: 'keda',
      modifiers: {
        formula: 'in_flight + 2 * queue_length',
        target: 10,
        activationTarget: 2,
        metricType: 'Value',
      },
    });
  });

  test('the group has the size that the formula asks for', () => {
    const sizes = [1, 3].map((factor) => {
      const { model } = write(`{ formula: ${factor} + 0 * in_flight, target: 1 }`);
      const run = simulateRun(model!, { seed: 1, arrivals: 'independent' }, 0);
      return run.services['stock']!.desired.at(-1);
    });
    expect(sizes).toEqual([1, 3]);
  });

  test('falls back by its formula', () => {
    const rest = 'fallback: { failures: 2, replicas: 3, behavior: scaling-modifiers }';
    const text = `{ formula: in_flight ?? 4, target: 1 }\n            ${rest}`;
    const [policy] = stockOf(write(text)).scaling.policies;
    const fallback = { failureThreshold: 2, replicas: 3, behavior: 'scalingModifiers' };
    expect(policy).toMatchObject({ fallback });
  });

  test('has no fallback by a formula without one', () => {
    const rest = 'fallback: { failures: 2, replicas: 3, behavior: scaling-modifiers }';
    const keda = `{ triggers: [${TRIGGER}], ${rest} }`;
    const policies = `    scaling: { min: 1, max: 9, policies: [{ keda: ${keda} }] }\n`;
    const [problem] = parseModel([changed('    instances: 2\n', policies)]).problems!;
    expect(formatProblem(problem!)).toContain(
      'fallback.behavior: expected scaling-modifiers with a formula such as queue_length ?? 5',
    );
  });

  test('the caret is under the spot of the mistake, quoted or not', () => {
    for (const formula of ['in_flight + que_length', '"in_flight + que_length"']) {
      const [problem] = write(`{ formula: ${formula}, target: 10 }`).problems!;
      const [first, line, caret] = formatProblem(problem!).split('\n');
      expect(first).toContain('unknown trigger "que_length" (did you mean `queue_length`?)');
      expect(line!.slice(caret!.indexOf('^'))).toMatch(/^que_length/);
    }
  });

  test('a formula over several lines has the caret at its beginning, and the character', () => {
    const [problem] = write(
      'target: 1\n              formula: >-\n                in_flight\n                + 1 +\n',
    ).problems!;
    expect(problem!.message).toContain('character 16');
  });

  test.each([
    ['{ formula: in-flight, target: 10 }', 'unknown trigger "in"'],
    ['{ formula: in_flight, target: 0 }', 'a number above 0'],
    ['{ formula: in_flight }', 'missing: expected a number above 0'],
    ['{ formula: 7, target: 1 }', 'a formula such as'],
    ['{ formula: in_flight, target: 1, metric-type: share }', 'average-value or value'],
  ])('%s is refused', (modifiers, message) => {
    const all = write(modifiers).problems!.map((one) => one.message);
    expect(all.join('; ')).toContain(message);
  });

  test('the same metric twice is refused: names would be ambiguous', () => {
    const twice = write(
      '{ formula: queue_length, target: 1 }',
      '{ metric: queue-length, target: 2 }',
    );
    expect(twice.problems![0]!.message).toContain('another metric: the formula goes by them');
  });
});
