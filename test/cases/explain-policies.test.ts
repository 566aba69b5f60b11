/** `plimsoll explain` on groups of every kind: one thread an instance, 10 ms a request. */
import { expect, test } from 'vitest';
import { explain } from '../../reports/explain.ts';
import { storyOf } from '../../reports/html-decisions.ts';
import { parseResults } from '../../reports/read-results.ts';
import { policiesInWords } from '../../reports/rule-words.ts';
import { renderExplained } from '../../reports/text-explain.ts';
import { modelDigest } from '../../simulator/model/digest.ts';
import type { Model } from '../../simulator/model/model.ts';
import { parseModel } from '../../simulator/model/parse.ts';
import type { Results } from '../../simulator/results/results.ts';
import { simulate } from '../../simulator/simulate.ts';

function modelOf(policies: string, rate = '10/s', sizes = 'min: 1, max: 10'): Model {
  const text = `name: group
duration: 10m
starts: Fri 08:00
traffic: { guests: { does: visit, arrivals: even, rate: ${rate} } }
journeys: { visit: [{ call: web.work }] }
services:
  web:
    on: { boot: 20s }
    serves: { threads: 1 }
    scaling: { ${sizes}, drain: 10s, policies: ${policies} }
    endpoints: { work: [{ cpu: 10ms }] }
`;
  const { model, problems } = parseModel([{ file: 'm.yaml', text }]);
  expect(problems).toBeUndefined();
  return model!;
}

/** As it comes out of its file. */
function run(model: Model): Results {
  const digest = { modelDigest: modelDigest(model) };
  const options = { seed: 1, replications: 1, arrivals: 'independent', ...digest } as const;
  return parseResults('f', JSON.stringify(simulate(model, options)));
}

function at(results: Results, atMs: number | undefined) {
  const explained = explain(results, { run: 1, atMs, service: undefined });
  const text = renderExplained(explained, { color: false, width: 400, origin: '' });
  return { text, explanation: explained.explanations[0]! };
}

const HPA = '[{ hpa: { metrics: [{ metric: utilization, target: 60% }] } }]';
const DOWN_BY_ONE =
  '{ scaleUp: { selectPolicy: Disabled }, scaleDown: { stabilizationWindowSeconds: 60, ' +
  'policies: [{ type: Pods, value: 1, periodSeconds: 60 }] } }';

test.each<[string, string, string[]]>([
  [
    'an HPA by default',
    HPA,
    [
      'hpa every 15 s: the largest size that a metric asks for, pods × value ÷ target, rounded up',
      'utilization at 60 % of requests, a pod requests 100 % of itself',
      'no change within 10 % of a target',
      'up: at most to twice as many, or 4',
      'down: the largest size asked for in the last 5 min counts',
    ],
  ],
  [
    'an HPA with behaviour and flags',
    `[{ hpa: { metrics: [{ metric: requests-per-instance, target: 30/s }], behavior: ${DOWN_BY_ONE},
       controller: { syncPeriod: 30s, toleranceRatio: 0.05 } } }]`,
    [
      'hpa every 30 s: the largest size that a metric asks for, pods × value ÷ target, rounded up',
      'requests-per-instance at 30/s a pod',
      'no change within 5 % of a target',
      'up: never',
      'down: at most 1 pod in 1 min; the largest size asked for in the last 1 min counts',
    ],
  ],
  [
    'behaviour by its defaults',
    '[{ hpa: { metrics: [{ metric: latency, target: 300ms }], behavior: {} } }]',
    [
      'hpa every 15 s: the largest size that a metric asks for, pods × value ÷ target, rounded up',
      'latency at 300 ms',
      'no change within 10 % of a target',
      'up: at most 4 pods in 15 s or 100 % in 15 s, whichever is more',
      'down: at most 100 % in 15 s; the largest size asked for in the last 5 min counts',
    ],
  ],
  [
    'KEDA down to zero',
    '[{ keda: { triggers: [{ metric: queue-length, target: 5, activation: 2 }], cooldown: 60s } }]',
    [
      'keda polls every 30 s',
      'queue-length: a pod for each 5.0 waiting of all together; active above 2.0 waiting',
      'to 0 when no trigger was active for 1 min',
      'its hpa every 15 s: no change within 10 % of a target',
      'up: at most to twice as many, or 4',
      'down: the largest size asked for in the last 5 min counts',
    ],
  ],
  [
    'a cooldown',
    `[{ simple-scaling: { alarm: { metric: latency, above: 300ms, period: 60s }, add: 50%,
       cooldown: 120s } }]`,
    [
      'simple-scaling when latency is above 300 ms in a datapoint of 1 min',
      'add 50 %, then nothing of the kind until 2 min after it is done',
    ],
  ],
  [
    'a moment',
    '[{ scheduled: { at: 95s, min: 2, set: 4 } }]',
    ['scheduled at 1:35', 'sets min 2, desired 4'],
  ],
  [
    'a clock',
    '[{ scheduled: { cron: "5 8 * * 1-5", max: 2 } }]',
    ['scheduled by "5 8 * * 1-5" (UTC)', 'sets max 2'],
  ],
  [
    'a clock of another zone',
    '[{ scheduled: { cron: "5 8 * * 1-5", zone: "-03:30", max: 2 } }]',
    ['scheduled by "5 8 * * 1-5" (UTC-3:30)', 'sets max 2'],
  ],
  [
    'a forecast',
    `[{ predictive: { target: 50/s, history: [${Array(24).fill('40/s').join(', ')}], buffer: 5m } }]`,
    ['predictive: as the 24 hours before the run say, 50/s an instance', 'never in, 5 min ahead'],
  ],
])('the rule in words: %s', (what, policies, lines) => {
  const sizes = what.startsWith('KEDA') ? 'min: 0, max: 10, start: 1' : 'min: 1, max: 10';
  const { scaling } = modelOf(policies, '10/s', sizes).services[0]!;
  const [words] = policiesInWords(scaling);
  expect(words!.lines).toEqual(lines);
  expect(words!.sources.every(({ url }) => url.startsWith('https://'))).toBe(true);
});

test('an HPA is explained by its pods, and what stabilises it is a mark of the chart', () => {
  const results = run(modelOf(HPA, '[{ at: 150/s, for: 3m }, { at: 20/s, for: 7m }]'));
  const { held } = storyOf(results, 'web');
  const stabilised = held.filter(({ reason }) => reason.startsWith('ScaleDownStabilized'));
  expect(stabilised.length).toBeGreaterThan(0);
  expect(stabilised[0]!.reason).toMatch(/stabilised to \d+ for \d+ s more$/);
  const { text, explanation } = at(results, stabilised[0]!.atMs);
  const pods = explanation.said!.observation!.instances!.length;
  expect(text).toContain(`${pods} instances, ${pods} ready`);
  expect(text).toMatch(
    new RegExp(`utilization of ${pods}: mean [\\d.]+ %, [\\d.]+ % to [\\d.]+ %`),
  );
  expect(text).toContain('by Kubernetes documentation, "Horizontal Pod Autoscaling"');
  expect(explanation.nextEvaluationMs).toBe(stabilised[0]!.atMs + 15_000);
});

test('KEDA at zero is explained by what found no instance', () => {
  const keda = '[{ keda: { triggers: [{ metric: requests-per-instance, target: 40/s }] } }]';
  const rate = '[{ at: 0/s, for: 60s }, { at: 100/s, for: 9m }]';
  const results = run(modelOf(keda, rate, 'min: 0, max: 10, start: 0'));
  const [first] = results.runs[0]!.decisions;
  const { text } = at(results, first!.atMs);
  expect(first).toMatchObject({ from: 0, desired: 1 });
  expect(text).toMatch(/\d+\.\d\/s found no instance/);
});

test('of several policies the one that set the size is named, and moments are looks, too', () => {
  const scheduled = '{ scheduled: { at: 95s, set: 4 } }';
  const simple =
    '{ simple-scaling: { alarm: { metric: utilization, above: 80%, period: 60s }, add: 1, ' +
    'cooldown: 120s } }';
  const results = run(modelOf(`[${scheduled}, ${simple}]`, '150/s'));
  const before = at(results, 94_000);
  expect(before.text).toContain('at 1:00: 1 → 2, by policy 2');
  expect(before.explanation.nextEvaluationMs).toBe(95_000);
  const after = at(results, 96_000);
  expect(after.text).toContain('at 1:35: 2 → 4, by policy 1');
  expect(after.text).toContain('utilization: no datapoint was due');
  expect(after.explanation.nextEvaluationMs).toBe(120_000);
});
