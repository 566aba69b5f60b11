import { expect, test } from 'vitest';
import type { Scaling } from '../../simulator/model/model.ts';
import type {
  AlarmSettings,
  StepScalingSettings,
  TargetTrackingSettings,
} from '../../simulator/model/scaling-settings.ts';
import { roundPercentChange } from '../../simulator/policies/aws/adjustment.ts';
import { decideGroup, initialGroupState } from '../../simulator/policies/aws/group.ts';
import { stepScaling } from '../../simulator/policies/aws/step-scaling.ts';
import { targetTracking } from '../../simulator/policies/aws/target-tracking.ts';
import { pickTerminations } from '../../simulator/policies/aws/termination.ts';
import type { ScalingObservation } from '../../simulator/policies/scaling.ts';
import { scalable } from '../helpers/models.ts';

const CPU_60: AlarmSettings = {
  metric: 'utilization',
  comparison: 'above',
  threshold: 60,
  periodMs: 60_000,
  evaluationPeriods: 1,
  datapointsToAlarm: 1,
  missingData: 'missing',
};

function percentSteps(minMagnitude = 1): StepScalingSettings {
  const percent = (byRatio: number) => ({ type: 'percent-change-in-capacity', byRatio }) as const;
  return {
    type: 'step-scaling',
    alarm: CPU_60,
    minMagnitude,
    steps: [
      { lower: 0, upper: 10, change: percent(0.1) },
      { lower: 10, upper: undefined, change: percent(0.3) },
    ],
  };
}

function scaleInSteps(): StepScalingSettings {
  return {
    type: 'step-scaling',
    alarm: { ...CPU_60, comparison: 'below', threshold: 40 },
    minMagnitude: 1,
    steps: [
      { lower: -10, upper: 0, change: { type: 'change-in-capacity', by: 0 } },
      {
        lower: undefined,
        upper: -10,
        change: { type: 'percent-change-in-capacity', byRatio: -0.3 },
      },
    ],
  };
}

function seeing(overrides: Partial<ScalingObservation>): ScalingObservation {
  return { nowMs: 0, desired: 10, booting: 0, warming: 0, datapoints: [], ...overrides };
}

// The worked example of the EC2 Auto Scaling user guide: 10 instances, 60–70: +10 %, from 70: +30
// %.
test.each([
  ['a metric at 60 adds 10 % of ten', 60, 0, 10, 11],
  ['69.9 is still in the first step', 69.9, 0, 10, 11],
  ['70 is in the second step: its lower bound is inclusive', 70, 0, 10, 13],
  ['one of 11 warming counts as asked for: 30 % of ten, not of eleven', 75, 1, 11, 13],
  ['what is warming already covers a smaller step', 65, 3, 13, 13],
])('step scaling: %s', (_, value, warming, desired, expected) => {
  expect(stepScaling(percentSteps(), value, seeing({ desired, warming })).desired).toBe(expected);
});

test('step scaling below the threshold: the upper bound is inclusive, the lower exclusive', () => {
  expect(stepScaling(scaleInSteps(), 30, seeing({})).desired).toBe(7);
  expect(stepScaling(scaleInSteps(), 30.1, seeing({})).desired).toBe(10);
  expect(stepScaling(scaleInSteps(), 40, seeing({})).desired).toBe(10);
});

test('step scaling: an instance that is warming up blocks a scale-in', () => {
  const proposal = stepScaling(scaleInSteps(), 20, seeing({ warming: 1 }));
  expect(proposal.desired).toBeUndefined();
  expect(proposal.reason).toContain('waits for 1 warming up');
});

test('step scaling: a percent change moves at least the minimum magnitude', () => {
  expect(stepScaling(percentSteps(2), 60, seeing({ desired: 4 })).desired).toBe(6);
});

test.each([
  [12.7, 12],
  [6.67, 6],
  [0.67, 1],
  [-0.58, -1],
  [-6.67, -6],
  [0, 0],
  [3 - 1e-12, 3],
])('a percent change of %f instances rounds to %i', (change, expected) => {
  expect(roundPercentChange(change)).toBe(expected);
});

const TRACKING: TargetTrackingSettings = {
  type: 'target-tracking',
  metric: 'utilization',
  target: 0.5,
  periodMs: 60_000,
  highPeriods: 3,
  lowPeriods: 15,
  lowRatio: 0.9,
  scaleIn: true,
};

test.each([
  ['4 at 75 % with a target of 50 % become 6', 'out', 0.75, 4, 0, 6],
  ['a fraction buys an instance on the way out', 'out', 0.51, 4, 0, 5],
  ['a fraction keeps an instance on the way in', 'in', 0.26, 4, 0, 3],
  ['an exact ratio buys nothing', 'out', 0.55, 10, 0, 11],
  ['warming ones are asked for already', 'out', 0.75, 6, 2, 6],
] as const)('target tracking: %s', (_, direction, value, desired, warming, expected) => {
  const { desired: proposed } = targetTracking(
    TRACKING,
    direction,
    value,
    seeing({ desired, warming }),
  );
  expect(proposed).toBe(expected);
});

function runGroup(settings: Scaling, values: readonly (number | undefined)[], desired: number) {
  let state = initialGroupState(settings);
  let size = desired;
  const sizes: number[] = [];
  values.forEach((value, minute) => {
    const nowMs = (minute + 1) * 60_000;
    const datapoints = [{ metric: 'utilization' as const, periodMs: 60_000, value }];
    const decision = decideGroup(settings, seeing({ nowMs, desired: size, datapoints }), state);
    state = decision.state;
    size = decision.desired;
    sizes.push(size);
  });
  return sizes;
}

test('target tracking scales out after three minutes and in after fifteen', () => {
  const group = scalable(1, 20, [TRACKING]);
  expect(runGroup(group, [0.6, 0.6, 0.6], 10)).toEqual([10, 10, 12]);
  const low = runGroup(group, Array(15).fill(0.25), 10);
  expect(low.slice(0, 14)).toEqual(Array(14).fill(10));
  expect(low[14]).toBe(5);
});

test('between 90 % of the target and the target nothing happens', () => {
  const group = scalable(1, 20, [TRACKING]);
  expect(new Set(runGroup(group, Array(30).fill(0.46), 10))).toEqual(new Set([10]));
});

test('of several policies the largest capacity wins, and scale-in needs every tracker', () => {
  const picky: TargetTrackingSettings = { ...TRACKING, target: 0.2, lowRatio: 0.5 };
  const group = scalable(1, 40, [TRACKING, picky]);
  // 0.25 is low for a target of 50 %, but high for one of 20 %.
  expect(runGroup(group, Array(15).fill(0.25), 8).at(-1)).toBeGreaterThanOrEqual(8);
  // 0.15 is low for the first and within the band of the second: nobody moves.
  expect(runGroup(group, Array(20).fill(0.15), 8).at(-1)).toBe(8);
});

test('two trackers that want less agree even when their alarms turn at different times', () => {
  const slower: TargetTrackingSettings = { ...TRACKING, lowPeriods: 17 };
  const group = scalable(1, 40, [TRACKING, slower]);
  expect(runGroup(group, Array(18).fill(0.1), 10).at(-1)).toBeLessThan(10);
});

test('the group stays within min and max and says so', () => {
  const group = scalable(2, 11, [TRACKING]);
  const datapoints = [{ metric: 'utilization' as const, periodMs: 60_000, value: 0.9 }];
  let state = initialGroupState(group);
  let reason = '';
  for (let minute = 1; minute <= 3; minute++) {
    const decision = decideGroup(group, seeing({ nowMs: minute * 60_000, datapoints }), state);
    state = decision.state;
    reason = decision.reason;
    if (minute === 3) expect(decision.desired).toBe(11);
  }
  expect(reason).toContain('limited to max 11');
});

test('the oldest instances go first', () => {
  const instances = [
    { id: 3, launchedAtMs: 5 },
    { id: 1, launchedAtMs: 9 },
    { id: 2, launchedAtMs: 5 },
  ];
  expect(pickTerminations(instances, 2)).toEqual([2, 3]);
  expect(pickTerminations(instances, -1)).toEqual([]);
});
