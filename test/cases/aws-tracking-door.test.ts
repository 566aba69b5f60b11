/** `plimsoll decide aws-target-tracking`, and several policies together. */
import { describe, expect, test } from 'vitest';
import { awsTargetTracking } from '../../simulator/decide/aws-target-tracking.ts';
import {
  combinePolicies,
  type PolicyProposal,
} from '../../simulator/policies/aws/combined-policies.ts';
import { answersOf, complaintsOf } from '../helpers/aws-doors.ts';

const ONE = { TargetValue: 50, MinSize: 1, MaxSize: 40 };
const minutes = (values: readonly (number | null)[], desiredCapacity = 4) =>
  values.map((metricValue, minute) => ({ nowMs: minute * 60_000, desiredCapacity, metricValue }));
const desiredOf = (settings: object, observations: readonly object[]) =>
  answersOf(awsTargetTracking, settings, observations).map((answer) => answer['desired']);
const repeat = (count: number, value: number) => Array.from({ length: count }, () => value);

test.each([
  ['scales out at the third minute above the target, not before', [75, 75, 75], [4, 4, 6]],
  ['at the target itself nothing happens', [50, 50, 50, 50], [4, 4, 4, 4]],
  ['a missing minute among three that breach delays nothing', [75, null, 75, 75], [4, 4, 6, 6]],
])('%s', (_, values, expected) => {
  expect(desiredOf(ONE, minutes(values))).toEqual(expected);
});

test('scales in at the fifteenth minute below 90 % of the target', () => {
  const desired = desiredOf(ONE, minutes(repeat(15, 25), 10));
  expect(desired).toEqual([...repeat(14, 10), 5]);
  expect(desiredOf(ONE, minutes(repeat(20, 46), 10))).toEqual(repeat(20, 10));
});

test('1.5 instances too few become two more, 1.5 too many one fewer', () => {
  const now = (value: number) => [{ nowMs: 0, desiredCapacity: 10, datapoints: repeat(15, value) }];
  // 10 · 57.5 / 50 = 11.5; 10 · 42.5 / 50 = 8.5, and 42.5 is below 45.
  expect(desiredOf(ONE, now(57.5))).toEqual([12]);
  expect(desiredOf(ONE, now(42.5))).toEqual([9]);
});

test('INSUFFICIENT_DATA scales neither way', () => {
  const [answer] = answersOf(awsTargetTracking, ONE, [
    { nowMs: 0, desiredCapacity: 4, datapoints: [null, null, null] },
  ]);
  expect(answer!['desired']).toBe(4);
  expect(answer!['proposals']).toMatchObject([
    { alarmHigh: 'INSUFFICIENT_DATA', alarmLow: 'INSUFFICIENT_DATA' },
  ]);
});

test.each([
  ['DisableScaleIn keeps the capacity', { DisableScaleIn: true }, 10],
  ['a lower lowRatio widens the band', { lowRatio: 0.4 }, 10],
  ['fewer lowPeriods act sooner', { lowPeriods: 3 }, 5],
])('%s', (_, more, expected) => {
  const now = [{ nowMs: 0, desiredCapacity: 10, datapoints: repeat(10, 25) }];
  expect(desiredOf({ ...ONE, ...more }, now)).toEqual([expected]);
});

test('warming instances are asked for already, and block a scale-in', () => {
  const now = (value: number, warming: number) => [
    { nowMs: 0, desiredCapacity: 6, warming, datapoints: repeat(15, value) },
  ];
  // Four that serve at 75 % call for six, which are desired; at 20 % nothing may leave.
  expect(desiredOf(ONE, now(75, 2))).toEqual([6]);
  expect(desiredOf(ONE, now(20, 2))).toEqual([6]);
  expect(desiredOf(ONE, now(20, 0))).toEqual([3]);
});

describe('several target tracking policies', () => {
  const policy = (PolicyName: string, TargetValue: number, DisableScaleIn = false) => ({
    PolicyName,
    TargetTrackingConfiguration: {
      TargetValue,
      DisableScaleIn,
      CustomizedMetricSpecification: { MetricName: PolicyName },
    },
  });
  const both = {
    MinSize: 1,
    MaxSize: 40,
    ScalingPolicies: [policy('cpu', 50), policy('net', 100)],
  };
  const now = (cpu: number | null, net: number | null) => [
    {
      nowMs: 0,
      desiredCapacity: 10,
      metrics: {
        cpu: Array.from({ length: 15 }, () => cpu),
        net: Array.from({ length: 15 }, () => net),
      },
    },
  ];

  test.each([
    ['out if any asks', 75, 95, 15],
    ['the larger of two', 75, 180, 18],
    ['out although the other would scale in', 75, 10, 15],
    ['in when all agree, to the larger', 20, 70, 7],
    ['not in while another is near its target', 20, 95, 10],
    ['not in while another has no data', 20, null, 10],
  ])('%s', (_, cpu, net, expected) => {
    expect(desiredOf(both, now(cpu, net))).toEqual([expected]);
  });

  test('one that only scales out has no say in a scale-in', () => {
    const settings = { ...both, ScalingPolicies: [policy('cpu', 50), policy('net', 100, true)] };
    expect(desiredOf(settings, now(20, 95))).toEqual([4]);
  });

  test('each needs a name and a metric of its own', () => {
    const same = { ...both, ScalingPolicies: [policy('cpu', 50), policy('cpu', 60)] };
    const words = complaintsOf(awsTargetTracking, same).join();
    expect(words).toContain('a PolicyName of its own');
    expect(words).toContain('a metric of its own');
    expect(complaintsOf(awsTargetTracking, both)).toEqual([]);
  });
});

test.each([
  [{ TargetValue: 0 }, 'a number above 0'],
  [{ MinSize: 50 }, 'at most MaxSize, 40'],
  [{ lowRatio: 1.2 }, 'up to 1'],
  [
    {
      PredefinedMetricSpecification: { PredefinedMetricType: 'ASGAverageCPUUtilization' },
      CustomizedMetricSpecification: { MetricName: 'x' },
    },
    'one of PredefinedMetricSpecification',
  ],
])('%j is refused', (wrong, words) => {
  expect(complaintsOf(awsTargetTracking, { ...ONE, ...wrong }).join()).toContain(words);
});

const step = (desired: number | undefined): PolicyProposal => ({
  type: 'step-scaling',
  desired,
  reason: 'step',
});
const simple = (desired: number): PolicyProposal => ({
  type: 'simple-scaling',
  desired,
  reason: 'simple',
});
const tracking = (desired: number | undefined, isLow: boolean | undefined): PolicyProposal => ({
  type: 'target-tracking',
  desired,
  isLow,
  reason: 'tracking',
});
const predictive = (desired: number, max?: number): PolicyProposal => ({
  type: 'predictive-scaling',
  desired,
  max,
  reason: 'forecast',
});
const scheduled = (min?: number, max?: number, desired?: number): PolicyProposal => ({
  type: 'scheduled-scaling',
  min,
  max,
  desired,
  reason: 'schedule',
});

// The guide: "Multiple scaling policies", "How scaling policies work", "Predictive scaling".
test.each([
  ['of +1 and +2 the larger', [1, 10, 1], [step(2), simple(3)], 3],
  ['of 8 less three and less 25 %: less two', [1, 10, 8], [step(5), step(6)], 6],
  ['2 and +3 with a maximum of 3', [1, 3, 2], [step(5)], 3],
  ['3 and −2 with a minimum of 2', [2, 10, 3], [step(1)], 2],
  ['10 by tracking and 8 by forecast', [1, 20, 5], [tracking(10, false), predictive(8)], 10],
  ['a forecast never scales in', [1, 20, 9], [predictive(4)], 9],
  ['a forecast limits the scale-in of others', [1, 20, 9], [tracking(3, true), predictive(5)], 5],
  ['a raised maximum: 40, predicted 50, 10 %', [1, 40, 30], [predictive(50, 55)], 50],
  ['a forecast within the maximum', [1, 40, 30], [predictive(50, 40)], 40],
  ['tracking in only with all', [1, 20, 9], [tracking(3, true), tracking(undefined, false)], 9],
  [
    'a disabled scale-in has no say',
    [1, 20, 9],
    [tracking(3, true), tracking(undefined, undefined)],
    3,
  ],
  ['a step in beside a tracker that holds', [1, 20, 9], [step(7), tracking(undefined, false)], 7],
  ['a schedule sets', [1, 20, 9], [scheduled(undefined, undefined, 4)], 4],
  ["a schedule's minimum raises", [1, 20, 9], [scheduled(12)], 12],
  ["a schedule's maximum lowers", [1, 20, 9], [scheduled(undefined, 6)], 6],
  [
    'more than the schedule if asked for',
    [1, 20, 9],
    [scheduled(undefined, undefined, 4), step(11)],
    11,
  ],
  ['no less than the schedule', [1, 20, 9], [scheduled(undefined, undefined, 12), step(7)], 12],
  ['nothing asked for', [1, 20, 9], [step(undefined)], 9],
  ['nothing asked for, out of bounds', [1, 5, 9], [], 5],
] as const)('%s', (_, [min, max, desired], proposals, expected) => {
  expect(combinePolicies({ min, max, desired }, proposals).desired).toBe(expected);
});

test('the reason is that of the policy that won, with the limit', () => {
  const group = { min: 1, max: 6, desired: 4 };
  expect(combinePolicies(group, [step(5), simple(8)]).reason).toBe('simple, limited to max 6');
  expect(combinePolicies(group, []).reason).toBe('no policy asks for a change');
});

test('limits that a schedule sets are handed on, what a forecast raises is not', () => {
  const group = { min: 1, max: 6, desired: 4 };
  const decision = combinePolicies(group, [scheduled(2, 8), predictive(9, 10)]);
  expect(decision).toMatchObject({ min: 2, max: 8, desired: 9 });
});
