/**
 * One pass of an HPA after the other, through its door. Numbers marked with a test's name are those
 * of kubernetes `pkg/controller/podautoscaler/horizontal_test.go`.
 */
import { describe, expect, test } from 'vitest';
import { hpa } from '../../simulator/decide/hpa.ts';
import type { Plain } from '../../simulator/model/placed.ts';
import type { Condition } from '../../simulator/policies/kubernetes/conditions.ts';
import type { HpaDecision, HpaState } from '../../simulator/policies/kubernetes/hpa.ts';

const NOW_MS = 1_000_000_000;
const NO_MEMORY = { recommendations: [] };

function said(settings: object, observation: object, state?: object): HpaDecision {
  const line = { settings, observation: { nowMs: NOW_MS, ...observation }, state };
  const { answer, complaints } = hpa.converse()(JSON.parse(JSON.stringify(line)) as Plain);
  expect(complaints).toBeUndefined();
  return answer as unknown as HpaDecision;
}

/** Pods of two containers that were ready long ago; usage and requests in halves. */
function pods(levels: readonly (number | undefined)[], request = 1000) {
  const two = (key: string, milli: number) =>
    ['container1', 'container2'].map((name) => ({ name, [key]: { cpu: `${milli / 2}m` } }));
  return levels.map((level, index) => ({
    name: `pod-${index}`,
    phase: 'Running',
    startTimeMs: 0,
    conditions: [{ type: 'Ready', status: 'True', lastTransitionTimeMs: 20_000 }],
    containers: two('requests', request).map(({ name, requests }) => ({
      name,
      resources: { requests },
    })),
    ...(level === undefined ? {} : { metrics: { containers: two('usage', level) } }),
  }));
}

const CPU_30 = {
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 30 } },
};
const CPU_50 = {
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } },
};

function external(target: object, name = 'qps') {
  return { type: 'External', external: { metric: { name }, target } };
}

const QPS = external({ type: 'Value', value: '100m' });

function reasons(conditions: readonly Condition[]): string[] {
  return conditions.map(({ type, status, reason }) => `${type}=${status} ${reason}`);
}

const RESCALED = [
  'AbleToScale=True SucceededRescale',
  'ScalingActive=True ValidMetricFound',
  'ScalingLimited=False DesiredWithinRange',
];

describe('metrics', () => {
  test('scales up (TestScaleUpCPU)', () => {
    const settings = { minReplicas: 2, maxReplicas: 6, metrics: [CPU_30] };
    const decision = said(settings, { specReplicas: 3, pods: pods([300, 500, 700]) });
    expect(decision).toMatchObject({
      desired: 5,
      proposed: 5,
      reason:
        'DesiredWithinRange: cpu utilization 50 % of requests, target 30 %: 3 ready pods ask for 5',
    });
    expect(reasons(decision.conditions)).toEqual(RESCALED);
  });

  test('of one container (TestScaleContainerResource)', () => {
    const target = { type: 'Utilization', averageUtilization: 50 };
    const containerResource = { name: 'cpu', container: 'container2', target };
    const metrics = [{ type: 'ContainerResource', containerResource }];
    const settings = { minReplicas: 2, maxReplicas: 6, metrics };
    const observation = { specReplicas: 5, pods: pods([100, 300, 500, 250, 250]) };
    const decision = said(settings, observation, NO_MEMORY);
    expect(decision).toMatchObject({
      desired: 3,
      proposals: [{ metric: 'cpu utilization of container container2' }],
    });
  });

  test('one that cannot be read does not block growth (TestScaleUpOneMetricEmpty)', () => {
    const settings = { minReplicas: 2, maxReplicas: 6, metrics: [CPU_30, QPS] };
    const failed = [{ metric: { name: 'qps' }, error: 'something went wrong' }];
    const seen = { specReplicas: 3, pods: pods([300, 400, 500]), externalMetrics: failed };
    const decision = said(settings, seen);
    expect(decision.desired).toBe(4);
    expect(decision.reason).toContain('; 1 of 2 metrics invalid');
    expect(decision.proposals[1]).toMatchObject({
      invalid: 'FailedGetExternalMetric',
      why: 'something went wrong',
    });
  });

  test('one that cannot be read blocks shrinking (TestNoScaleDownOneMetricEmpty)', () => {
    const settings = { minReplicas: 2, maxReplicas: 6, metrics: [CPU_50, QPS] };
    const seen = { specReplicas: 5, pods: pods([100, 300, 500, 250, 250]) };
    const decision = said(settings, seen, NO_MEMORY);
    expect(decision).toMatchObject({ desired: 5, proposed: null });
    expect(decision.reason).toBe(
      'FailedGetExternalMetric: external metric qps: no value was read; stays at 5',
    );
    expect(reasons(decision.conditions)).toEqual([
      'AbleToScale=True SucceededGetScale',
      'ScalingActive=False FailedGetExternalMetric',
    ]);
    // What was not followed is not remembered either.
    expect(decision.state.recommendations).toEqual([]);
  });

  test('the first that is invalid gives the reason where all are', () => {
    const decision = said({ maxReplicas: 6, metrics: [QPS, CPU_50] }, { specReplicas: 2 });
    expect(decision.reason).toMatch(/^FailedGetExternalMetric: /);
  });

  test('without metrics it is CPU at 80 %', () => {
    const decision = said({ maxReplicas: 9 }, { specReplicas: 2, pods: pods([1600, 1600]) });
    expect(decision.proposals[0]!.why).toBe(
      '160 % of requests, target 80 %: 2 ready pods ask for 4',
    );
  });

  test('a value as large as text only can be is exact', () => {
    const metrics = [external({ type: 'Value', value: '9007199254740993' })];
    const externalMetrics = [{ metric: { name: 'qps' }, values: ['9007199254740993'] }];
    const seen = { specReplicas: 1, pods: pods([0]), externalMetrics };
    expect(said({ maxReplicas: 9, metrics }, seen).proposals[0]!.current).toEqual({
      value: '9007199254740993',
    });
  });

  test('values are told apart by selector, where they say one', () => {
    const selector = (queue: string) => ({ matchLabels: { queue, env: 'prod' } });
    const target = { type: 'AverageValue', averageValue: '10' };
    const metrics = ['a', 'b'].map((queue) => ({
      type: 'External',
      external: { metric: { name: 'depth', selector: selector(queue) }, target },
    }));
    const externalMetrics = [
      {
        metric: { name: 'depth', selector: { matchLabels: { env: 'prod', queue: 'b' } } },
        values: [40, 30],
      },
      { metric: { name: 'depth', selector: selector('a') }, values: [20] },
    ];
    const { proposals } = said({ maxReplicas: 9, metrics }, { specReplicas: 1, externalMetrics });
    expect(proposals.map(({ replicas }) => replicas)).toEqual([2, 7]);
  });

  test('an object is told apart by kind and name, where a value says it', () => {
    const object = (name: string) => ({
      type: 'Object',
      object: {
        describedObject: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name },
        metric: { name: 'requests' },
        target: { type: 'AverageValue', averageValue: '2k' },
      },
    });
    const metrics = [object('main'), object('other')];
    const objectMetrics = [
      {
        metric: { name: 'requests' },
        describedObject: { kind: 'Ingress', name: 'other' },
        value: '10k',
      },
      {
        metric: { name: 'requests' },
        describedObject: { kind: 'Ingress', name: 'main' },
        value: '6k',
      },
    ];
    const { proposals } = said({ maxReplicas: 9, metrics }, { specReplicas: 1, objectMetrics });
    expect(proposals.map(({ replicas }) => replicas)).toEqual([3, 5]);
  });

  test('an Object whose type has no value is taken and then fails, as Kubernetes does', () => {
    const metrics = [
      {
        type: 'Object',
        object: {
          describedObject: { kind: 'Ingress', name: 'main' },
          metric: { name: 'requests' },
          target: { type: 'Value', averageValue: '2k' },
        },
      },
    ];
    const objectMetrics = [{ metric: { name: 'requests' }, value: '10k' }];
    const decision = said({ maxReplicas: 9, metrics }, { specReplicas: 1, objectMetrics });
    expect(decision.proposals[0]!.invalid).toBe('FailedGetObjectMetric');
  });

  test('custom metrics of pods', () => {
    const target = { type: 'AverageValue', averageValue: '15' };
    const metrics = [{ type: 'Pods', pods: { metric: { name: 'qps' }, target } }];
    const rows = [20, 10, 30].map((qps, index) => ({
      name: `${index}`,
      phase: 'Running',
      customMetrics: { qps },
    }));
    expect(said({ maxReplicas: 9, metrics }, { specReplicas: 3, pods: rows }).desired).toBe(4);
  });

  test('one pod without a request makes utilisation invalid, even one that is failed', () => {
    const failed = { name: 'old', phase: 'Failed', containers: [{ name: 'app' }] };
    const seen = { specReplicas: 2, pods: [...pods([400, 400]), failed] };
    const decision = said({ maxReplicas: 9, metrics: [CPU_30] }, seen);
    expect(decision).toMatchObject({ desired: 2 });
    expect(decision.reason).toContain('container app of pod old requests no cpu');
  });

  test('tolerance of each direction, and not where the gate is shut', () => {
    const tight = { scaleUp: { tolerance: '0.01' }, scaleDown: { tolerance: '500m' } };
    const settings = { maxReplicas: 9, metrics: [CPU_50], behavior: tight };
    const at = (percent: number, controller = {}) =>
      said(
        { ...settings, controller },
        { specReplicas: 2, pods: pods([10 * percent, 10 * percent]) },
      ).proposed;
    expect(at(50)).toBe(2);
    expect(at(51)).toBe(3);
    expect(at(25)).toBe(2);
    expect(at(24)).toBe(1);
    const shut = { featureGates: { HPAConfigurableTolerance: false } };
    expect(at(55, shut)).toBe(2);
    expect(at(56, shut)).toBe(3);
    expect(at(24, shut)).toBe(1);
    expect(at(56, { ...shut, toleranceRatio: 0.2 })).toBe(2);
  });

  test('flags say when the CPU of a pod counts', () => {
    const [pod] = pods([900]);
    const since = { type: 'Ready', status: 'False', lastTransitionTimeMs: NOW_MS - 20_000 };
    const unready = { ...pod, startTimeMs: NOW_MS - 60_000, conditions: [since] };
    const seen = { specReplicas: 1, pods: [unready] };
    const counts = (controller: object) =>
      said({ maxReplicas: 9, metrics: [CPU_30], controller }, seen).proposals[0]!.pods;
    expect(counts({})).toMatchObject({ unready: 1 });
    expect(counts({ cpuInitializationPeriod: '60s' })).toMatchObject({ ready: 1 });
    const delayed = { cpuInitializationPeriod: '60s', initialReadinessDelay: '40s' };
    expect(counts(delayed)).toMatchObject({ ready: 1 });
    expect(counts({ ...delayed, initialReadinessDelay: '41s' })).toMatchObject({ unready: 1 });
  });
});

describe('sizes', () => {
  const SETTINGS = { minReplicas: 2, maxReplicas: 6, metrics: [CPU_50] };

  test('above maxReplicas: to maxReplicas at once, and no metric is asked', () => {
    const decision = said(SETTINGS, { specReplicas: 8 });
    expect(decision).toMatchObject({ desired: 6, proposals: [], limit: 'TooManyReplicas' });
    expect(decision.reason).toBe('TooManyReplicas: 8 replicas, maxReplicas 6');
    expect(reasons(decision.conditions)).toEqual(['AbleToScale=True SucceededRescale']);
  });

  test('below minReplicas: to minReplicas at once', () => {
    expect(said(SETTINGS, { specReplicas: 1 })).toMatchObject({
      desired: 2,
      limit: 'TooFewReplicas',
    });
  });

  test('a change to a bound is an event for the rates', () => {
    const decision = said({ ...SETTINGS, behavior: {} }, { specReplicas: 8 });
    expect(decision.state.scaleDownEvents).toEqual([
      { replicaChange: 2, atMs: NOW_MS, outdated: false },
    ]);
  });

  test('more than maxReplicas wanted', () => {
    const decision = said(SETTINGS, { specReplicas: 5, pods: pods(Array(5).fill(1000)) });
    expect(decision).toMatchObject({ desired: 6, proposed: 10, limit: 'TooManyReplicas' });
    expect(reasons(decision.conditions)).toContain('ScalingLimited=True TooManyReplicas');
  });

  test('a controller that has just started does not scale down at once', () => {
    const seen = { specReplicas: 5, pods: pods([100, 100, 100, 100, 100]) };
    const first = said(SETTINGS, seen);
    expect(first).toMatchObject({ desired: 5, proposed: 1 });
    expect(first.reason).toMatch(/^ScaleDownStabilized: .*; stabilised to 5 for 300 s more$/);
    expect(first.state.recommendations).toEqual([
      { recommendation: 5, atMs: NOW_MS },
      { recommendation: 1, atMs: NOW_MS },
    ]);
    const later = (ms: number) => said(SETTINGS, { ...seen, nowMs: NOW_MS + ms }, first.state);
    expect(later(300_000)).toMatchObject({ desired: 5 });
    expect(later(300_001)).toMatchObject({ desired: 2, limit: 'TooFewReplicas' });
  });

  test('with memory of nothing it does', () => {
    const seen = { specReplicas: 5, pods: pods([100, 100, 100, 100, 100]) };
    expect(said(SETTINGS, seen, NO_MEMORY).desired).toBe(2);
  });

  test('a transition is dated by its status, not by its reason', () => {
    const first = said(SETTINGS, { specReplicas: 3, pods: pods([500, 500, 500]) });
    const seen = { nowMs: NOW_MS + 15_000, specReplicas: 3 };
    const { conditions } = said(SETTINGS, seen, first.state);
    expect(conditions).toMatchObject([
      { type: 'AbleToScale', reason: 'SucceededGetScale', lastTransitionMs: NOW_MS },
      { type: 'ScalingActive', status: 'False', lastTransitionMs: NOW_MS + 15_000 },
      { type: 'ScalingLimited', lastTransitionMs: NOW_MS },
    ]);
  });
});

/** Sources: KEP-2021 and `shouldComputeMetricsForZeroReplicas`; TestScaleToZeroBehavior. */
describe('zero', () => {
  const GATE = { featureGates: { HPAScaleToZero: true } };
  const SETTINGS = { minReplicas: 0, maxReplicas: 10, metrics: [QPS], controller: GATE };
  const OWN: Partial<HpaState> = {
    conditions: [
      { type: 'ScaledToZero', status: 'True', reason: 'ScaledToZero', lastTransitionMs: 0 },
    ],
  };
  const read = (value: string) => ({
    externalMetrics: [{ metric: { name: 'qps' }, values: [value] }],
  });

  test('without its own mark, zero is somebody else’s wish', () => {
    const decision = said(SETTINGS, { specReplicas: 0, ...read('1') });
    expect(decision).toMatchObject({ desired: 0, proposals: [] });
    expect(decision.reason).toMatch(/^ScalingDisabled: /);
    expect(reasons(decision.conditions)).toEqual([
      'AbleToScale=True SucceededGetScale',
      'ScalingActive=False ScalingDisabled',
    ]);
  });

  test('with the gate shut it stays at zero, and the mark goes', () => {
    const settings = { ...SETTINGS, minReplicas: 1, controller: {} };
    const decision = said(settings, { specReplicas: 0, ...read('1') }, OWN);
    expect(decision.desired).toBe(0);
    expect(reasons(decision.conditions).join()).not.toContain('ScaledToZero');
  });

  test('goes to zero, marks it, and comes back', () => {
    const down = said(SETTINGS, { specReplicas: 1, pods: pods([0]), ...read('0') }, NO_MEMORY);
    expect(down).toMatchObject({ desired: 0, proposed: 0 });
    expect(reasons(down.conditions)).toContain('ScaledToZero=True ScaledToZero');
    const still = said(SETTINGS, { specReplicas: 0, ...read('0') }, down.state);
    expect(still).toMatchObject({ desired: 0, proposed: 0 });
    expect(reasons(still.conditions)).toContain('ScaledToZero=True ScaledToZero');
    const up = said(SETTINGS, { specReplicas: 0, ...read('250m') }, still.state);
    expect(up).toMatchObject({ desired: 3 });
    expect(reasons(up.conditions)).toContain('ScaledToZero=False NotScaledToZero');
  });

  test('from zero without behavior at most four at once', () => {
    const decision = said(SETTINGS, { specReplicas: 0, ...read('900m') }, OWN);
    expect(decision).toMatchObject({ desired: 4, proposed: 9, limit: 'ScaleUpLimit' });
  });

  test('minReplicas that were raised meanwhile are come back to', () => {
    const settings = { ...SETTINGS, minReplicas: 3 };
    expect(said(settings, { specReplicas: 0, ...read('0') }, OWN).desired).toBe(3);
  });

  test('raised minReplicas ask the metrics of pods, too, which say nothing of no pods', () => {
    const settings = { ...SETTINGS, minReplicas: 3, metrics: [CPU_50] };
    const decision = said(settings, { specReplicas: 0 }, OWN);
    expect(decision.desired).toBe(0);
    expect(decision.reason).toBe('FailedGetResourceMetric: cpu utilization: no pods; stays at 0');
  });

  test('a metric that cannot be read leaves it at zero', () => {
    const decision = said(SETTINGS, { specReplicas: 0 }, OWN);
    expect(decision.desired).toBe(0);
    expect(decision.reason).toMatch(/^FailedGetExternalMetric/);
  });

  test('another rescale takes the mark away', () => {
    const seen = { specReplicas: 1, pods: pods([0]), ...read('250m') };
    const decision = said(SETTINGS, seen, OWN);
    expect(decision.desired).toBe(3);
    expect(reasons(decision.conditions)).toContain('ScaledToZero=False NotScaledToZero');
  });
});
