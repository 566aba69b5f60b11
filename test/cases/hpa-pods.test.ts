/** Quantities, requests and groups of pods. */
import { describe, expect, test } from 'vitest';
import { goDurationMs } from '../../simulator/model/kubernetes/duration.ts';
import {
  approximateOf,
  formatMilli,
  formatMilliBytes,
  MAX_INT64,
  milliOf,
} from '../../simulator/model/kubernetes/quantity.ts';
import {
  type PodRequests,
  requestOf,
  usageOf,
} from '../../simulator/policies/kubernetes/pod-resources.ts';
import {
  countReadyPods,
  groupOf,
  type PodStatus,
  type Sample,
} from '../../simulator/policies/kubernetes/pods.ts';
import { NOW_MS, SETTINGS } from '../helpers/hpa.ts';

/** Source: documentation of `resource.Quantity`. */
test.each<[string | number, bigint | undefined]>([
  ['500m', 500n],
  ['2', 2000n],
  [2, 2000n],
  [0.5, 500n],
  ['0.5', 500n],
  ['.5', 500n],
  ['5.', 5000n],
  ['+1', 1000n],
  ['-1', -1000n],
  ['1k', 1_000_000n],
  ['1Ki', 1_024_000n],
  ['1Gi', 1_073_741_824_000n],
  ['1.5Gi', 1_610_612_736_000n],
  ['1e3', 1_000_000n],
  ['1E3', 1_000_000n],
  ['12e-1', 1200n],
  ['1P', 1_000_000_000_000_000_000n],
  ['9007199254740993', 9_007_199_254_740_993_000n],
  ['9223372036854775807m', MAX_INT64],
  ['1u', 1n],
  ['1001u', 2n],
  ['-1u', -1n],
  ['0.0001', 1n],
  ['0', 0n],
  ['1E', undefined],
  ['9223372036854775808m', undefined],
  ['', undefined],
  ['.', undefined],
  ['m', undefined],
  ['1 Gi', undefined],
  ['1gi', undefined],
  ['5%', undefined],
  ['0x10', undefined],
  ['1e400', undefined],
  [Number.NaN, undefined],
  [Number.POSITIVE_INFINITY, undefined],
])('thousandths of %s', (quantity, milli) => {
  expect(milliOf(quantity)).toBe(milli);
});

test.each<[string, number]>([
  ['0.1', 0.1],
  ['100m', 0.1],
  ['0', 0],
  ['0.05', 0.05],
  ['2', 2],
])('tolerance %s', (quantity, ratio) => {
  expect(approximateOf(quantity)).toBe(ratio);
});

/** Source: TestBuildQuantity of `horizontal_test.go`, and canonical form of `resource.Quantity`. */
test.each<[bigint, string, string]>([
  [0n, '0', '0'],
  [500n, '500m', '500m'],
  [1500n, '1500m', '1500m'],
  [20_000n, '20', '20'],
  [2_000_000n, '2k', '2000'],
  [1_024_000n, '1024', '1Ki'],
  [1_048_576_000n, '1048576', '1Mi'],
  [1_500_500n, '1500500m', '1501'],
  [-500n, '-500m', '-500m'],
])('%s thousandths are written %s, of memory %s', (milli, text, bytes) => {
  expect(formatMilli(milli)).toBe(text);
  expect(formatMilliBytes(milli)).toBe(bytes);
});

test.each<[string, number | undefined]>([
  ['15s', 15_000],
  ['5m0s', 300_000],
  ['1h30m', 5_400_000],
  ['1.5s', 1500],
  ['250ms', 250],
  ['0', 0],
  ['15', undefined],
  ['-5s', undefined],
  ['5 s', undefined],
  ['', undefined],
])('Go duration %s', (text, ms) => {
  expect(goDurationMs(text)).toBe(ms);
});

function agoMs(seconds: number): number {
  return NOW_MS - 1000 * seconds;
}

function sample(secondsAgo: number, windowSeconds: number): Sample {
  return { usageMilli: 1n, atMs: agoMs(secondsAgo), windowMs: 1000 * windowSeconds };
}

/** A running pod that started and last changed its readiness so many seconds ago. */
function running(
  startSecondsAgo: number | undefined,
  status?: 'True' | 'False' | 'Unknown',
  sinceSecondsAgo = 0,
): PodStatus {
  return {
    phase: 'Running',
    isDeleted: false,
    startMs: startSecondsAgo === undefined ? undefined : agoMs(startSecondsAgo),
    ready: status && { status, sinceMs: agoMs(sinceSecondsAgo) },
  };
}

const LONG_AGO = sample(1e6, 0);

/** Source: TestGroupPods (CPU initialisation 2 min, readiness delay 10 s) and its code. */
describe('groups of pods', () => {
  test.each<[string, PodStatus, Sample | undefined, 'cpu' | 'other', string]>([
    ['memory counts without a Ready condition', running(60), sample(0, 60), 'other', 'ready'],
    ['CPU does not', running(60), LONG_AGO, 'cpu', 'unready'],
    ['nor without a start time', running(undefined, 'True'), LONG_AGO, 'cpu', 'unready'],
    [
      'initialising, ready, and a whole window since: counts',
      running(60, 'True', 30),
      sample(0, 30),
      'cpu',
      'ready',
    ],
    [
      'initialising, ready, the window began before: does not',
      running(60, 'True', 30),
      sample(0, 60),
      'cpu',
      'unready',
    ],
    [
      'initialising, ready, the window began 1 ms before: does not',
      running(60, 'True', 30),
      { ...sample(0, 30), windowMs: 30_001 },
      'cpu',
      'unready',
    ],
    [
      'initialising and not ready: does not',
      running(60, 'False', 30),
      sample(0, 1),
      'cpu',
      'unready',
    ],
    [
      'not ready since 6 s after its start: never was',
      running(600, 'False', 594),
      LONG_AGO,
      'cpu',
      'unready',
    ],
    [
      'not ready since 1 min after its start: was ready once, so it counts',
      running(600, 'False', 540),
      LONG_AGO,
      'cpu',
      'ready',
    ],
    [
      'not ready since exactly the delay after its start: counts',
      running(600, 'False', 590),
      LONG_AGO,
      'cpu',
      'ready',
    ],
    [
      'past initialisation an old sample will do',
      running(180, 'True', 180),
      sample(120, 60),
      'cpu',
      'ready',
    ],
    [
      'at exactly the end of initialisation it is past',
      running(120, 'True', 1),
      sample(0, 60),
      'cpu',
      'ready',
    ],
    [
      'readiness unknown is not unready past initialisation',
      running(600, 'Unknown', 600),
      LONG_AGO,
      'cpu',
      'ready',
    ],
    ['no sample is missing, whether ready or not', running(180), undefined, 'cpu', 'missing'],
    [
      'pending comes before missing',
      { phase: 'Pending', isDeleted: false },
      undefined,
      'cpu',
      'unready',
    ],
    [
      'pending is unready for memory, too',
      { phase: 'Pending', isDeleted: false },
      sample(0, 60),
      'other',
      'unready',
    ],
    [
      'deletion comes before pending',
      { phase: 'Pending', isDeleted: true },
      LONG_AGO,
      'cpu',
      'ignored',
    ],
    ['failed', { phase: 'Failed', isDeleted: false }, LONG_AGO, 'cpu', 'ignored'],
    ['succeeded', { phase: 'Succeeded', isDeleted: false }, LONG_AGO, 'other', 'ignored'],
  ])('%s', (_, pod, seen, resource, group) => {
    expect(groupOf(pod, seen, resource === 'cpu', SETTINGS, NOW_MS)).toBe(group);
  });

  test('ready for values of the whole is running and Ready, at any age', () => {
    const pods = [
      running(0, 'True'),
      running(600, 'False', 1),
      running(600, 'Unknown'),
      running(600),
    ];
    expect(countReadyPods([...pods, { ...running(1, 'True'), phase: 'Pending' }])).toBe(1);
  });
});

const TWO = {
  name: 'p',
  containers: [
    { name: 'one', requests: { cpu: 100n } },
    { name: 'two', requests: { cpu: 50n } },
  ],
  initContainers: [],
} satisfies PodRequests;
const HALF = { ...TWO, containers: [{ name: 'one', requests: {} }, TWO.containers[1]!] };
const WITH_INIT = {
  ...TWO,
  initContainers: [
    { name: 'setup', requests: { cpu: 900n }, isSidecar: false },
    { name: 'proxy', requests: { cpu: 20n }, isSidecar: true },
  ],
} satisfies PodRequests;

/** Source: TestCalculateRequests, and the code beside it. */
describe('requests', () => {
  test.each<[string, PodRequests, string | undefined, boolean, bigint | RegExp]>([
    ['of all containers', TWO, undefined, true, 150n],
    ['of one container', TWO, 'one', true, 100n],
    ['sidecars count, other init containers do not', WITH_INIT, undefined, true, 170n],
    ['a sidecar by name', WITH_INIT, 'proxy', true, 20n],
    ['an init container by name is not there', WITH_INIT, 'setup', true, /no container setup/],
    ['the pod as a whole', { ...TWO, requests: { cpu: 800n } }, undefined, true, 800n],
    ['not where the feature is off', { ...TWO, requests: { cpu: 800n } }, undefined, false, 150n],
    ['not for one container', { ...TWO, requests: { cpu: 800n } }, 'one', true, 100n],
    ['one container without', HALF, undefined, true, /container one of pod p requests no cpu/],
    ['the other container', HALF, 'two', true, 50n],
    ['one without, but the pod has', { ...HALF, requests: { cpu: 800n } }, undefined, true, 800n],
    [
      'the pod requests memory only: CPU at the worst moment, setup with 900',
      { ...WITH_INIT, requests: { memory: 1n } },
      undefined,
      true,
      900n,
    ],
    [
      'a sidecar that stands before it runs beside it: 20 + 900',
      {
        ...WITH_INIT,
        initContainers: WITH_INIT.initContainers.toReversed(),
        requests: { memory: 1n },
      },
      undefined,
      true,
      920n,
    ],
    [
      'the pod requests memory only, and its containers no CPU',
      { ...TWO, containers: [], requests: { memory: 1n } },
      undefined,
      true,
      /pod p requests no cpu/,
    ],
    ['an unknown container', TWO, 'three', true, /no container three in pod p/],
  ])('%s', (_, pod, container, hasPodLevel, request) => {
    const found = requestOf(pod, 'cpu', container, hasPodLevel);
    if (typeof request === 'bigint') expect(found).toBe(request);
    else expect(found).toEqual({ error: expect.stringMatching(request) });
  });
});

/** Source: `metrics/client.go`, getPodMetrics and getContainerMetrics. */
test.each<[string, string | undefined, Record<string, bigint>[], bigint | undefined]>([
  ['usage is that of all containers', undefined, [{ cpu: 200n }, { cpu: 300n }], 500n],
  ['one of them without makes it missing', undefined, [{ cpu: 200n }, {}], undefined],
  ['without containers it is missing', undefined, [], undefined],
  ['of one container', 'c1', [{ cpu: 200n }, { cpu: 300n }], 300n],
  ['that is not there', 'c2', [{ cpu: 200n }, { cpu: 300n }], undefined],
  ['of one container, another without', 'c0', [{ cpu: 200n }, {}], 200n],
])('%s', (_, container, usages, total) => {
  const containers = usages.map((usage, index) => ({ name: `c${index}`, usage }));
  expect(usageOf(containers, 'cpu', container)).toBe(total);
});
