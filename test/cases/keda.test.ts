/** KEDA: rules of its source and documentation, a sentence a row. */
import { describe, expect, test } from 'vitest';
import { keda } from '../../simulator/decide/keda.ts';
import type { Plain } from '../../simulator/model/placed.ts';
import { fallbackReplicas, reported } from '../../simulator/policies/keda/external-metrics.ts';
import { hpaMetrics } from '../../simulator/policies/keda/looks.ts';
import type { ScaledObjectSpec } from '../../simulator/policies/keda/manifest.ts';
import {
  decideScaledObject,
  readScaledObject,
  type ScaledObjectDecision,
  type ScaledObjectObservation,
  type ScaledObjectState,
} from '../../simulator/policies/keda/scaled-object.ts';
import { scaledObjectComplaints } from '../../simulator/policies/keda/scaled-object-rules.ts';
import { queueLength } from '../../simulator/policies/keda/sqs.ts';

const SQS = { type: 'aws-sqs-queue', metadata: {} } as const;
const LATENCY = {
  type: 'prometheus',
  name: 'latency',
  metadata: { threshold: '5' },
  metricType: 'Value',
} as const;
const CPU = { type: 'cpu', metadata: { value: '60' } } as const;

interface Question {
  readonly spec?: Partial<ScaledObjectSpec>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly seen?: Partial<ScaledObjectObservation>;
  readonly state?: Partial<ScaledObjectState>;
}

/** At 1000 s, 5 replicas, an empty queue, last active at 600 s, where nothing else is said. */
function decide({ spec, annotations, seen, state }: Question): ScaledObjectDecision {
  const settings = readScaledObject({
    metadata: { annotations: prefixed(annotations ?? {}) },
    spec: { triggers: [SQS], ...spec },
  });
  const observation = { nowMs: 1_000_000, currentReplicas: 5, readyReplicas: 5, ...seen };
  const readings = seen?.readings ?? [{ value: 0 }];
  const before = { createdAtMs: 0, lastActiveAtMs: 600_000, failures: [0], ...state };
  return decideScaledObject(settings, { ...observation, readings }, before);
}

function prefixed(annotations: Readonly<Record<string, string>>) {
  return Object.fromEntries(
    Object.entries(annotations).map(([key, value]) => [`autoscaling.keda.sh/${key}`, value]),
  );
}

const BUSY = [{ value: 12 }];
const FAILED = [{}];
const FALLBACK = { fallback: { failureThreshold: 3, replicas: 6 } };

test.each<[string, Question, number, string]>([
  [
    'wakes one replica from 0 when a trigger is active',
    { seen: { currentReplicas: 0, readings: BUSY } },
    1,
    'ScalerActive',
  ],
  [
    'wakes the minimum, where there is one',
    { spec: { minReplicaCount: 3 }, seen: { currentReplicas: 0, readings: BUSY } },
    3,
    '0 → 3',
  ],
  ['leaves what runs to the HPA while active', { seen: { readings: BUSY } }, 5, 'the HPA scales 5'],
  [
    'takes a value at the threshold for inactive: active is strictly above',
    {
      spec: { triggers: [{ ...SQS, metadata: { activationQueueLength: '12' } }] },
      seen: { currentReplicas: 0, readings: BUSY },
    },
    0,
    'ScalerNotActive',
  ],
  [
    'believes a trigger that says itself that it is active',
    { seen: { currentReplicas: 0, readings: [{ value: 0, active: true }] } },
    1,
    '0 → 1',
  ],
  ['drops to 0 straight from 5 once the cooldown is over', {}, 0, '5 → 0'],
  [
    'waits at the cooldown’s last moment: it must be over, not just end',
    { state: { lastActiveAtMs: 700_000 } },
    5,
    'ScalerCooldown',
  ],
  ['drops a millisecond later', { state: { lastActiveAtMs: 699_999 } }, 0, '5 → 0'],
  [
    'says how long the cooldown still lasts',
    { state: { lastActiveAtMs: 900_000 } },
    5,
    'cooldown for 3 min 20 s more',
  ],
  ['takes a cooldown of its own', { spec: { cooldownPeriod: 500 } }, 5, '1 min 40 s more'],
  [
    'drops what was never active at once, for the initial cooldown is 0',
    { state: { lastActiveAtMs: null } },
    0,
    'never active',
  ],
  [
    'waits for the initial cooldown, counted from the first sight',
    { spec: { initialCooldownPeriod: 1200 }, state: { lastActiveAtMs: null } },
    5,
    'initial cooldown for 3 min 20 s more',
  ],
  [
    'does not go below a minimum by itself: that is for the HPA',
    { spec: { minReplicaCount: 2 } },
    5,
    '5 stay',
  ],
  ['lifts an inactive target to its minimum at once', { spec: { minReplicaCount: 7 } }, 7, '5 → 7'],
  [
    'goes to idle with a minimum',
    { spec: { minReplicaCount: 2, idleReplicaCount: 0 } },
    0,
    '5 → 0',
  ],
  [
    'stays idle below the minimum',
    { spec: { minReplicaCount: 2, idleReplicaCount: 0 }, seen: { currentReplicas: 0 } },
    0,
    '0 stay',
  ],
  [
    'leaves idle for the minimum',
    {
      spec: { minReplicaCount: 4, idleReplicaCount: 0 },
      seen: { currentReplicas: 2, readings: BUSY },
    },
    4,
    '2 → 4',
  ],
  [
    'does not lift an active target to its minimum without idle mode',
    { spec: { minReplicaCount: 4 }, seen: { currentReplicas: 2, readings: BUSY } },
    2,
    'the HPA scales 2',
  ],
  ['holds on an error without a fallback', { seen: { readings: FAILED } }, 5, 'TriggerError'],
  [
    'holds on an error with a fallback, so that the HPA can fall back',
    { spec: FALLBACK, seen: { readings: FAILED } },
    5,
    'held at 5 until it falls back',
  ],
  [
    'wakes one replica from 0 once a trigger falls back, for that is active',
    { spec: FALLBACK, seen: { currentReplicas: 0, readings: FAILED }, state: { failures: [3] } },
    1,
    's0-aws-sqs-queue (fallback) active: 0 → 1',
  ],
  [
    'stays at 0 before',
    { spec: FALLBACK, seen: { currentReplicas: 0, readings: FAILED }, state: { failures: [2] } },
    0,
    'held at 0 until it falls back',
  ],
  [
    'drops to 0 on an error when the fallback is 0 replicas',
    { spec: { fallback: { failureThreshold: 3, replicas: 0 } }, seen: { readings: FAILED } },
    0,
    '5 → 0',
  ],
  ['never drops to zero on CPU alone', { spec: { triggers: [CPU] } }, 5, 's0-cpu active'],
  [
    'drops on CPU and an empty queue: CPU never activates beside another trigger',
    { spec: { triggers: [CPU, SQS] }, seen: { readings: [{}, { value: 0 }] } },
    0,
    '5 → 0',
  ],
  ['does nothing while paused', { annotations: { paused: 'true' } }, 5, 'ScaledObjectPaused'],
  [
    'reads any word but no as paused',
    { annotations: { paused: 'until monday' } },
    5,
    'ScaledObjectPaused',
  ],
  ['reads "false" as not paused', { annotations: { paused: 'false' } }, 0, '5 → 0'],
  ['pins the paused replicas', { annotations: { 'paused-replicas': '4' } }, 4, '5 → 4'],
  [
    'pins them over a plain pause that says no',
    { annotations: { 'paused-replicas': '0', paused: 'false' } },
    0,
    '5 → 0',
  ],
  [
    'does not drop while scale-in is paused',
    { annotations: { 'paused-scale-in': 'true' } },
    5,
    'scale-in is paused',
  ],
  [
    'does not wake while scale-out is paused',
    { annotations: { 'paused-scale-out': 'true' }, seen: { currentReplicas: 0, readings: BUSY } },
    0,
    'scale-out is paused',
  ],
  [
    'wakes when activation is forced',
    { annotations: { 'force-activation': 'true' }, seen: { currentReplicas: 0 } },
    1,
    'activation is forced',
  ],
  [
    'does not drop while activation is forced',
    { annotations: { 'force-activation': 'true' } },
    5,
    'activation is forced',
  ],
])('KEDA %s', (_, question, desired, words) => {
  const decision = decide(question);
  expect(decision.desired).toBe(desired);
  expect(decision.reason).toContain(words);
});

test.each<[string, Question, number | null]>([
  ['an active pass is noted', { seen: { readings: BUSY } }, 1_000_000],
  ['a wake-up is noted', { seen: { currentReplicas: 0, readings: BUSY } }, 1_000_000],
  ['an inactive pass is not', {}, 600_000],
  [
    'a wake-up that is paused is not',
    { annotations: { 'paused-scale-out': 'true' }, seen: { currentReplicas: 0, readings: BUSY } },
    600_000,
  ],
  [
    'an active pass with another trigger failed is not',
    {
      spec: { triggers: [SQS, LATENCY] },
      seen: { readings: [{ value: 12 }, {}] },
      state: { failures: [0, 0] },
    },
    600_000,
  ],
])('last activity: %s', (_, question, lastActiveAtMs) => {
  expect(decide(question).state.lastActiveAtMs).toBe(lastActiveAtMs);
});

test.each<[string, Question, string, string]>([
  ['Active while a trigger is', { seen: { readings: BUSY } }, 'Active', 'True ScalerActive'],
  ['cooling down', { state: { lastActiveAtMs: 900_000 } }, 'Active', 'False ScalerCooldown'],
  ['not ready when all fails', { seen: { readings: FAILED } }, 'Ready', 'False TriggerError'],
  [
    'unknown when one of two fails',
    { spec: { triggers: [SQS, LATENCY] }, seen: { readings: [{ value: 12 }, {}] } },
    'Ready',
    'Unknown PartialTriggerError',
  ],
  [
    'paused in one direction',
    { annotations: { 'paused-scale-in': '' } },
    'Paused',
    'True ScaledObjectPaused',
  ],
  [
    'falling back',
    { spec: FALLBACK, seen: { readings: FAILED }, state: { failures: [3] } },
    'Fallback',
    'True FallbackExists',
  ],
  [
    'not yet falling back',
    { spec: FALLBACK, seen: { readings: FAILED }, state: { failures: [1] } },
    'Fallback',
    'False NoFallbackFound',
  ],
])('condition: %s', (_, question, name, expected) => {
  const condition = decide(question).conditions[name as 'Ready'];
  expect(`${condition.status} ${condition.reason}`).toBe(expected);
});

describe('the HPA', () => {
  test('has a minimum of 1 at least and a maximum of 100', () => {
    expect(decide({}).hpa).toEqual({ minReplicas: 1, maxReplicas: 100 });
    const spec = { minReplicaCount: 3, maxReplicaCount: 9 };
    expect(decide({ spec }).hpa).toEqual({ minReplicas: 3, maxReplicas: 9 });
  });

  test('is deleted while paused, and its paused direction is disabled', () => {
    expect(decide({ annotations: { paused: 'true' } }).hpa).toBeNull();
    const behavior = { scaleDown: { stabilizationWindowSeconds: 60 } };
    const spec = { advanced: { horizontalPodAutoscalerConfig: { behavior } } };
    expect(decide({ spec, annotations: { 'paused-scale-in': 'true' } }).hpa!.behavior).toEqual({
      scaleDown: { stabilizationWindowSeconds: 60, selectPolicy: 'Disabled' },
    });
    const out = decide({ annotations: { 'paused-scale-out': 'true' } }).hpa!.behavior;
    expect(out).toEqual({ scaleUp: { selectPolicy: 'Disabled' } });
  });

  test.each<[string, Question, number]>([
    [
      'at 0 replicas it asks nothing, so that KEDA alone counts',
      { seen: { currentReplicas: 0 } },
      1,
    ],
    ['else both count', {}, 2],
    ['with a minimum KEDA takes what the HPA has seen', { spec: { minReplicaCount: 1 } }, 2],
    ['… while the HPA scales', { spec: { minReplicaCount: 1 }, seen: { isHpaScaling: true } }, 1],
    [
      'not with idle replicas',
      { spec: { minReplicaCount: 1, idleReplicaCount: 0 }, seen: { isHpaScaling: true } },
      2,
    ],
  ])('and failures: %s', (_, question, count) => {
    const { state, hpaMetrics } = decide({
      ...question,
      seen: { ...question.seen, readings: FAILED },
    });
    expect(state.failures).toEqual([count]);
    expect(hpaMetrics).toHaveLength(question.seen?.currentReplicas === 0 ? 0 : 1);
  });
});

test.each([
  ['static is what the settings say', 'static', 6, 3],
  ['no behavior is static', undefined, 6, 3],
  ['currentReplicas is what runs', 'currentReplicas', 6, 6],
  ['currentReplicasIfHigher takes the higher', 'currentReplicasIfHigher', 6, 6],
  ['currentReplicasIfHigher, fewer running', 'currentReplicasIfHigher', 2, 3],
  ['currentReplicasIfLower takes the lower', 'currentReplicasIfLower', 6, 3],
  ['currentReplicasIfLower, fewer running', 'currentReplicasIfLower', 2, 2],
] as const)('fallback: %s', (_, behavior, current, expected) => {
  const fallback = { failureThreshold: 3, replicas: 3, behavior };
  expect(fallbackReplicas(fallback, current)).toBe(expected);
});

test.each([
  ['a value is passed on', [{ value: 12 }], [2], 12, 0],
  ['the third failure is borne', [{}], [2], null, 3],
  ['the fourth falls back: target 5 × 6 replicas', [{}], [3], 30, 4],
  ['a success forgets the failures', [{ value: 0 }], [9], 0, 0],
])('external metric: %s', (_, readings, failures, value, after) => {
  const settings = readScaledObject({ triggers: [SQS], ...FALLBACK });
  const question = { currentReplicas: 5, readyReplicas: 5, readings, failures };
  const answer = hpaMetrics(settings, question);
  expect(answer.metrics[0]!.value).toBe(value);
  expect(answer.failures).toEqual([after]);
});

test.each([
  ['÷ ready replicas: 5 × 6 ÷ 4', '5', 4, 7.5],
  ['cut off after the thousandths: 5 × 6 ÷ 7', '5', 7, 4.285],
  ['none without a ready replica', '5', 0, null],
  ['a fraction of a target counts: 0.5 × 6 ÷ 3', '0.5', 3, 1],
])('fallback of a Value metric: %s', (_, threshold, readyReplicas, value) => {
  const trigger = { ...LATENCY, metadata: { threshold } };
  const settings = readScaledObject({ triggers: [trigger], ...FALLBACK });
  const question = { currentReplicas: 5, readyReplicas, readings: [{}], failures: [3] };
  expect(hpaMetrics(settings, question).metrics[0]!.value).toBe(value);
});

test.each([
  [0.3336, 0.334],
  [0.0625, 0.062],
  [0.1875, 0.188],
  [-3, 0],
  [Number.NaN, 0],
  [Number.POSITIVE_INFINITY, 0],
])('KEDA hands %d on as %d', (value, told) => {
  expect(reported(value)).toBe(told);
});

test('CPU is none of the metrics that KEDA answers', () => {
  const settings = readScaledObject({ triggers: [CPU, SQS] });
  const readings = [{}, { value: 7 }];
  const question = { currentReplicas: 1, readyReplicas: 1, readings, failures: [0, 0] };
  const { metrics, failures } = hpaMetrics(settings, question);
  expect(metrics.map(({ name, target, value }) => [name, target, value])).toEqual([
    ['s1-aws-sqs-queue', 5, 7],
  ]);
  expect(failures).toEqual([0, 0]);
});

test.each([
  ['visible and in flight count, delayed do not', true, false, 13],
  ['in flight may be left out', false, false, 10],
  ['delayed may be counted', true, true, 15],
])('SQS: %s', (_, scaleOnInFlight, scaleOnDelayed, expected) => {
  const queue = { visible: 10, inFlight: 3, delayed: 2 };
  expect(queueLength({ scaleOnInFlight, scaleOnDelayed }, queue)).toBe(expected);
});

test.each<[string, Partial<ScaledObjectSpec>, string, string]>([
  [
    'a minimum above the maximum',
    { minReplicaCount: 5, maxReplicaCount: 3 },
    'minReplicaCount',
    'at most maxReplicaCount 3',
  ],
  [
    'a maximum of 0 with a minimum of 0, which the HPA takes for 1',
    { minReplicaCount: 0, maxReplicaCount: 0 },
    'minReplicaCount',
    'at most maxReplicaCount 0',
  ],
  ['idle without a minimum', { idleReplicaCount: 0 }, 'idleReplicaCount', 'minReplicaCount above'],
  [
    'idle other than 0',
    { idleReplicaCount: 1, minReplicaCount: 2 },
    'idleReplicaCount',
    'only value',
  ],
  ['a fallback for CPU alone', { ...FALLBACK, triggers: [CPU] }, 'fallback', 'other than cpu'],
  [
    'a trigger of an unknown type',
    { triggers: [{ type: 'aws-sqs', metadata: {} }] },
    'triggers.0.type',
    'aws-sqs-queue',
  ],
  [
    'a trigger without its target',
    { triggers: [{ type: 'prometheus', metadata: {} }] },
    'triggers.0.metadata',
    'threshold',
  ],
  [
    'a target of 0',
    { triggers: [{ type: 'redis', metadata: { listLength: '0' } }] },
    'triggers.0.metadata.listLength',
    'above 0',
  ],
  [
    'a threshold that is no number',
    { triggers: [{ ...SQS, metadata: { activationQueueLength: 'many' } }] },
    'triggers.0.metadata.activationQueueLength',
    'a number',
  ],
  [
    'a flag that is neither',
    { triggers: [{ ...SQS, metadata: { scaleOnInFlight: 'yes' } }] },
    'triggers.0.metadata.scaleOnInFlight',
    '"true" or "false"',
  ],
  [
    'one name for two triggers',
    { triggers: [LATENCY, LATENCY] },
    'triggers.1.name',
    'a name of its own',
  ],
  [
    'Value for CPU',
    { triggers: [{ ...CPU, metricType: 'Value' }] },
    'triggers.0.metricType',
    'Utilization or AverageValue',
  ],
  [
    'Utilization for a queue',
    { triggers: [{ ...SQS, metricType: 'Utilization' }] },
    'triggers.0.metricType',
    'AverageValue or Value',
  ],
  [
    'a cached CPU',
    { triggers: [{ ...CPU, useCachedMetrics: true }, SQS] },
    'triggers.0.useCachedMetrics',
    'no useCachedMetrics',
  ],
])('a ScaledObject may not have %s', (_, spec, path, words) => {
  const complaints = scaledObjectComplaints({ triggers: [SQS], ...spec });
  expect(complaints.map((one) => one.path.join('.'))).toEqual([path]);
  expect(complaints[0]!.message).toContain(words);
});

test('an annotation that is no number is refused at its place', () => {
  const annotations = { 'autoscaling.keda.sh/paused-replicas': 'four' };
  const [complaint] = scaledObjectComplaints({
    metadata: { annotations },
    spec: { triggers: [SQS] },
  });
  expect(complaint!.path).toEqual(['metadata', 'annotations', Object.keys(annotations)[0]]);
});

test('the example wakes one replica, feeds the HPA, and lets all go after the cooldown', () => {
  const converse = keda.converse(keda.example.settings as Plain);
  const answers = keda.example.observations.map(
    (observation) => converse({ observation } as Plain).answer!,
  );
  expect(answers.map(({ desired }) => desired)).toEqual([1, 1, 3, 0]);
  expect(answers[1]).toMatchObject({
    hpaMetrics: [{ type: 'AverageValue', target: 5, value: 14 }],
  });
  expect(answers[2]!.reason).toBe('ScalerCooldown: cooldown for 4 min 30 s more');
});
