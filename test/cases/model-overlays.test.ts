import { expect, test } from 'vitest';
import { modelDigest } from '../../simulator/model/digest.ts';
import type { Balancing, Model } from '../../simulator/model/model.ts';
import { parseModel } from '../../simulator/model/parse.ts';
import { isProblem, type ModelSource, sourceFromSetting } from '../../simulator/model/source.ts';
import { complaints, MODEL_TEXT, source } from '../helpers/model-text.ts';

const MODEL = source(MODEL_TEXT);

function parsed(...sources: readonly ModelSource[]): Model {
  const { model, problems } = parseModel(sources);
  if (model === undefined) throw new Error(problems.map(({ message }) => message).join('\n'));
  return model;
}

function setting(text: string): ModelSource {
  const made = sourceFromSetting(text);
  if (isProblem(made)) throw new Error(made.message);
  return made;
}

test('a model becomes numbers, with every default filled in', () => {
  expect(parsed(MODEL)).toEqual({
    name: 'shop',
    durationMs: 60_000,
    warmUpMs: 0,
    hopMs: 0,
    slos: [{ journey: 'buy', quantiles: [{ quantile: 0.99, ms: 400 }], errorRatio: 0.001 }],
    traffic: [
      {
        name: 'guests',
        does: 'buy',
        arrivals: 'poisson',
        rate: [{ startMs: 0, endMs: 60_000, fromPerSecond: 50, toPerSecond: 50, phase: undefined }],
      },
    ],
    journeys: [
      { name: 'buy', steps: [{ type: 'call', service: 'web', endpoint: 'buy', timeoutMs: 2000 }] },
    ],
    services: [
      {
        name: 'stock',
        on: { type: undefined, dollarsPerHour: undefined, boot: constant(0), warmUpMs: 0 },
        serves: { type: 'threads', count: 4 },
        balancing: { type: 'round-robin' },
        scaling: { min: 2, max: 2, start: 2, drainMs: 300_000, policies: [] },
        endpoints: [{ name: 'take', steps: [{ type: 'cpu', time: lognormal(3, 12) }] }],
      },
      {
        name: 'web',
        on: { type: undefined, dollarsPerHour: undefined, boot: constant(0), warmUpMs: 0 },
        serves: { type: 'event-loop' },
        balancing: { type: 'round-robin' },
        scaling: {
          min: 2,
          max: 4,
          start: 2,
          drainMs: 300_000,
          policies: [
            {
              type: 'step-scaling',
              alarm: {
                metric: 'requests-per-instance',
                comparison: 'above',
                threshold: 20,
                periodMs: 60_000,
                evaluationPeriods: 1,
                datapointsToAlarm: 1,
                missingData: 'missing',
              },
              steps: [
                { lower: undefined, upper: 10, change: { type: 'change-in-capacity', by: 1 } },
                {
                  lower: 10,
                  upper: undefined,
                  change: { type: 'percent-change-in-capacity', byRatio: 0.5 },
                },
              ],
              minMagnitude: 1,
            },
            {
              type: 'target-tracking',
              metric: 'utilization',
              target: 0.6,
              periodMs: 60_000,
              highPeriods: 3,
              lowPeriods: 15,
              lowRatio: 0.9,
              scaleIn: true,
            },
          ],
        },
        endpoints: [
          {
            name: 'buy',
            steps: [
              { type: 'cpu', time: constant(2) },
              { type: 'call', service: 'stock', endpoint: 'take', timeoutMs: 800 },
              { type: 'wait', time: constant(1) },
            ],
          },
        ],
      },
    ],
  });
});

function constant(ms: number) {
  return { type: 'constant', ms };
}

function lognormal(medianMs: number, p99Ms: number) {
  return { type: 'lognormal', medianMs, p99Ms };
}

test('distances below a threshold become negative offsets', () => {
  const over = source(`
services:
  web:
    scaling:
      policies:
        - step-scaling:
            alarm: { metric: utilization, below: 30%, period: 60s }
            steps: [ { from: 0%, to: 10%, remove: 1 }, { from: 10%, set: 2 } ]`);
  const policy = parsed(MODEL, over).services[1]?.scaling.policies[0];
  expect(policy).toMatchObject({
    alarm: { comparison: 'below', threshold: 0.3 },
    steps: [
      { lower: -0.1, upper: -0, change: { type: 'change-in-capacity', by: -1 } },
      { lower: undefined, upper: -0.1, change: { type: 'exact-capacity', to: 2 } },
    ],
  });
});

test('pieces of a rate follow each other, and the last rate goes on until the end', () => {
  const text = 'traffic.guests.rate=[{at: 8/s, for: 15s, phase: calm}, {to: 32/s, for: 30s}]';
  expect(parsed(MODEL, setting(text)).traffic[0]?.rate).toEqual([
    { startMs: 0, endMs: 15_000, fromPerSecond: 8, toPerSecond: 8, phase: 'calm' },
    { startMs: 15_000, endMs: 45_000, fromPerSecond: 8, toPerSecond: 32, phase: undefined },
    { startMs: 45_000, endMs: 60_000, fromPerSecond: 32, toPerSecond: 32, phase: undefined },
  ]);
});

test.each([
  ['5ms', { type: 'constant', ms: 5 }],
  ['{ exponential: 20ms }', { type: 'exponential', meanMs: 20 }],
  ['{ median: 3ms, p99: 12ms }', { type: 'lognormal', medianMs: 3, p99Ms: 12 }],
  ['{ mean: 10ms, scv: 0.25 }', { type: 'phase-type', meanMs: 10, squaredVariation: 0.25 }],
  ['{ pareto: { min: 2ms, shape: 2.5 } }', { type: 'pareto', minMs: 2, shape: 2.5 }],
  ['{ empirical: [1ms, 2ms, 2ms] }', { type: 'empirical', valuesMs: [1, 2, 2] }],
])('a time may be %s', (text, time) => {
  const over = setting(`services.stock.endpoints.take=[{ cpu: ${text} }]`);
  expect(parsed(MODEL, over).services[0]?.endpoints[0]?.steps).toEqual([{ type: 'cpu', time }]);
});

const KEYS = { count: 100, zipf: 0 };

test.each<[string, Balancing]>([
  ['round-robin', { type: 'round-robin' }],
  ['{ round-robin: { weights: [1, 2] } }', { type: 'round-robin', weights: [1, 2] }],
  [
    '{ round-robin: { slow-start: 60s } }',
    { type: 'round-robin', slowStart: { windowMs: 60_000, aggression: 1, minWeightRatio: 0.1 } },
  ],
  ['least-request', { type: 'least-request', choices: 2 }],
  ['{ least-request: 3 }', { type: 'least-request', choices: 3 }],
  [
    '{ least-request: { choices: 3, replacement: false } }',
    { type: 'least-request', choices: 3, replacement: false },
  ],
  [
    '{ least-request: { bias: 0.5, slow-start: { window: 1m, aggression: 2, min-weight: 5% } } }',
    {
      type: 'least-request',
      choices: 2,
      bias: 0.5,
      slowStart: { windowMs: 60_000, aggression: 2, minWeightRatio: 0.05 },
    },
  ],
  ['random', { type: 'random' }],
  ['{ random: { weights: [2, 1] } }', { type: 'random', weights: [2, 1] }],
  ['leastconn', { type: 'leastconn' }],
  [
    '{ leastconn: { weights: [1, 256], slow-start: 30s } }',
    { type: 'leastconn', weights: [1, 256], slowStartMs: 30_000 },
  ],
  ['least-outstanding', { type: 'least-outstanding' }],
  ['{ ring-hash: { key: { count: 100 } } }', { type: 'ring-hash', keys: KEYS, minSize: 1024 }],
  [
    '{ ring-hash: { key: { count: 100 }, min-size: 50, weights: [1, 2] } }',
    { type: 'ring-hash', keys: KEYS, minSize: 50, weights: [1, 2] },
  ],
  [
    '{ maglev: { key: { count: 9, zipf: 1.5 } } }',
    { type: 'maglev', keys: { count: 9, zipf: 1.5 }, size: 65_537 },
  ],
  ['{ maglev: { key: { count: 100 }, table: 31 } }', { type: 'maglev', keys: KEYS, size: 31 }],
  ['zone-aware', { type: 'zone-aware', minInstances: 6 }],
  ['{ zone-aware: { min-instances: 1 } }', { type: 'zone-aware', minInstances: 1 }],
])('balancing may be %s', (text, balancing) => {
  const over = [setting(`services.web.balancing=${text}`), setting('services.web.zones=3')];
  const web = parsed(MODEL, ...over).services[1];
  expect([web?.balancing, web?.zones, web?.discovery]).toEqual([balancing, 3, undefined]);
});

test('balancers may hear late of instances', () => {
  const over = setting('services.web.discovery={ delay: { exponential: 5s } }');
  const delay = { type: 'exponential', meanMs: 5000 };
  expect(parsed(MODEL, over).services[1]?.discovery).toEqual({ delay });
});

test('maps merge by key, scalars and lists are replaced, null takes away, the last wins', () => {
  const first = source('hop: 1ms\ntraffic: { guests: { rate: 7/s } }\nslo: null', 'first.yaml');
  const second = source('traffic: { guests: { arrivals: even } }\nhop: 2ms', 'second.yaml');
  const model = parsed(MODEL, first, second);
  expect(model.hopMs).toBe(2);
  expect(model.slos).toEqual([]);
  expect(model.traffic[0]).toMatchObject({ does: 'buy', arrivals: 'even' });
  expect(model.traffic[0]?.rate[0]?.fromPerSecond).toBe(7);
});

test('a problem points into the file that it comes from', () => {
  const over = source('# a question\nservices:\n  web: { servs: event-loop }\n', 'over.yaml');
  const bad = source(MODEL_TEXT.replace('max: 4', 'max: four'), 'bad.yaml');
  expect(complaints(bad, over)).toEqual([
    'bad.yaml:16:12: services.web.scaling.max: expected a whole number from 1 to 100000, ' +
      'found "four"',
    'over.yaml:3:10: services.web.servs: unknown key "servs" (did you mean `serves`?)',
  ]);
});

test('a contradiction between two files is shown in the later one', () => {
  const over = source(
    'services:\n  web:\n    scaling: { min: 9 }\n    instances: 3\n',
    'over.yaml',
  );
  expect(complaints(MODEL, over)).toEqual([
    'over.yaml:3:21: services.web.scaling.max: expected at least min (9), found 4',
    'over.yaml:4:5: services.web.instances: expected either `instances` or `scaling`, found both',
  ]);
});

test('what an overlay takes away is missing where the overlay says so', () => {
  expect(complaints(MODEL, source('hop: 1ms\nduration: null\n', 'over.yaml'))).toEqual([
    'over.yaml:2:1: duration: missing: expected a duration such as 800ms, 90s, 5m or 1h',
  ]);
});

test('what has been taken away may be taken away again', () => {
  const over = source('slo: null\n', 'over.yaml');
  expect(complaints(MODEL, over, over)).toEqual([]);
});

test('nothing can be taken away that was never there', () => {
  expect(complaints(MODEL, source('trafic: null\n', 'over.yaml'))).toEqual([
    'over.yaml:1:1: trafic: there is no "trafic" to take away (did you mean `traffic`?)',
  ]);
});

test('a setting is a path and a value, and a quantile in a path is one key', () => {
  const model = parsed(MODEL, setting('slo.buy.p99.9=1s'), setting('hop=0.5ms'));
  expect(model.slos[0]?.quantiles).toEqual([
    { quantile: 0.99, ms: 400 },
    { quantile: 0.999, ms: 1000 },
  ]);
  expect(model.hopMs).toBe(0.5);
});

test('a group of fixed size can be asked for in two settings', () => {
  const two = [setting('services.web.scaling=null'), setting('services.web.instances=3')];
  expect(parsed(MODEL, ...two).services[1]?.scaling).toMatchObject({ min: 3, max: 3, start: 3 });
});

test('a problem of a setting points into the setting', () => {
  expect(complaints(MODEL, setting('traffic.guests.rate=300'))).toEqual([
    '--set:1:21: traffic.guests.rate: expected a rate such as 200/s, or a list of pieces such as ' +
      '{ at: 80/s, for: 15s }, found 300 without a unit',
  ]);
  expect(complaints(MODEL, setting('services.wed.instances=3')).at(0)).toBe(
    '--set:1:10: services.wed.serves: missing: expected event-loop, delay, { threads: 8 }, ' +
      '{ pool: 200 } or { cpu-shared: 2 }',
  );
});

test.each(['', 'rate', '=3', 'a..b=3', '.a=3', 'A=3', '__proto__.x=1', 'a b=3'])(
  '%j is no setting',
  (text) => {
    const made = sourceFromSetting(text);
    expect(isProblem(made) && made.message).toBe(
      `expected a setting such as traffic.learners.rate=300/s, found "${text}"`,
    );
  },
);

test('a setting without a value says so', () => {
  const made = sourceFromSetting('hop= ');
  expect(isProblem(made) && made.message).toMatch(/^expected a value such as .*, found nothing$/);
});

test('the order of keys does not show in the model or its digest; a changed value does', () => {
  const [head = '', ...services] = MODEL_TEXT.split(/(?=^ {2}(?:web|stock):)/m);
  const turned = parsed(source([head, ...services.reverse()].join('')));
  expect(turned).toEqual(parsed(MODEL));
  expect(modelDigest(turned)).toBe(modelDigest(parsed(MODEL)));
  expect(modelDigest(parsed(MODEL))).toMatch(/^[0-9a-f]{16}$/);
  expect(modelDigest(parsed(MODEL, setting('hop=1us')))).not.toBe(modelDigest(parsed(MODEL)));
});

test('the digest does not depend on the order of fields', () => {
  const model = parsed(MODEL);
  const turned = Object.fromEntries(Object.entries(model).reverse());
  expect(modelDigest({ ...model, ...turned })).toBe(modelDigest(model));
  expect(Object.keys(turned)).not.toEqual(Object.keys(model));
});

test('the traffic that names the phases comes first', () => {
  const over = source(
    'traffic:\n  bots: { does: buy, rate: 1/s }\n' +
      '  guests: { rate: [ { at: 5/s, for: 9s, phase: calm } ] }\n',
  );
  expect(parsed(MODEL, over).traffic.map(({ name }) => name)).toEqual(['guests', 'bots']);
});
