import { expect, test } from 'vitest';
import {
  GroupControl,
  type ObservedInstance,
} from '../../fixtures/staging/controller/group-control.ts';
import type { InstanceState } from '../../fixtures/staging/controller/instance.ts';
import { utilizationMeter } from '../../fixtures/staging/controller/utilization.ts';
import type { Scaling } from '../../simulator/model/model.ts';
import type { MetricName } from '../../simulator/model/scaling-settings.ts';
import type { ControlDecision } from '../../simulator/policies/scaling-control.ts';
import { scalable } from '../helpers/models.ts';

function settings(metric: MetricName, threshold: number): Scaling {
  return scalable(1, 8, [
    {
      type: 'step-scaling',
      minMagnitude: 1,
      alarm: {
        metric,
        comparison: 'above',
        threshold,
        periodMs: 10_000,
        evaluationPeriods: 1,
        datapointsToAlarm: 1,
        missingData: 'missing',
      },
      steps: [{ lower: 0, upper: undefined, change: { type: 'change-in-capacity', by: 2 } }],
    },
  ]);
}

function seen(
  name: string,
  state: InstanceState,
  atMs: number,
  requests: number,
  busyMs = 0,
): ObservedInstance {
  return {
    name,
    state,
    ...SINCE_0,
    reading: { requests, busyMs, insideMs: 0, queued: 0, servers: 4, atMs },
  };
}

const T0 = 500_000;
const SINCE_0 = { startedAtMs: 0, readyAtMs: 0 } as const;

function noChance(): number {
  throw new Error('nothing is drawn');
}

function decisionAt(
  nowMs: number,
  control: GroupControl,
  desired: number,
  instances: readonly ObservedInstance[],
): ControlDecision {
  control.scrape(nowMs, instances);
  return control.decide(nowMs, desired, instances)!;
}

function valueAt(
  metric: MetricName,
  before: readonly ObservedInstance[],
  after: readonly ObservedInstance[],
): number | undefined {
  const control = new GroupControl(settings(metric, 1e9), noChance);
  control.begin(before);
  const { observation } = decisionAt(10_000, control, after.length, after);
  expect(observation.datapoints).toHaveLength(1);
  return observation.datapoints[0]!.value;
}

test('the metric is the mean over instances past their warm-up', () => {
  const before = [seen('a', 'ready', T0, 100), seen('b', 'ready', T0, 50)];
  const after = [
    seen('a', 'ready', T0 + 10_000, 1100),
    seen('b', 'ready', T0 + 10_000, 2050),
    seen('c', 'warming', T0 + 10_000, 9000),
  ];
  expect(valueAt('requests-per-instance', before, after)).toBe(150);
});

test('a scrape that was late is taken in proportion: the rate is what counts', () => {
  const before = [seen('a', 'ready', T0 + 10, 0)];
  const after = [seen('a', 'ready', T0 + 10_060, 1005)];
  expect(valueAt('requests-per-instance', before, after)).toBeCloseTo(100, 9);
});

test('utilisation is busy time over the time of all servers', () => {
  const before = [seen('a', 'ready', T0, 0, 1000)];
  const after = [seen('a', 'ready', T0 + 10_000, 0, 31_000)];
  expect(valueAt('utilization', before, after)).toBe(0.75);
});

test('an instance that came during the period counts from 0, over the whole period', () => {
  expect(valueAt('requests-per-instance', [], [seen('b', 'ready', T0 + 10_000, 400)])).toBe(40);
});

test('nobody past the warm-up, or nobody who answers, is a missing datapoint', () => {
  const warming = [seen('a', 'warming', T0 + 10_000, 500)];
  expect(valueAt('requests-per-instance', [], warming)).toBeUndefined();
  const silent: ObservedInstance[] = [
    { name: 'a', state: 'ready', ...SINCE_0, reading: undefined },
  ];
  expect(valueAt('requests-per-instance', [], silent)).toBeUndefined();
});

test('an instance that did not answer once has its rate over both periods', () => {
  const control = new GroupControl(settings('requests-per-instance', 1e9), noChance);
  control.begin([seen('a', 'ready', T0, 0)]);
  decisionAt(10_000, control, 1, [{ name: 'a', state: 'ready', ...SINCE_0, reading: undefined }]);
  const after = [seen('a', 'ready', T0 + 20_000, 3000)];
  const { observation } = decisionAt(20_000, control, 1, after);
  expect(observation.datapoints[0]!.value).toBe(150);
});

test('booting and warming instances are in the observation, and count as asked for', () => {
  const control = new GroupControl(settings('requests-per-instance', 100), noChance);
  control.begin([seen('a', 'ready', T0, 0)]);
  const { observation, desired } = decisionAt(10_000, control, 3, [
    seen('a', 'ready', T0 + 10_000, 2000),
    seen('b', 'warming', T0 + 10_000, 0),
    { name: 'c', state: 'booting', ...SINCE_0, reading: undefined },
    seen('d', 'draining', T0 + 10_000, 0),
  ]);
  expect(observation).toMatchObject({ nowMs: 10_000, desired: 3, booting: 1, warming: 1 });
  expect(desired).toBe(3);
});

test('a group without policies never wants to be called', () => {
  const control = new GroupControl(scalable(1, 1, []), noChance);
  expect(control.nextMs(0)).toBe(Number.POSITIVE_INFINITY);
});

test('the meter shows the busy share since the sample before', () => {
  const meter = utilizationMeter();
  const at = (name: string, atMs: number, busyMs: number, servingSinceMs = 0) => ({
    name,
    servingSinceMs,
    reading: { requests: 0, busyMs, insideMs: 0, queued: 0, servers: 2, atMs },
  });
  expect(meter([at('a', 1000, 700)])).toBeNull();
  expect(meter([at('a', 2000, 1700)])).toBe(0.5);
  // One that began to serve in between counts from then on: 1000 + 500 of 2000 + 1000 server-ms.
  expect(meter([at('a', 3000, 2700), at('b', 3000, 500, 2500)])).toBe(0.5);
  expect(meter([])).toBeNull();
});
