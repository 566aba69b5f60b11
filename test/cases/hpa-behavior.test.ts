/**
 * Stabilisation and rates of an HPA. Numbers from the tables of kubernetes
 * `pkg/controller/podautoscaler/horizontal_test.go`.
 */
import { describe, expect, test } from 'vitest';
import { hpaBehavior } from '../../simulator/decide/hpa-behavior.ts';
import type {
  BehaviorDocument,
  PolicyDocument,
  ScalingRulesDocument,
} from '../../simulator/model/kubernetes/hpa-document.ts';
import type { Plain } from '../../simulator/model/placed.ts';
import {
  type History,
  type ScaleEvent,
  withEvent,
} from '../../simulator/policies/kubernetes/history.ts';
import { hpaSettingsOf } from '../../simulator/policies/kubernetes/hpa-defaults.ts';
import { decideBehavior, normalise } from '../../simulator/policies/kubernetes/normalise.ts';
import { stabiliseBoth, stabiliseDown } from '../../simulator/policies/kubernetes/stabilise.ts';

const NOW_MS = 1_000_000_000;
const MINUTE_MS = 60_000;
const NO_HISTORY: History = { recommendations: [], scaleUpEvents: [], scaleDownEvents: [] };

/** Pods and Percent policies with their periods in seconds; 0: no such policy. */
function rules(
  pods: number,
  podsPeriod: number,
  percent: number,
  percentPeriod: number,
): ScalingRulesDocument {
  const policies: PolicyDocument[] = [];
  if (pods > 0) policies.push({ type: 'Pods', value: pods, periodSeconds: podsPeriod });
  if (percent > 0) policies.push({ type: 'Percent', value: percent, periodSeconds: percentPeriod });
  return { policies, stabilizationWindowSeconds: 0 };
}

/** Changes in the middles of equal parts of the last seconds. */
function spread(changes: readonly number[], seconds = 120): ScaleEvent[] {
  const part = seconds / changes.length;
  return changes.map((replicaChange, index) => ({
    replicaChange,
    atMs: NOW_MS - 1000 * (seconds - part * (index + 0.5)),
    outdated: false,
  }));
}

interface Rate {
  readonly min?: number;
  readonly max?: number;
  readonly up?: ScalingRulesDocument;
  readonly down?: ScalingRulesDocument;
  readonly ups?: readonly number[];
  readonly downs?: readonly number[];
  readonly from: number;
  readonly wanted: number;
  readonly to: number;
}

const NO_WAIT = { stabilizationWindowSeconds: 0 };

function limited(rate: Rate) {
  const behavior: BehaviorDocument = {
    scaleUp: rate.up,
    scaleDown: { ...NO_WAIT, ...rate.down },
  };
  const { min = 1, max = 1000, ups = [], downs = [] } = rate;
  const settings = hpaSettingsOf({ minReplicas: min, maxReplicas: max, behavior });
  const observation = { nowMs: NOW_MS, currentReplicas: rate.from, desiredReplicas: rate.wanted };
  const events = { scaleUpEvents: spread(ups), scaleDownEvents: spread(downs) };
  return normalise(settings, observation, { ...NO_HISTORY, ...events });
}

/** Source: TestScalingWithRules, TestCalculateScale…Limit…. */
describe('rate policies', () => {
  const UPS = [1, 5, 9];
  const FOUR = [8, 12, 9, 11];
  test.each<[string, Rate, string]>([
    ['in range', { from: 5, wanted: 7, min: 3, max: 8, to: 7 }, 'DesiredWithinRange'],
    ['below min', { from: 3, wanted: 1, min: 2, max: 8, to: 2 }, 'TooFewReplicas'],
    ['zero is in range', { from: 1, wanted: 0, min: 0, max: 10, to: 0 }, 'DesiredWithinRange'],
    [
      'max is reached before the rate',
      { from: 20, wanted: 1000, max: 10, to: 10 },
      'TooManyReplicas',
    ],
    ['above max', { from: 100, wanted: 1000, min: 100, max: 150, to: 150 }, 'TooManyReplicas'],
    [
      'one percent of three still adds one',
      { from: 3, wanted: 1000, max: 2000, up: rules(0, 0, 1, 60), to: 4 },
      'ScaleUpLimit',
    ],
    ['default: twice', { from: 10, wanted: 50, to: 20 }, 'ScaleUpLimit'],
    ['default: or four more', { from: 2, wanted: 50, to: 6 }, 'ScaleUpLimit'],
    [
      'pods allow more than percent',
      { from: 10, wanted: 500, up: rules(100, 60, 100, 60), to: 110 },
      'ScaleUpLimit',
    ],
    [
      'percent allows more than pods',
      { from: 10, wanted: 500, up: rules(2, 60, 100, 60), to: 20 },
      'ScaleUpLimit',
    ],
    [
      'pods allow all that is wanted',
      { from: 10, wanted: 50, up: rules(100, 60, 0, 0), to: 50 },
      'DesiredWithinRange',
    ],
    ['pods limit', { from: 10, wanted: 50, up: rules(30, 60, 0, 0), to: 40 }, 'ScaleUpLimit'],
    ['percent limits', { from: 10, wanted: 50, up: rules(0, 0, 200, 60), to: 30 }, 'ScaleUpLimit'],
    [
      'down: pods allow more than percent',
      { from: 100, wanted: 2, down: rules(20, 60, 1, 60), to: 80 },
      'ScaleDownLimit',
    ],
    [
      'down: 2 pods rather than 1 percent, which is 1',
      { from: 100, wanted: 2, down: rules(2, 60, 1, 60), to: 98 },
      'ScaleDownLimit',
    ],
    [
      'down: pods allow more than min does',
      { from: 10, wanted: 0, down: rules(100, 60, 0, 0), to: 1 },
      'TooFewReplicas',
    ],
    [
      'down: percent allows more than min does',
      { from: 10, wanted: 2, min: 5, down: rules(0, 0, 100, 60), to: 5 },
      'TooFewReplicas',
    ],
    [
      'down: pods limit',
      { from: 10, wanted: 2, down: rules(5, 60, 0, 0), to: 5 },
      'ScaleDownLimit',
    ],
    [
      'down: min as large as the rate is min',
      { from: 10, wanted: 2, min: 5, down: rules(5, 60, 0, 0), to: 5 },
      'TooFewReplicas',
    ],
    [
      'down: percent allows what is wanted',
      { from: 10, wanted: 5, down: rules(0, 0, 50, 60), to: 5 },
      'DesiredWithinRange',
    ],
    [
      'earlier growth, but max is nearer',
      { from: 100, wanted: 500, max: 200, up: rules(300, 60, 0, 0), ups: UPS, to: 200 },
      'TooManyReplicas',
    ],
    [
      'more growth in the period than the policy allows now: no more',
      { from: 100, wanted: 500, up: rules(5, 120, 0, 0), ups: UPS, to: 100 },
      'ScaleUpLimit',
    ],
    [
      'growth in the period is taken back: 100 − 15 + 150',
      { from: 100, wanted: 500, up: rules(150, 120, 0, 0), ups: UPS, to: 235 },
      'ScaleUpLimit',
    ],
    [
      'percent of the size at the start: 85 · 3',
      { from: 100, wanted: 500, up: rules(0, 0, 200, 120), ups: UPS, to: 255 },
      'ScaleUpLimit',
    ],
    [
      'changes in both directions count: (6 − 4 + 2) · 4',
      { from: 6, wanted: 24, up: rules(0, 0, 300, 300), ups: [4], downs: [2], to: 16 },
      'ScaleUpLimit',
    ],
    [
      'down: default, whatever went before',
      { from: 10, wanted: 5, downs: UPS, to: 5 },
      'DesiredWithinRange',
    ],
    [
      'down: earlier shrinking, min is nearer',
      { from: 100, wanted: 0, min: 5, down: rules(130, 120, 0, 0), downs: UPS, to: 5 },
      'TooFewReplicas',
    ],
    [
      'down: 100 percent is all, min is nearer',
      { from: 100, wanted: 2, min: 5, down: rules(0, 0, 100, 120), downs: UPS, to: 5 },
      'TooFewReplicas',
    ],
    [
      'down: 100 + 15 − 5 is above what is there: no less',
      { from: 100, wanted: 2, down: rules(5, 120, 0, 0), downs: UPS, to: 100 },
      'ScaleDownLimit',
    ],
    [
      'down: half of 100 + 12',
      { from: 100, wanted: 0, down: rules(0, 0, 50, 120), downs: [2, 4, 6], to: 56 },
      'ScaleDownLimit',
    ],
    [
      'down: both directions: half of 10 − 2 + 4',
      { from: 10, wanted: 1, down: rules(0, 0, 50, 180), ups: [2], downs: [4], to: 6 },
      'ScaleDownLimit',
    ],
    [
      'down: 130 − 10 % = 117 is above what is there: no less',
      { from: 100, wanted: 0, down: rules(0, 0, 10, 120), downs: [10, 10, 10], to: 100 },
      'ScaleDownLimit',
    ],
    [
      'down: 40 − 1000 % is below zero, which is no limit',
      { from: 10, wanted: 5, down: rules(0, 0, 1000, 120), downs: [10, 10, 10], to: 5 },
      'DesiredWithinRange',
    ],
    [
      'events that are older than a policy do not count for it: 100 − 20 + 25',
      { from: 100, wanted: 200, up: rules(25, 60, 0, 0), ups: FOUR, to: 105 },
      'ScaleUpLimit',
    ],
    [
      'a percentage that goes down is cut off: trunc(7 · 0.9) = 6',
      { from: 7, wanted: 1, down: rules(0, 0, 10, 60), to: 6 },
      'ScaleDownLimit',
    ],
    [
      'Min up: the smallest change, 2 of 1 + 2 and ⌈1.5⌉',
      { from: 1, wanted: 9, up: { ...rules(2, 60, 50, 60), selectPolicy: 'Min' }, to: 2 },
      'ScaleUpLimit',
    ],
    [
      'Min down: the smallest change, 3 of 5 − 2 and trunc(2.5)',
      {
        from: 5,
        wanted: 1,
        down: { ...rules(2, 60, 50, 60), selectPolicy: 'Min' },
        to: 3,
      },
      'ScaleDownLimit',
    ],
    [
      'Disabled up',
      { from: 5, wanted: 9, up: { selectPolicy: 'Disabled' }, to: 5 },
      'ScaleUpLimit',
    ],
    [
      'Disabled down',
      { from: 5, wanted: 1, down: { selectPolicy: 'Disabled' }, to: 5 },
      'ScaleDownLimit',
    ],
    [
      'Disabled down does not stop growth',
      { from: 5, wanted: 9, down: { selectPolicy: 'Disabled' }, to: 9 },
      'DesiredWithinRange',
    ],
  ])('%s', (_, rate, limit) => {
    expect(limited(rate)).toMatchObject({ desired: rate.to, limit });
  });

  test('an event exactly as old as the period does not count any more', () => {
    const { scaleUp } = hpaSettingsOf({ maxReplicas: 9, behavior: {} }).behavior!;
    const at = (atMs: number) => ({
      ...NO_HISTORY,
      scaleUpEvents: [{ replicaChange: 10, atMs, outdated: false }],
    });
    const settings = hpaSettingsOf({ maxReplicas: 1000, behavior: {} });
    const observation = { nowMs: NOW_MS, currentReplicas: 20, desiredReplicas: 99 };
    expect(scaleUp.policies[0]!.periodMs).toBe(15_000);
    expect(normalise(settings, observation, at(NOW_MS - 15_000)).desired).toBe(40);
    expect(normalise(settings, observation, at(NOW_MS - 14_999)).desired).toBe(20);
  });
});

/** Source: TestConvertDesiredReplicasWithRules. */
describe('without behavior', () => {
  test.each<[string, number, number, number, number, number, string]>([
    ['in range', 5, 7, 3, 8, 7, 'DesiredWithinRange'],
    ['below min', 3, 1, 2, 8, 2, 'TooFewReplicas'],
    ['zero is in range', 1, 0, 0, 10, 0, 'DesiredWithinRange'],
    ['max before the rate', 20, 1000, 1, 10, 10, 'TooManyReplicas'],
    ['twice', 3, 1000, 1, 2000, 6, 'ScaleUpLimit'],
    ['or four', 1, 1000, 1, 2000, 4, 'ScaleUpLimit'],
    ['max as large as the rate is max', 3, 1000, 1, 6, 6, 'TooManyReplicas'],
    ['down has no rate', 1000, 1, 1, 2000, 1, 'DesiredWithinRange'],
  ])('%s', (_, from, wanted, minReplicas, maxReplicas, desired, limit) => {
    const settings = hpaSettingsOf({ minReplicas, maxReplicas });
    const observation = { nowMs: NOW_MS, currentReplicas: from, desiredReplicas: wanted };
    expect(normalise(settings, observation, NO_HISTORY)).toMatchObject({ desired, limit });
  });
});

/** What was recommended so many minutes ago. */
type Ago = readonly [recommendation: number, minutes: number];

function recommended(history: readonly Ago[]) {
  return history.map(([recommendation, minutes]) => ({
    recommendation,
    atMs: NOW_MS - minutes * MINUTE_MS,
  }));
}

/** Source: TestNormalizeDesiredReplicas (window 5 min); slots from the code. */
describe('stabilisation without behavior', () => {
  const LOW: Ago[] = [
    [1, 2],
    [2, 1],
  ];
  const HIGH: Ago[] = [
    [4, 2],
    [5, 1],
  ];
  const OVER: Ago[] = [
    [10, 10],
    [9, 9],
  ];
  const OLD: Ago[] = [
    [10, 10],
    [4, 1],
    [5, 2],
    [9, 9],
  ];
  test.each<[string, Ago[], number, number, number[], number]>([
    ['nothing before', [], 5, 5, [5], 0],
    ['the largest of the window', HIGH, 3, 5, [4, 5, 3], 240],
    ['all lower: no matter', LOW, 3, 3, [1, 2, 3], 0],
    ['all too old: the last slot is used again', OVER, 3, 3, [10, 3], 0],
    ['some too old', OLD, 3, 5, [10, 4, 5, 3], 180],
    ['exactly as old as the window still counts', [[7, 5]], 3, 7, [7, 3], 0],
  ])('%s', (_, history, proposed, replicas, kept, heldSeconds) => {
    const result = stabiliseDown(recommended(history), proposed, 5 * MINUTE_MS, NOW_MS);
    expect(result.replicas).toBe(replicas);
    expect(result.recommendations.map(({ recommendation }) => recommendation)).toEqual(kept);
    expect(result.heldForMs).toBe(heldSeconds * 1000);
  });
});

/** Source: TestNormalizeDesiredReplicasWithBehavior. */
describe('stabilisation with behavior', () => {
  const OLD: Ago[] = [
    [10, 10],
    [4, 1],
    [5, 2],
    [9, 9],
  ];
  const LOW: Ago[] = [
    [4, 2],
    [5, 1],
  ];
  const OVER: Ago[] = [
    [10, 10],
    [9, 9],
  ];
  const UP: Ago[] = [
    [10, 100],
    [6, 1],
    [5, 2],
    [9, 3],
  ];
  test.each<[string, Ago[], number, number, number, number, number, number[]]>([
    ['nothing before', [], 100, 5, 0, 0, 5, [5]],
    ['down: the largest of the window', LOW, 100, 3, 0, 180, 5, [4, 5, 3]],
    ['up: the smallest of the window', LOW, 1, 7, 300, 0, 4, [4, 5, 7]],
    [
      'the other window does not matter',
      [
        [1, 2],
        [2, 1],
      ],
      100,
      3,
      300,
      0,
      3,
      [1, 2, 3],
    ],
    ['the other window does not matter (2)', LOW, 1, 3, 0, 300, 3, [4, 5, 3]],
    ['down: the last slot is used again', OVER, 100, 3, 0, 0, 3, [10, 3]],
    ['up: the last slot is used again', OVER, 1, 100, 0, 0, 100, [10, 100]],
    ['down: a slot in the middle is kept', OLD, 100, 3, 0, 180, 5, [10, 4, 5, 3]],
    ['up: the slot too old for both windows', UP, 1, 100, 300, 0, 5, [100, 6, 5, 9]],
    [
      'more before, less now: stays',
      [
        [2, 100],
        [3, 3],
      ],
      2,
      1,
      300,
      300,
      2,
      [1, 3],
    ],
    [
      'less before, more now: stays',
      [
        [2, 100],
        [1, 3],
      ],
      2,
      3,
      300,
      300,
      2,
      [3, 1],
    ],
    ['exactly as old as the window does not count', [[9, 3]], 9, 2, 0, 180, 2, [9, 2]],
    ['exactly as old, up', [[4, 5]], 1, 7, 300, 0, 7, [4, 7]],
  ])('%s', (_, history, current, proposed, upSeconds, downSeconds, replicas, kept) => {
    const behavior = hpaSettingsOf({
      maxReplicas: 1000,
      behavior: {
        scaleUp: { stabilizationWindowSeconds: upSeconds },
        scaleDown: { stabilizationWindowSeconds: downSeconds },
      },
    }).behavior!;
    const before = recommended(history);
    const result = stabiliseBoth(before, proposed, current, behavior, NOW_MS);
    expect(result.replicas).toBe(replicas);
    expect(result.recommendations.map(({ recommendation }) => recommendation)).toEqual(kept);
  });
});

/** A change, and how many seconds ago it was. */
type Event = readonly [change: number, seconds: number];

/** Source: TestStoreScaleEvents; a change of 5 is stored. */
describe('events', () => {
  const SIXTY = rules(10, 60, 100, 60);
  test.each<[string, ScalingRulesDocument | undefined, Event[], [number, boolean][]]>([
    ['without behavior none is kept', undefined, [], []],
    ['without behavior old ones stay as they are', undefined, [[7, 61]], [[7, false]]],
    ['the first', SIXTY, [], [[5, false]]],
    ['in the slot of one that is older than the period', SIXTY, [[7, 61]], [[5, false]]],
    [
      'beside one that is not',
      SIXTY,
      [[7, 58]],
      [
        [7, false],
        [5, false],
      ],
    ],
    [
      'exactly as old as the period is not older',
      SIXTY,
      [[7, 60]],
      [
        [7, false],
        [5, false],
      ],
    ],
    [
      'one of two',
      rules(10, 60, 0, 0),
      [
        [7, 61],
        [6, 59],
      ],
      [
        [5, false],
        [6, false],
      ],
    ],
    [
      'the longest period counts; of two that are older the last goes',
      rules(10, 60, 100, 30),
      [
        [8, 29],
        [6, 59],
        [7, 61],
        [9, 61],
      ],
      [
        [8, false],
        [6, false],
        [7, true],
        [5, false],
      ],
    ],
    [
      'none is older than the longest period',
      rules(10, 120, 100, 30),
      [
        [7, 58],
        [6, 59],
      ],
      [
        [7, false],
        [6, false],
        [5, false],
      ],
    ],
  ])('%s', (_, scaling, before, after) => {
    const events = before.map(([replicaChange, seconds]) => ({
      replicaChange,
      atMs: NOW_MS - 1000 * seconds,
      outdated: false,
    }));
    const document = scaling && { scaleUp: scaling, scaleDown: scaling };
    const { behavior } = hpaSettingsOf({ maxReplicas: 9, behavior: document });
    const history = { recommendations: [], scaleUpEvents: events, scaleDownEvents: events };
    const { scaleUpEvents } = withEvent(history, behavior, 10, 15, NOW_MS);
    const { scaleDownEvents } = withEvent(history, behavior, 10, 5, NOW_MS);
    for (const list of [scaleUpEvents, scaleDownEvents]) {
      expect(list.map((one) => [one.replicaChange, one.outdated])).toEqual(after);
    }
  });
});

describe('decide hpa-behavior', () => {
  function said(settings: object, observation: object, state?: object) {
    const line = JSON.parse(JSON.stringify({ settings, observation, state })) as Plain;
    return hpaBehavior.converse()(line).answer!;
  }

  test('outside of the range nothing else is asked', () => {
    const settings = { minReplicas: 2, maxReplicas: 10, behavior: {} };
    const above = { nowMs: NOW_MS, currentReplicas: 12, desiredReplicas: 99 };
    expect(said(settings, above)).toEqual({
      desired: 10,
      stabilized: null,
      stability: null,
      limit: 'TooManyReplicas',
      reason: 'TooManyReplicas: 12 replicas, maxReplicas 10',
      state: {
        recommendations: [],
        scaleUpEvents: [],
        scaleDownEvents: [{ replicaChange: 2, atMs: NOW_MS, outdated: false }],
      },
    });
    const below = { nowMs: NOW_MS, currentReplicas: 1, desiredReplicas: 99 };
    expect(said(settings, below)).toMatchObject({ desired: 2, limit: 'TooFewReplicas' });
  });

  test('says how long it holds', () => {
    const settings = { maxReplicas: 10 };
    const state = { recommendations: [{ recommendation: 8, atMs: NOW_MS - MINUTE_MS }] };
    const observation = { nowMs: NOW_MS, currentReplicas: 8, desiredReplicas: 3 };
    expect(said(settings, observation, state)).toMatchObject({
      desired: 8,
      reason: 'ScaleDownStabilized: 3 proposed; stabilised to 8 for 240 s more',
    });
  });

  test('the flag is the window of a behavior that says none', () => {
    const controller = { downscaleStabilization: '30s' };
    const settings = { maxReplicas: 10, behavior: { scaleUp: {} }, controller };
    const observation = { nowMs: NOW_MS, currentReplicas: 8, desiredReplicas: 3 };
    const ago = (ms: number) => ({ recommendations: [{ recommendation: 8, atMs: NOW_MS - ms }] });
    expect(said(settings, observation, ago(29_999))).toMatchObject({ desired: 8 });
    expect(said(settings, observation, ago(30_000))).toMatchObject({ desired: 3 });
  });

  test('growth of the last period is remembered from line to line', () => {
    const settings = hpaSettingsOf({ maxReplicas: 100, behavior: {} });
    let state = NO_HISTORY;
    const sizes: number[] = [];
    let size = 5;
    for (const seconds of [0, 5, 14, 15, 29]) {
      const observation = { nowMs: 1000 * seconds, currentReplicas: size, desiredReplicas: 60 };
      const { desired, state: after } = decideBehavior(settings, observation, state);
      sizes.push(desired);
      size = desired;
      state = after;
    }
    // 5 → 10; until 15 s have passed that is all; then 10 → 20.
    expect(sizes).toEqual([10, 10, 10, 20, 20]);
  });
});
