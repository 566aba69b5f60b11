/** `plimsoll decide aws-step`: the worked examples and limits of the EC2 Auto Scaling guide. */
import { expect, test } from 'vitest';
import { awsStep } from '../../simulator/decide/aws-step.ts';
import { adjustCapacity } from '../../simulator/policies/aws/adjustment.ts';
import { answersOf, complaintsOf } from '../helpers/aws-doors.ts';

const GROUP = { MinSize: 0, MaxSize: 100, Threshold: 50 };
/** The guide's scale-out and scale-in policies around a threshold of 50. */
const OUT = {
  ...GROUP,
  AdjustmentType: 'PercentChangeInCapacity',
  StepAdjustments: [
    { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 10, ScalingAdjustment: 0 },
    { MetricIntervalLowerBound: 10, MetricIntervalUpperBound: 20, ScalingAdjustment: 10 },
    { MetricIntervalLowerBound: 20, MetricIntervalUpperBound: null, ScalingAdjustment: 30 },
  ],
};
const IN = {
  ...GROUP,
  AdjustmentType: 'PercentChangeInCapacity',
  StepAdjustments: [
    { MetricIntervalLowerBound: -10, MetricIntervalUpperBound: 0, ScalingAdjustment: 0 },
    { MetricIntervalLowerBound: -20, MetricIntervalUpperBound: -10, ScalingAdjustment: -10 },
    { MetricIntervalLowerBound: null, MetricIntervalUpperBound: -20, ScalingAdjustment: -30 },
  ],
};

function decide(settings: object, observation: object) {
  return answersOf(awsStep, settings, [{ nowMs: 60_000, ...observation }])[0]!;
}

test.each([
  ['60 adds 10 % of ten', OUT, { desiredCapacity: 10, metricValue: 60 }, 11],
  ['then 70 adds 30 % of eleven, 3.3, as 3', OUT, { desiredCapacity: 11, metricValue: 70 }, 14],
  ['59.9 leaves it', OUT, { desiredCapacity: 10, metricValue: 59.9 }, 10],
  ['40 takes 10 % of fourteen, 1.4, as 1', IN, { desiredCapacity: 14, metricValue: 40 }, 13],
  ['then 30 takes 30 % of thirteen, 3.9, as 3', IN, { desiredCapacity: 13, metricValue: 30 }, 10],
  [
    '40.1 leaves it: the lower bound is exclusive',
    IN,
    { desiredCapacity: 14, metricValue: 40.1 },
    14,
  ],
  ['50 leaves it: the upper bound is inclusive', IN, { desiredCapacity: 14, metricValue: 50 }, 14],
  [
    '62 while one warms up adds none',
    OUT,
    { desiredCapacity: 11, warming: 1, metricValue: 62 },
    11,
  ],
  ['70 while one warms up adds two', OUT, { desiredCapacity: 11, warming: 1, metricValue: 70 }, 13],
  [
    'what is not in service is on its way',
    OUT,
    { desiredCapacity: 11, inService: 10, metricValue: 70 },
    13,
  ],
  ['a pending one blocks a scale-in', IN, { desiredCapacity: 10, pending: 1, metricValue: 20 }, 10],
  [
    'the same ones are not taken twice',
    IN,
    { desiredCapacity: 7, terminating: 3, metricValue: 20 },
    7,
  ],
  ['a missing datapoint does nothing', OUT, { desiredCapacity: 10, metricValue: null }, 10],
  ['of a range the newest counts', OUT, { desiredCapacity: 10, datapoints: [90, 60] }, 11],
])('%s', (_, settings, observation, expected) => {
  expect(decide(settings, observation)['desired']).toBe(expected);
});

test.each([
  ['+25 % of four with a minimum of two adds two', 'PercentChangeInCapacity', 25, 2, 4, 6],
  ['−25 % of four with a minimum of two takes two', 'PercentChangeInCapacity', -25, 2, 4, 2],
  ['6.7 % of ten, .67, adds one', 'PercentChangeInCapacity', 6.7, 0, 10, 11],
  ['-5.8 % of ten, -.58, takes one', 'PercentChangeInCapacity', -5.8, 0, 10, 9],
  ['12.7 % of a hundred, 12.7, adds twelve', 'PercentChangeInCapacity', 12.7, 0, 100, 112],
  ['-6.67 % of a hundred, -6.67, takes six', 'PercentChangeInCapacity', -6.67, 0, 100, 94],
  ['30 % of ten is three, though 10 · 0.3 may not be', 'PercentChangeInCapacity', 30, 0, 10, 13],
  ['a change of 5 on 3 makes 8, whatever the minimum', 'ChangeInCapacity', 5, 9, 3, 8],
  ['an exact 5 on 3 makes 5', 'ExactCapacity', 5, 0, 3, 5],
  ['no capacity below zero', 'ChangeInCapacity', -5, 0, 3, 0],
  ['a percentage moves zero by its minimum', 'PercentChangeInCapacity', 10, 2, 0, 2],
])('%s', (_, type, by, minimum, base, expected) => {
  const change =
    type === 'ExactCapacity'
      ? ({ type: 'exact-capacity', to: by } as const)
      : type === 'ChangeInCapacity'
        ? ({ type: 'change-in-capacity', by } as const)
        : ({ type: 'percent-change-in-capacity', byRatio: by / 100 } as const);
  expect(adjustCapacity(base, change, minimum)).toBe(expected);
});

test('warm-up comes from the policy, then the group, then its cooldown of 300 s', () => {
  // In service 200 s ago: warming under 300, not under 120.
  const seen = { nowMs: 260_000, desiredCapacity: 11, inServiceSinceMs: [60_000], metricValue: 70 };
  expect(decide(OUT, seen)['desired']).toBe(13);
  expect(decide({ ...OUT, DefaultInstanceWarmup: 120 }, seen)['desired']).toBe(14);
  const policy = { ...OUT, DefaultInstanceWarmup: 120, EstimatedInstanceWarmup: 250 };
  expect(decide(policy, seen)['desired']).toBe(13);
  expect(decide({ ...OUT, DefaultCooldown: 100 }, seen)['desired']).toBe(14);
});

test('with EvaluationPeriods the alarm says when, and again only after a minute', () => {
  const twoOfTwo = { ...OUT, EvaluationPeriods: 2, DatapointsToAlarm: 2 };
  const at = (nowMs: number) => ({ nowMs, desiredCapacity: 10, metricValue: 75 });
  const answers = answersOf(awsStep, twoOfTwo, [at(60_000), at(120_000), at(150_000), at(180_000)]);
  expect(answers.map((answer) => answer['desired'])).toEqual([10, 13, 10, 13]);
});

test('the group stays within its limits and says so', () => {
  const answer = decide({ ...OUT, MaxSize: 12 }, { desiredCapacity: 10, metricValue: 90 });
  expect(answer).toMatchObject({ desired: 12, proposed: 13, change: 2 });
  expect(answer.reason).toContain('limited to max 12');
});

const step = (lower: number | null, upper: number | null, ScalingAdjustment = 1) => ({
  MetricIntervalLowerBound: lower,
  MetricIntervalUpperBound: upper,
  ScalingAdjustment,
});
const CHANGE = { ...GROUP, AdjustmentType: 'ChangeInCapacity', StepAdjustments: [step(0, null)] };

test.each([
  ['a gap', { StepAdjustments: [step(0, 10), step(20, null)] }, 'no gap between steps'],
  ['an overlap', { StepAdjustments: [step(0, 20), step(10, null)] }, 'do not overlap'],
  [
    'two without upper bound',
    { StepAdjustments: [step(0, null), step(10, null)] },
    'do not overlap',
  ],
  ['no bound at all', { StepAdjustments: [step(null, null)] }, 'not both may be null'],
  ['a bound above its own upper one', { StepAdjustments: [step(10, 5)] }, 'below the upper one'],
  ['a highest step that ends', { StepAdjustments: [step(0, 10)] }, 'without upper bound'],
  ['a lowest step that ends', { StepAdjustments: [step(-10, 0)] }, 'without lower bound'],
  ['a minimum magnitude without percent', { MinAdjustmentMagnitude: 2 }, 'percentages only'],
  ['min above max', { MinSize: 200 }, 'at most MaxSize, 100'],
  ['a warm-up of two hours', { DefaultInstanceWarmup: 7200 }, 'at most 3600 s'],
  ['a period of 45 s', { Period: 45 }, 'multiple of 60'],
  [
    '21 steps',
    { StepAdjustments: Array.from({ length: 21 }, (_, i) => step(i, i < 20 ? i + 1 : null)) },
    'at most 20',
  ],
  [
    'an exact capacity below zero',
    { AdjustmentType: 'ExactCapacity', StepAdjustments: [step(0, null, -1)] },
    'from 0 on',
  ],
  ['another kind of policy', { PolicyType: 'SimpleScaling' }, 'StepScaling'],
])('%s is refused', (_, wrong, words) => {
  expect(complaintsOf(awsStep, { ...CHANGE, ...wrong }).join()).toContain(words);
});

test("the guide's policies are taken", () => {
  for (const settings of [OUT, IN, CHANGE]) expect(complaintsOf(awsStep, settings)).toEqual([]);
});
