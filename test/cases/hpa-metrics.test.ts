/**
 * What metrics of an HPA ask for. Numbers from the tables of kubernetes
 * `pkg/controller/podautoscaler/replica_calculator_test.go`, whose pods have two containers; the
 * sums of both stand here.
 */
import { describe, expect, test } from 'vitest';
import { MAX_INT64 } from '../../simulator/model/kubernetes/quantity.ts';
import { combine, type Proposal, propose } from '../../simulator/policies/kubernetes/proposals.ts';
import { sumOfSeries } from '../../simulator/policies/kubernetes/value-metric.ts';
import {
  cpuUtilization,
  externalMetric,
  objectMetric,
  type PodsFixture,
  podsMetric,
  proposeForPods,
  proposeForValues,
  SETTINGS,
} from '../helpers/hpa.ts';

const NO_YES_YES = [false, true, true];
const FOUR_OF_WHICH_TWO = [true, true, false, false];
const FIVE = [100, 300, 500, 250, 250];
const THREE_THEN_NEW = [3, 3, 3, 0, 0];

describe('CPU utilisation', () => {
  test.each<[string, number, PodsFixture, number, number]>([
    ['scales up', 30, { current: 3, levels: [300, 500, 700] }, 5, 50],
    [
      'an unready pod counts as idle when scaling up, so it grows less',
      30,
      { current: 3, levels: [300, 500, 700], isReady: NO_YES_YES },
      4,
      60,
    ],
    [
      'a pod that has just started counts as unready',
      30,
      { current: 3, levels: [300, 500, 700], ageMinutes: [0, 3, 3] },
      4,
      60,
    ],
    [
      'with two unready pods the second look is within tolerance of a change, and nothing is done',
      30,
      { current: 3, levels: [400, 500, 700], isReady: [true, false, false] },
      3,
      40,
    ],
    [
      'the same while they start',
      30,
      {
        current: 3,
        levels: [400, 500, 700],
        isReady: [true, false, false],
        ageMinutes: [3, 0, 0],
      },
      3,
      40,
    ],
    [
      'failed pods are not there',
      30,
      {
        current: 2,
        levels: [500, 700],
        isReady: FOUR_OF_WHICH_TWO,
        phases: ['Running', 'Running', 'Failed', 'Failed'],
      },
      4,
      60,
    ],
    [
      'succeeded pods are not there',
      30,
      {
        current: 2,
        levels: [500, 700],
        isReady: FOUR_OF_WHICH_TWO,
        phases: ['Running', 'Running', 'Succeeded', 'Succeeded'],
      },
      4,
      60,
    ],
    [
      'pods that are being deleted are not there',
      30,
      {
        current: 2,
        levels: [500, 700],
        requests: [1000, 1000, 1000, 1000],
        isReady: FOUR_OF_WHICH_TWO,
        isDeleted: [false, false, true, true],
      },
      4,
      60,
    ],
    [
      'an unready pod brings nine at 34 % within tolerance of 30 %',
      30,
      {
        current: 10,
        levels: Array.from({ length: 10 }, () => 340),
        isReady: Array.from({ length: 10 }, (_, pod) => pod > 0),
      },
      10,
      34,
    ],
    ['scales down', 50, { current: 5, levels: FIVE }, 3, 28],
    [
      'unready pods do not count when scaling down',
      50,
      { current: 5, levels: FIVE, isReady: [true, true, true, false, false] },
      2,
      30,
    ],
    [
      'pods that have just started do not count when scaling down',
      50,
      { current: 5, levels: FIVE, ageMinutes: THREE_THEN_NEW },
      2,
      30,
    ],
    [
      'pods that are not scheduled do not count when scaling down',
      50,
      {
        current: 5,
        levels: [100],
        isReady: [true, false, false, false, false],
        phases: ['Running', 'Pending', 'Pending', 'Pending', 'Pending'],
      },
      1,
      10,
    ],
    [
      'utilisation is weighted by requests: 3060 of 3000',
      100,
      { current: 3, levels: [1010, 1030, 1020], requests: [900, 1000, 1100] },
      3,
      102,
    ],
    [
      'without tolerance one percent is enough',
      100,
      {
        current: 3,
        levels: [909, 1010, 1111],
        requests: [900, 1000, 1100],
        tolerance: { upRatio: 0, downRatio: 0 },
      },
      4,
      101,
    ],
    [
      'tolerance of 200 % when scaling up',
      100,
      {
        current: 3,
        levels: [1890, 1910, 1900],
        requests: [900, 1000, 1100],
        tolerance: { upRatio: 2, downRatio: 0.1 },
      },
      3,
      190,
    ],
    [
      'tolerance of scaling down does not help when scaling up',
      100,
      {
        current: 3,
        levels: [1100, 1080, 1090],
        requests: [900, 1000, 1100],
        tolerance: { upRatio: 0.08, downRatio: 2 },
      },
      4,
      109,
    ],
    [
      'within 36 % of tolerance when scaling down',
      100,
      {
        current: 3,
        levels: [660, 640, 650],
        requests: [900, 1000, 1100],
        tolerance: { upRatio: 0.1, downRatio: 0.36 },
      },
      3,
      65,
    ],
    [
      'outside of 34 % of tolerance when scaling down',
      100,
      {
        current: 3,
        levels: [660, 640, 650],
        requests: [900, 1000, 1100],
        tolerance: { upRatio: 0.1, downRatio: 0.34 },
      },
      2,
      65,
    ],
    [
      'two of four samples missing: full when scaling down; 24 % is 24.75 cut off',
      100,
      { current: 4, levels: [400, 95] },
      3,
      24,
    ],
    ['a missing sample at the target changes nothing', 100, { current: 2, levels: [1000] }, 2, 100],
    [
      'a missing sample counts as idle when scaling up',
      100,
      { current: 2, levels: [1900] },
      2,
      190,
    ],
    [
      'a missing sample counts as full when scaling down',
      100,
      { current: 2, levels: [600] },
      2,
      60,
    ],
    [
      'one unready, one missing, one within tolerance',
      50,
      { current: 3, levels: [100, 450], isReady: NO_YES_YES },
      3,
      45,
    ],
    [
      'one unready, one missing, one at four times the target: both count as idle',
      50,
      { current: 3, levels: [100, 2000], isReady: NO_YES_YES },
      4,
      200,
    ],
    [
      'one unready, one missing when scaling down: the unready one is left out, the other is full',
      50,
      { current: 4, levels: [100, 100, 100], isReady: [false, true, true, true] },
      3,
      10,
    ],
    [
      'a target above 100 % is what a missing pod is taken to use',
      300,
      {
        current: 4,
        levels: [200, 100, 100],
        requests: [1000, 1000, 2000, 2000],
        isReady: [false, true, true, true],
      },
      2,
      6,
    ],
    [
      'a surge pod without a sample does not turn a scale-down into a scale-up',
      50,
      { current: 2, levels: [100, 100], phases: ['Running', 'Running', 'Running'] },
      2,
      10,
    ],
  ])('%s', (_, percent, fixture, replicas, averageUtilization) => {
    const proposal = proposeForPods(cpuUtilization(percent), fixture);
    expect(proposal).toMatchObject({ replicas, current: { averageUtilization } });
  });

  test('ten pods at 50 % of 300m each: 56 % asks for 9, 55 % for no change', () => {
    const requests = [400, 200, 310, 290, 302, 298, 301, 299, 300, 300];
    const fixture = { current: 10, levels: Array.from({ length: 10 }, () => 150), requests };
    expect(proposeForPods(cpuUtilization(56), fixture).replicas).toBe(9);
    expect(proposeForPods(cpuUtilization(55), fixture).replicas).toBe(10);
  });

  test('exact where doubles are not: 2^56 − 1 of 2^56 is 99 %, not 100 %', () => {
    const requests = Array.from({ length: 8 }, () => 2 ** 53);
    const fixture = { current: 8, levels: requests.with(0, 2 ** 53 - 1), requests };
    expect(Math.trunc((100 * (2 ** 56 - 1)) / 2 ** 56)).toBe(100);
    const proposal = proposeForPods(cpuUtilization(50), fixture);
    expect(proposal.current!.averageUtilization).toBe(99);
  });
});

describe('a CPU metric is invalid', () => {
  test.each<[string, PodsFixture, string]>([
    ['without pods', { current: 0, levels: [] }, 'no pods'],
    ['without any sample', { current: 4, levels: [] }, 'no pod has a sample'],
    [
      'where the only sample is of an unready pod',
      { current: 1, levels: [100], isReady: [false] },
      'no ready pod has a sample',
    ],
    [
      'where nothing is requested',
      { current: 1, levels: [100], requests: [0] },
      'the pods request nothing',
    ],
  ])('%s', (_, fixture, why) => {
    const proposal = proposeForPods(cpuUtilization(50), fixture);
    expect(proposal).toMatchObject({ why, invalid: 'FailedGetResourceMetric' });
    expect(proposal.replicas).toBeUndefined();
  });
});

describe('averages of pods', () => {
  const NEW_AND_OLD = [0, 3, 0];
  test.each<[string, number, PodsFixture, number, string]>([
    ['scales up', 15_000, { current: 3, levels: [20_000, 10_000, 30_000] }, 4, '20'],
    [
      'readiness does not matter for a custom metric',
      15_000,
      {
        current: 3,
        levels: [50_000, 10_000, 30_000],
        isReady: [true, true, false],
        ageMinutes: [3, 3, 0],
      },
      6,
      '30',
    ],
    [
      'the average is cut off at a thousandth: 31666, not 31667',
      15_000,
      {
        current: 3,
        levels: [50_000, 15_000, 30_000],
        isReady: [false, true, false],
        ageMinutes: NEW_AND_OLD,
      },
      7,
      '31666m',
    ],
    [
      'scales down',
      20_000,
      { current: 5, levels: [12_000, 12_000, 12_000, 12_000, 12_000] },
      3,
      '12',
    ],
    ['within tolerance', 20_000, { current: 3, levels: [20_000, 21_000, 21_000] }, 3, '20666m'],
    [
      'outside of 1 % of tolerance',
      20_000,
      {
        current: 3,
        levels: [20_000, 21_000, 21_000],
        tolerance: { upRatio: 0.01, downRatio: 0.1 },
      },
      4,
      '20666m',
    ],
    [
      'at the target missing samples change nothing',
      20_000,
      { current: 5, levels: [20_000, 19_000, 21_000] },
      5,
      '20',
    ],
    [
      'a missing sample counts as the target when scaling down: ⌈50 / 20⌉',
      20_000,
      { current: 4, levels: [10_000, 10_000, 10_000] },
      3,
      '10',
    ],
    [
      'a surge pod without a sample does not turn a scale-down into a scale-up',
      17_000,
      { current: 2, levels: [10_000, 10_000], phases: ['Running', 'Running', 'Running'] },
      2,
      '10',
    ],
  ])('%s', (_, milli, fixture, replicas, averageValue) => {
    const proposal = proposeForPods(podsMetric(milli), fixture);
    expect(proposal).toMatchObject({ replicas, current: { averageValue } });
  });

  test('memory is written in powers of 1024', () => {
    const target = { type: 'AverageValue', milli: 1_073_741_824_000n } as const;
    const fixture = { current: 2, levels: [2_147_483_648_000, 2_147_483_648_000] };
    const proposal = proposeForPods({ type: 'Resource', resource: 'memory', target }, fixture);
    expect(proposal).toMatchObject({ replicas: 4, current: { averageValue: '2Gi' } });
    expect(proposal.why).toBe('2Gi a pod, target 1Gi: 2 ready pods ask for 4');
  });
});

const ONE_READY = [false, true, false];
const ONE_PERCENT = { upRatio: 0.01, downRatio: 0.1 };

describe('one value of the whole', () => {
  test.each<[string, bigint, bigint, Omit<PodsFixture, 'levels'>, number]>([
    ['scales up', 20_000n, 15_000n, { current: 3 }, 4],
    ['goes no further than an int32', MAX_INT64, 1n, { current: 3 }, 2_147_483_647],
    ['is multiplied by ready pods', 50_000n, 10_000n, { current: 3, isReady: ONE_READY }, 5],
    ['scales down', 12_000n, 20_000n, { current: 5 }, 3],
    ['within tolerance', 20_666n, 20_000n, { current: 3 }, 3],
    ['outside of 1 % of tolerance', 20_666n, 20_000n, { current: 3, tolerance: ONE_PERCENT }, 4],
    [
      'twice the target is 2 with one ready pod',
      8600n,
      4400n,
      { current: 3, isReady: ONE_READY },
      2,
    ],
    [
      'within tolerance it stays at what is specified, not at what is ready',
      20_666n,
      20_000n,
      { current: 3, isReady: ONE_READY },
      3,
    ],
    ['at 0 replicas the ratio itself, without tolerance', 20_001n, 20_000n, { current: 0 }, 2],
    ['at 0 replicas and 0 it stays there', 0n, 20_000n, { current: 0 }, 0],
  ])('%s', (_, value, target, fixture, replicas) => {
    for (const metric of [objectMetric('Value', target), externalMetric('Value', target)]) {
      expect(proposeForValues(metric, fixture, [value]).replicas).toBe(replicas);
    }
  });
});

test('only a value outside of tolerance asks how many pods there are', () => {
  const replicas = { spec: 1, status: 1, ready: undefined };
  const scene = { settings: SETTINGS, nowMs: 0, pods: [], replicas };
  const metric = objectMetric('Value', 20_000n);
  expect(propose(scene, metric, { valuesMilli: [20_666n] })).toMatchObject({ replicas: 1 });
  const outside = propose(scene, metric, { valuesMilli: [40_000n] });
  expect(outside).toMatchObject({ invalid: 'FailedGetObjectMetric', why: 'no pods' });
});

describe('a value per pod', () => {
  test.each<[string, bigint, bigint, Omit<PodsFixture, 'levels'>, number, string]>([
    ['scales up', 8600n, 2150n, { current: 3 }, 4, '2867m'],
    ['scales down', 8600n, 2867n, { current: 5 }, 3, '1720m'],
    ['within tolerance', 8600n, 2900n, { current: 3 }, 3, '2867m'],
    [
      'outside of 1 % of tolerance',
      8600n,
      2800n,
      { current: 3, tolerance: ONE_PERCENT },
      4,
      '2867m',
    ],
    [
      'goes no further than an int32',
      MAX_INT64,
      1n,
      { current: 1 },
      2_147_483_647,
      '9223372036854775807m',
    ],
    ['as large a target', MAX_INT64, MAX_INT64, { current: 1 }, 1, '9223372036854775807m'],
    ['at 0 replicas', 20_000n, 5000n, { current: 0 }, 4, '0'],
    ['nothing at 0 replicas', 0n, 5000n, { current: 0 }, 0, '0'],
    [
      'it is status.replicas that count, and that it stays at',
      8600n,
      2900n,
      { current: 7, status: 3 },
      3,
      '2867m',
    ],
  ])('%s', (_, value, target, fixture, replicas, averageValue) => {
    const metrics = [objectMetric('AverageValue', target), externalMetric('AverageValue', target)];
    for (const metric of metrics) {
      const proposal = proposeForValues(metric, fixture, [value]);
      expect(proposal).toMatchObject({ replicas, current: { averageValue } });
    }
  });
});

test.each<[string, bigint[], 'Value' | 'AverageValue', bigint]>([
  ['series are summed', [2n, 3n, 5n], 'Value', 10n],
  ['over an int64 the sum stops', [2n ** 62n, 2n ** 62n], 'Value', MAX_INT64],
  ['once stopped it stays', [2n ** 62n, 2n ** 62n, -5n], 'Value', MAX_INT64],
  ['below 0 is a value', [-5n, 2n], 'Value', -3n],
  ['below 0 is taken for too large, per pod', [-5n, 9n], 'AverageValue', MAX_INT64],
])('%s', (_, values, type, sum) => {
  expect(sumOfSeries(values, type)).toBe(sum);
});

function proposed(replicas: number | undefined): Proposal {
  const named = { metric: 'm', why: 'so' };
  return replicas === undefined
    ? { ...named, invalid: 'FailedGetPodsMetric' }
    : { ...named, replicas };
}

/** Source: `computeReplicasForMetrics`. */
test.each<[string, (number | undefined)[], number, number | undefined]>([
  ['the largest proposal counts', [2, 7, 4], 3, 7],
  ['also downwards', [2, 1], 3, 2],
  ['an invalid metric does not block a scale-up', [undefined, 4], 3, 4],
  ['nor staying', [3, undefined], 3, 3],
  ['it does block a scale-down', [undefined, 2], 3, undefined],
  ['all invalid: nothing is done', [undefined, undefined], 3, undefined],
  ['0 is a proposal like any other', [0], 3, 0],
])('%s', (_, proposals, current, replicas) => {
  expect(combine(proposals.map(proposed), current).replicas).toBe(replicas);
});
