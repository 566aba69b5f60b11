/** What a model file says about steps, servers and caches, and what it becomes. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { entryService } from '../../fixtures/staging/controller/entry.ts';
import { unstageable } from '../../fixtures/staging/refusals.ts';
import { makePlan } from '../../reports/make-plan.ts';
import { modelDigest } from '../../simulator/model/digest.ts';
import type { Model } from '../../simulator/model/model.ts';
import { parseModel } from '../../simulator/model/parse.ts';
import { modelJsonSchema } from '../../simulator/model/schema.ts';
import { simulate } from '../../simulator/simulate.ts';
import { predictedBy } from '../helpers/measured.ts';
import { complaints, source } from '../helpers/model-text.ts';

interface Parts {
  readonly steps?: string;
  readonly journey?: string;
  readonly serves?: string;
  readonly priority?: string;
  readonly caches?: string;
}

function textOf(parts: Parts): string {
  const { steps = '{ cpu: 1ms }', journey = '{ call: web.buy }', serves = 'event-loop' } = parts;
  const caches = parts.caches ?? '{ prices: { entries: 10, keys: { count: 100, zipf: 0.9 } } }';
  return `name: shop
duration: 2s
traffic: { guests: { does: buy, rate: 50/s${parts.priority ?? ''} } }
journeys: { buy: [${journey}] }
services:
  stock: { serves: { threads: 4 }, instances: 1, endpoints: { take: [{ cpu: 1ms }] } }
  web: { serves: ${serves}, instances: 1, endpoints: { buy: [${steps}] } }
caches: ${caches}
`;
}

function modelOf(parts: Parts): Model {
  const { model, problems } = parseModel([source(textOf(parts))]);
  if (model === undefined) throw new Error(problems.map(({ message }) => message).join('\n'));
  return model;
}

const TAKE = { type: 'call', service: 'stock', endpoint: 'take', timeoutMs: undefined };
const WAIT = { type: 'wait', time: { type: 'constant', ms: 5 } };

test.each<[claim: string, step: string, expected: object]>([
  [
    'all of the calls at once',
    '{ all: [{ call: stock.take, copies: 10 }, { call: stock.take, timeout: 1s }] }',
    {
      type: 'fan-out',
      calls: [
        { call: TAKE, copies: 10 },
        { call: { ...TAKE, timeoutMs: 1000 }, copies: 1 },
      ],
      needs: 11,
    },
  ],
  [
    'any of the calls at once',
    '{ any: [{ call: stock.take, copies: 3 }] }',
    { type: 'fan-out', calls: [{ call: TAKE, copies: 3 }], needs: 1 },
  ],
  [
    'a quorum of the calls at once',
    '{ quorum: 2, of: [{ call: stock.take, copies: 3 }] }',
    { type: 'fan-out', calls: [{ call: TAKE, copies: 3 }], needs: 2 },
  ],
  [
    'a choice of ways, one of them doing nothing',
    '{ choose: [{ share: 80%, steps: [{ wait: 5ms }, { call: stock.take }] }, { share: 20% }] }',
    {
      type: 'choose',
      options: [
        { probability: 0.8, steps: [WAIT, TAKE] },
        { probability: 0.2, steps: [] },
      ],
    },
  ],
  [
    'thirds, as far as nine digits go',
    '{ choose: [{ share: 33.333333333% }, { share: 33.333333333% }, { share: 33.333333333% }] }',
    { type: 'choose', options: Array(3).fill({ probability: 0.33333333333, steps: [] }) },
  ],
  [
    'a look-up with what a miss does',
    '{ lookup: prices, miss: [{ call: stock.take }] }',
    { type: 'lookup', cache: 'prices', miss: [TAKE] },
  ],
  ['a look-up alone', '{ lookup: prices }', { type: 'lookup', cache: 'prices', miss: [] }],
  [
    'published work',
    '{ publish: stock.take }',
    { type: 'publish', service: 'stock', endpoint: 'take' },
  ],
  [
    'a call that is called off',
    '{ call: stock.take, timeout: 1s, cancels: true }',
    { ...TAKE, timeoutMs: 1000, cancels: true },
  ],
  [
    'pauses that grow up to a limit',
    '{ call: stock.take, retry: { attempts: 3, backoff: 5ms, factor: 2.5, at-most: 1s } }',
    {
      ...TAKE,
      retry: { attempts: 3, backoff: { type: 'constant', ms: 5 }, factor: 2.5, mostMs: 1000 },
    },
  ],
  [
    'steps in steps in steps',
    '{ choose: [{ share: 100%, ' +
      'steps: [{ lookup: prices, miss: [{ any: [{ call: stock.take }] }] }] }] }',
    {
      type: 'choose',
      options: [
        {
          probability: 1,
          steps: [
            {
              type: 'lookup',
              cache: 'prices',
              miss: [{ type: 'fan-out', calls: [{ call: TAKE, copies: 1 }], needs: 1 }],
            },
          ],
        },
      ],
    },
  ],
])('a step of an endpoint: %s', (_, steps, expected) => {
  const model = modelOf({ steps });
  expect(model.services[1]!.endpoints[0]!.steps).toStrictEqual([expected]);
});

test.each([
  ['{ all: [{ call: web.buy, copies: 2 }] }', 'fan-out'],
  ['{ choose: [{ share: 100%, steps: [{ call: web.buy }] }] }', 'choose'],
  ['{ lookup: prices, miss: [{ publish: web.buy }] }', 'lookup'],
  ['{ publish: web.buy }', 'publish'],
])('a step of a journey: %s', (journey, type) => {
  expect(modelOf({ journey }).journeys[0]!.steps).toMatchObject([{ type }]);
});

const QUEUE = { limit: 3, order: 'priority', expired: 'drop' };

test.each<[serves: string, expected: object]>([
  ['delay', { type: 'delay' }],
  ['{ pool: 200 }', { type: 'pool', count: 200 }],
  [
    '{ pool: 200, queue: { limit: 3, order: priority, expired: drop } }',
    { type: 'pool', count: 200, queue: QUEUE },
  ],
  [
    '{ threads: 8, queue: {} }',
    { type: 'threads', count: 8, queue: { limit: undefined, order: 'fifo', expired: 'serve' } },
  ],
  ['{ cpu-shared: 4 }', { type: 'cpu-shared', cores: 4 }],
  ['{ cpu-shared: 4, quota: 2.5 }', { type: 'cpu-shared', cores: 4, quotaCores: 2.5 }],
  [
    '{ cpu-shared: 4, quota: 2.5, threads: 100, ' +
      'queue: { limit: 3, order: priority, expired: drop } }',
    { type: 'cpu-shared', cores: 4, quotaCores: 2.5, threads: 100, queue: QUEUE },
  ],
])('a kind of server: %s', (serves, expected) => {
  expect(modelOf({ serves }).services[1]!.serves).toStrictEqual(expected);
});

test.each<[caches: string, expected: object]>([
  [
    '{ b: { entries: 5, keys: { count: 9, zipf: 0 } } }',
    { name: 'b', entries: 5, eviction: 'lru', ttlMs: undefined, keys: { count: 9, zipf: 0 } },
  ],
  [
    '{ b: { entries: 5, keys: { count: 9, zipf: 1.5 }, eviction: fifo, ttl: 60s, starts: full } }',
    { name: 'b', eviction: 'fifo', ttlMs: 60_000, starts: 'full' },
  ],
])('a cache: %s', (caches, expected) => {
  expect(modelOf({ caches }).caches).toMatchObject([expected]);
});

test('caches come in the order of their names, and a model without has no list of them', () => {
  const cache = '{ entries: 5, keys: { count: 9, zipf: 0 } }';
  const { caches } = modelOf({ caches: `{ z: ${cache}, a: ${cache} }` });
  expect(caches?.map(({ name, starts }) => [name, starts])).toEqual([
    ['a', 'empty'],
    ['z', 'empty'],
  ]);
  expect('caches' in modelOf({ caches: '{}' })).toBe(false);
});

test('the priority of a traffic is a number', () => {
  expect(modelOf({ priority: ', priority: 7' }).traffic[0]).toMatchObject({ priority: 7 });
});

test.each<[said: Parts, unsaid: Parts]>([
  [{ priority: ', priority: 0' }, {}],
  [
    { steps: '{ call: stock.take, cancels: false, retry: { attempts: 2, factor: 1 } }' },
    { steps: '{ call: stock.take, retry: { attempts: 2 } }' },
  ],
  [
    { steps: '{ all: [{ call: stock.take, copies: 1 }] }' },
    { steps: '{ all: [{ call: stock.take }] }' },
  ],
  [
    { caches: '{ b: { entries: 5, keys: { count: 9, zipf: 0 }, eviction: lru, starts: empty } }' },
    { caches: '{ b: { entries: 5, keys: { count: 9, zipf: 0 } } }' },
  ],
])('a default that is said makes the same model: %o', (said, unsaid) => {
  expect(modelDigest(modelOf(said))).toBe(modelDigest(modelOf(unsaid)));
});

test('the size of a journey counts every copy of a call, and what is published', () => {
  const fan = (copies: number) => `{ all: [{ call: stock.take, copies: ${copies} }] }`;
  const most = [fan(1000), fan(1000), fan(1000), fan(1000), fan(996), '{ publish: stock.take }'];
  // Of the journey 1 + 1 steps, 1 + 5 · 2 here, and 2 for each of the 4997.
  const refused = complaints(source(textOf({ steps: most.join(', ') })));
  expect(refused).toEqual([
    'model.yaml:4:18: journeys.buy: expected at most 10000 steps an arrival, with all that they ' +
      'call, found 10007',
  ]);
  expect(complaints(source(textOf({ steps: most.slice(1).join(', ') })))).toEqual([]);
});

// ---- the example that has everything ----------------------------------------------------------

const FILE = 'fixtures/systems/photo-timeline/model.yaml';
const EXAMPLE = readFileSync(FILE, 'utf8');

test('the example has every step, every server and a cache', () => {
  for (const word of [
    ...['cpu', 'wait', 'call', 'all', 'any', 'quorum', 'of', 'choose', 'lookup', 'publish'],
    ...['copies', 'cancels', 'factor', 'at-most', 'priority', 'miss', 'share', 'threads', 'pool'],
    ...['cpu-shared', 'quota', 'caches', 'ttl', 'starts', 'eviction', 'zipf'],
  ]) {
    expect(EXAMPLE).toMatch(new RegExp(`\\b${word}:\\s`));
  }
  for (const kind of ['event-loop', 'delay']) expect(EXAMPLE).toContain(`serves: ${kind}\n`);
});

test('the schema for editors takes the example, and nothing misspelt deep inside it', () => {
  const schema = z.fromJSONSchema(modelJsonSchema() as Parameters<typeof z.fromJSONSchema>[0]);
  const takes = (text: string) => schema.safeParse(parseYaml(text)).success;
  expect(takes(EXAMPLE)).toBe(true);
  for (const [from, to] of [
    ['call: ads.pick', 'cal: ads.pick'],
    ['- share: 70%', '- share: 70'],
    ['copies: 8', 'copies: 0'],
    ['miss:', 'mis:'],
    ['- cpu: { median: 2ms', '- cpu: { mean: 2ms'],
    ['quota: 2.5', 'quota: 0'],
  ] as const) {
    expect(EXAMPLE.split(from)).toHaveLength(2);
    expect([from, takes(EXAMPLE.replace(from, to))]).toEqual([from, false]);
  }
});

test('the example runs: the cache is hit, and the books of every journey are even', () => {
  const { model } = parseModel([source(EXAMPLE), source('duration: 20s\nwarm-up: 2s\n')]);
  const options = { seed: 1, replications: 2, arrivals: 'independent', modelDigest: '' } as const;
  const { runs } = simulate(model!, options);
  for (const { journeys, caches } of runs) {
    const { lookUps, hits } = caches!['timelines']!;
    expect(lookUps).toBe(journeys['open']!.counters.arrived);
    expect(hits / lookUps).toBeGreaterThan(0.5);
    for (const { counters } of Object.values(journeys)) {
      expect(counters.completed / counters.arrived).toBeGreaterThan(0.98);
      expect(counters.inside).toBe(0);
    }
  }
});

const README = readFileSync('README.md', 'utf8');

/** Examples in the table under a line of the README. */
function examplesUnder(line: string): string[] {
  const [, after = ''] = README.split(line);
  const [table = ''] = after.trimStart().split('\n\n');
  return [...table.matchAll(/^\| [^|]+ \| `([^`]+)` \| /gm)].map(([, example]) => example!);
}

test('the examples of steps and servers in the README are of the language', () => {
  const steps = examplesUnder('a journey does the same, but has no `cpu`:');
  const kinds = examplesUnder('How an instance serves, under `serves`:');
  expect([steps.length, kinds.length]).toEqual([14, 7]);
  for (const step of steps) {
    const text = textOf({ steps: step.replace('price.of', 'stock.take') });
    expect([step, complaints(source(text))]).toEqual([step, []]);
  }
  for (const serves of kinds) {
    expect([serves, complaints(source(textOf({ serves })))]).toEqual([serves, []]);
  }
  const caches = README.split('```yaml\n').find((block) => block.startsWith('caches:'));
  const text = `${textOf({}).split('caches:')[0]}${caches!.split('```')[0]}`;
  expect(complaints(source(text))).toEqual([]);
});

// ---- what only a simulator can do -------------------------------------------------------------

test.each([
  ['{ all: [{ call: stock.take }, { call: web.buy }] }', 'stock'],
  ['{ wait: 1s }, { choose: [{ share: 100%, steps: [{ call: stock.take }] }] }', 'stock'],
  ['{ lookup: prices, miss: [{ publish: stock.take }] }, { call: web.buy }', 'stock'],
  ['{ call: web.buy }, { call: stock.take }', 'web'],
])(
  'the service that a journey reaches first is found inside its steps, too: %s',
  (journey, first) => {
    expect(entryService(modelOf({ journey }))).toBe(first);
  },
);

test.each<[Parts, string]>([
  [{ steps: '{ any: [{ call: stock.take }] }' }, 'web: buy: calls at once'],
  [{ steps: '{ choose: [{ share: 100% }] }' }, 'web: buy: a choice of ways'],
  [{ steps: '{ lookup: prices }' }, 'web: buy: a cache'],
  [{ steps: '{ publish: stock.take }' }, 'web: buy: published work'],
  [
    { steps: '{ call: stock.take, timeout: 1s, cancels: true }' },
    'web: buy: a call that is called off',
  ],
  [
    { journey: '{ all: [{ call: web.buy, timeout: 1s, cancels: true }] }' },
    'journey buy: a call that is called off',
  ],
  [{ serves: 'delay' }, 'web: a service that is only a delay'],
  [{ serves: '{ cpu-shared: 4, quota: 2.5 }' }, 'web: cores that requests share'],
  [{ serves: '{ pool: 4, queue: { order: priority } }' }, 'web: a queue by priority'],
  // What follows `serves` is of the same service.
  [{ serves: 'event-loop, discovery: { delay: 5s }' }, 'web: discovery with a delay'],
  [{ steps: '{ call: stock.take, hedge: { after: 50ms } }' }, 'web: buy: a hedged call'],
  [
    { steps: '{ call: stock.take, timeout: 1s, deadline: propagate }' },
    'web: buy: a call that is called off',
  ],
  [
    { steps: '{ call: stock.take, timeout: 1s, fallback: [{ publish: stock.take }] }' },
    'web: buy: published work',
  ],
])('the twin says what it cannot do: %o', (parts, words) => {
  expect(unstageable(modelOf(parts))).toContain(`${words} can be simulated, but not staged yet`);
});

test.each([
  'balancing: { round-robin: { weights: [1, 2], slow-start: 10s } }',
  'balancing: { least-request: { replacement: false } }',
  'balancing: { least-request: { bias: 2, weights: [1, 2] } }',
  'balancing: random',
  'balancing: { leastconn: { slow-start: 10s } }',
  'balancing: least-outstanding',
  'balancing: { ring-hash: { key: { count: 10 } } }',
  'balancing: { maglev: { key: { count: 10 } } }',
  'balancing: zone-aware, zones: 3',
  'limits: { requests: 50, retries: 2 }',
  'concurrency: { aimd: {} }',
  'rate-limit: { token-bucket: { rate: 100/s, burst: 20 } }',
  'health-check: { rules: haproxy, interval: 2s }, panic: 50%',
  'outlier-detection: { errors: 5 }',
])('the twin plays %s', (words) => {
  expect(unstageable(modelOf({ serves: `event-loop, ${words}` }))).toBeUndefined();
});

test('breakers, budgets and fallbacks are staged', () => {
  const retry = 'retry: { attempts: 2, backoff: 5ms, jitter: full, budget: 20% }';
  const steps = `{ call: stock.take, breaker: { window: 10 }, ${retry}, fallback: [{ cpu: 1ms }] }`;
  expect(unstageable(modelOf({ steps }))).toBeUndefined();
});

test('connections, and growing pauses, are staged', () => {
  const steps =
    '{ call: stock.take, retry: { attempts: 3, backoff: 5ms, factor: 2, at-most: 1s } }';
  expect(unstageable(modelOf({ steps, serves: '{ pool: 4 }' }))).toBeUndefined();
});

test.each([
  '{ all: [{ call: web.buy }] }',
  '{ choose: [{ share: 100%, steps: [{ call: web.buy }] }] }',
  '{ lookup: prices, miss: [{ call: web.buy }] }',
  '{ publish: web.buy }',
])('no load generator plays %s', (journey) => {
  const options = { target: 'http://127.0.0.1:1', pacing: 'exact', toleranceRatio: 0.15 } as const;
  const predicted = predictedBy(modelOf({ journey }));
  expect(() => makePlan(predicted, options)).toThrow('journey buy: expected one call');
});
