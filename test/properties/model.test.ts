/** No text makes the parser throw, and what it says about a text can always be shown. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { modelDigest } from '../../simulator/model/digest.ts';
import { parseModel } from '../../simulator/model/parse.ts';
import { editDistance, formatProblem } from '../../simulator/model/problem.ts';
import { isProblem, type ModelSource, sourceFromSetting } from '../../simulator/model/source.ts';

/** Fixed, so that a run in CI says something about the change and not about the day. */
const SEED = 1730;
const SYSTEMS = new URL('../../fixtures/systems/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, SYSTEMS), 'utf8');
const MODEL = read('unacademy-feed/model.yaml');
const STAGING = read('unacademy-feed/staging.yaml');
/** Every step and every kind of server. */
const EVERYTHING = read('photo-timeline/model.yaml');

/** Pieces that are likely to hurt. */
const PIECES = [
  ...['{', '}', '[', ']', ':', '- ', '? ', '&a ', '*a', '!x ', '"', "'", '|', '>', '#', '%', '\t'],
  ...['\n', '\r', '---\n', 'null', '~', '0x18', '-1', '1e9', '.nan', '0s', '0%', '<<: ', '…', '\0'],
  ...['all: ', 'any: [', 'quorum: 2', 'of: ', 'choose: [', 'share: 50%', 'lookup: x', 'miss: '],
  ...['publish: api.post', 'copies: 1000', 'cancels: true', 'factor: 2', 'quota: 9', 'caches: {}'],
  ...['__proto__: 1\n', 'constructor', 'p99: 1s', 'call: api.feed', 'scaling: {}', '  '],
];

interface Mutation {
  readonly at: number;
  readonly length: number;
  readonly piece: string;
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.nat(1_000_000),
  length: fc.oneof(fc.constant(0), fc.nat(12), fc.nat(300)),
  piece: fc.oneof(fc.constant(''), fc.constantFrom(...PIECES), fc.string({ maxLength: 8 })),
});

function mutated(text: string, mutations: readonly Mutation[]): string {
  return mutations.reduce((before, { at, length, piece }) => {
    const start = at % (before.length + 1);
    return before.slice(0, start) + piece + before.slice(start + length);
  }, text);
}

/** A model or at least one problem, each in a line of its source. */
function expectSound(sources: readonly ModelSource[]): void {
  const { model, problems } = parseModel(sources);
  if (model !== undefined) {
    expect(modelDigest(model)).toMatch(/^[0-9a-f]{16}$/);
    return;
  }
  expect(problems.length).toBeGreaterThan(0);
  for (const problem of problems) {
    const { file, line, column } = problem;
    const texts = sources.filter((source) => source.file === file).map(({ text }) => text);
    expect(texts.some((text) => line >= 1 && line <= text.split('\n').length)).toBe(true);
    expect(column).toBeGreaterThanOrEqual(1);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(formatProblem(problem)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
  }
}

test('a mutated model is a model or has problems, and never throws', () => {
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 4 }), (mutations) => {
      expectSound([{ file: 'model.yaml', text: mutated(MODEL, mutations) }]);
    }),
    { seed: SEED, numRuns: 400 },
  );
});

test('a mutated model of everything is a model or has problems, and never throws', () => {
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 4 }), (mutations) => {
      expectSound([{ file: 'model.yaml', text: mutated(EVERYTHING, mutations) }]);
    }),
    { seed: SEED, numRuns: 400 },
  );
});

/** A value of a step's keys that may be right, and as often is not. */
const anyValue = fc.oneof(
  fc.constantFrom<unknown>(null, '', '5ms', '50%', 'api.post', 'timelines', true, [], {}),
  fc.integer({ min: -1, max: 12 }),
);
const { anyStep } = fc.letrec((tie) => ({
  anyStep: fc.dictionary(
    fc.constantFrom(
      ...['cpu', 'wait', 'call', 'timeout', 'cancels', 'retry', 'copies', 'all', 'any', 'quorum'],
      ...['of', 'choose', 'share', 'steps', 'lookup', 'miss', 'publish', 'steps', 'cal', 'miss'],
    ),
    fc.oneof({ depthSize: 'small' }, anyValue, fc.array(tie('anyStep'), { maxLength: 3 })),
    { maxKeys: 3 },
  ),
}));

test('steps of any keys and values in any steps never throw, and what they are not is told', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { minLength: 1, maxLength: 3 }), (steps) => {
      const text = `services.api.endpoints.post=${JSON.stringify(steps)}`;
      const setting = sourceFromSetting(text);
      if (isProblem(setting)) throw new Error(setting.message);
      expectSound([{ file: 'model.yaml', text: EVERYTHING }, setting]);
    }),
    { seed: SEED, numRuns: 400 },
  );
});

test('a mutated overlay on a sound model never throws', () => {
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (mutations) => {
      const over = { file: 'over.yaml', text: mutated(STAGING, mutations) };
      expectSound([{ file: 'model.yaml', text: MODEL }, over]);
    }),
    { seed: SEED, numRuns: 200 },
  );
});

test('text of any kind never throws', () => {
  const pieces = fc.array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 5 })));
  fc.assert(
    fc.property(pieces, (parts) => expectSound([{ file: 'model.yaml', text: parts.join('') }])),
    { seed: SEED, numRuns: 500 },
  );
});

test('a setting of any kind is an overlay or a problem, and never throws', () => {
  const value = fc.oneof(fc.string(), fc.constantFrom(...PIECES));
  const path = fc.constantFrom(
    'hop',
    'traffic.learners.rate',
    'services.api',
    'slo.open-feed.p9.5',
  );
  const text = fc.oneof(
    value,
    fc.tuple(path, value).map((parts) => parts.join('=')),
  );
  fc.assert(
    fc.property(text, (candidate) => {
      const made = sourceFromSetting(candidate);
      if (isProblem(made)) expect(formatProblem(made)).toContain('expected');
      else expectSound([{ file: 'model.yaml', text: MODEL }, made]);
    }),
    { seed: SEED, numRuns: 300 },
  );
});

test('lines in any order of the same depth make the same model', () => {
  const services = ['api', 'feed', 'cache', 'store'];
  const service = (name: string) =>
    `  ${name}: { serves: event-loop, instances: 1, endpoints: { get: [ { cpu: 1ms } ] } }\n`;
  const head = `name: x\nduration: 9s\ntraffic: { t: { does: j, rate: 1/s } }\n`;
  const text = (order: readonly string[]) =>
    `${head}journeys: { j: [ { call: api.get } ] }\nservices:\n${order.map(service).join('')}`;
  const digest = (order: readonly string[]) =>
    modelDigest(parseModel([{ file: 'm', text: text(order) }]).model!);
  fc.assert(
    fc.property(fc.shuffledSubarray(services, { minLength: 4 }), (order) => {
      expect(digest(order)).toBe(digest(services));
    }),
    { seed: SEED },
  );
});

test('the distance between words is a distance', () => {
  const word = fc.string({ maxLength: 8 });
  fc.assert(
    fc.property(word, word, (a, b) => {
      expect(editDistance(a, b)).toBe(editDistance(b, a));
      expect(editDistance(a, b) === 0).toBe(a === b);
      expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
    }),
    { seed: SEED },
  );
});
