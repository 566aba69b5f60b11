/** Loads of priority levels: facts of Envoy's `load_balancer_impl_base_test.cc`, and its corners. */
import { describe, expect, test } from 'vitest';
import {
  loadPriorities,
  type PriorityLevel,
  type PrioritySettings,
  pickPriority,
} from '../../simulator/policies/balancing/priority-load.ts';

type Counts = readonly [hosts: number, healthy: number, degraded?: number, excluded?: number];

function level([hosts, healthy, degraded = 0, excluded = 0]: Counts): PriorityLevel {
  return { hosts, healthy, degraded, excluded };
}

function loads(counts: readonly Counts[], settings: Partial<PrioritySettings> = {}) {
  const defaults = { overprovisioningFactor: 140, panicThreshold: 50, isWeighted: false };
  return loadPriorities(counts.map(level), { ...defaults, ...settings });
}

describe('Envoy', () => {
  test.each<[string, Counts[], number[], number[], boolean[]]>([
    [
      'all healthy',
      [
        [1, 1],
        [1, 1],
      ],
      [100, 0],
      [0, 0],
      [false, false],
    ],
    [
      'half of each',
      [
        [2, 1],
        [2, 1],
      ],
      [70, 30],
      [0, 0],
      [false, false],
    ],
    [
      'panic is ignored at 100 %',
      [
        [4, 1],
        [2, 2],
      ],
      [35, 65],
      [0, 0],
      [false, false],
    ],
    [
      'a quarter of each: total panic',
      [
        [4, 1],
        [4, 1],
      ],
      [50, 50],
      [0, 0],
      [true, true],
    ],
    [
      'excluded hosts do not count',
      [
        [4, 1, 0, 3],
        [5, 1],
      ],
      [100, 0],
      [0, 0],
      [false, false],
    ],
    [
      'all excluded',
      [
        [4, 0, 0, 4],
        [4, 1],
      ],
      [50, 50],
      [0, 0],
      [true, true],
    ],
    [
      'total panic counts excluded',
      [
        [4, 0, 0, 1],
        [6, 1, 0, 2],
      ],
      [40, 60],
      [0, 0],
      [true, true],
    ],
    [
      'three levels at 35 %',
      [
        [4, 1],
        [4, 1],
        [4, 1],
      ],
      [35, 35, 30],
      [0, 0, 0],
      [false, false, false],
    ],
    [
      'rounding to the first',
      [
        [5, 1],
        [5, 1],
        [5, 1],
      ],
      [34, 33, 33],
      [0, 0, 0],
      [true, true, true],
    ],
    [
      'the last alone',
      [
        [5, 0],
        [5, 0],
        [5, 4],
      ],
      [0, 0, 100],
      [0, 0, 0],
      [false, false, false],
    ],
    [
      'the last in panic',
      [
        [5, 0],
        [5, 0],
        [5, 2],
      ],
      [34, 33, 33],
      [0, 0, 0],
      [true, true, true],
    ],
    [
      'healthy ones before degraded ones',
      [
        [5, 0, 5],
        [5, 2, 2],
        [5, 2],
      ],
      [0, 56, 44],
      [0, 0, 0],
      [false, false, false],
    ],
    [
      'all down',
      [
        [5, 0],
        [3, 0],
        [2, 0],
      ],
      [50, 30, 20],
      [0, 0, 0],
      [true, true, true],
    ],
    [
      'all down, rounded',
      [
        [5, 0],
        [6, 2],
        [3, 1],
      ],
      [37, 42, 21],
      [0, 0, 0],
      [true, true, true],
    ],
    [
      'spills over into degraded',
      [
        [5, 0, 1],
        [5, 0, 5],
        [5, 1],
      ],
      [0, 0, 28],
      [28, 44, 0],
      [false, false, false],
    ],
  ])('%s', (_, counts, healthyLoads, degradedLoads, panics) => {
    expect(loads(counts)).toMatchObject({ healthyLoads, degradedLoads, panics });
  });

  test('a factor of 100 % takes the plain share', () => {
    const { healthyLoads } = loads(
      [
        [4, 2],
        [4, 2],
      ],
      { overprovisioningFactor: 100 },
    );
    expect(healthyLoads).toEqual([50, 50]);
  });

  test.each([
    // Weights 3 and 3 healthy, 2 and 2 not.
    [{ hosts: 10, healthy: 6, degraded: 0, excluded: 0 }, [4, 2], [60, 40]],
    // Weights 4 healthy, 10 excluded, 6 not.
    [{ hosts: 20, healthy: 4, degraded: 0, excluded: 10 }, [3, 1, 0, 1], [40, 60]],
  ] as const)('health by weights %o', (weights, counts, expected) => {
    const one = { hosts: 1, healthy: 1, degraded: 0, excluded: 0 };
    const levels = [
      { ...level(counts), weights },
      { ...level([1, 1]), weights: one },
    ];
    const settings = { overprovisioningFactor: 100, panicThreshold: 50, isWeighted: true };
    expect(loadPriorities(levels, settings).healthyLoads).toEqual(expected);
  });
});

describe('corners', () => {
  test('without panic and without health, all goes to level 0, which does not panic', () => {
    const { healthyLoads, panics } = loads(
      [
        [3, 0],
        [3, 0],
      ],
      { panicThreshold: 0 },
    );
    expect([healthyLoads, panics]).toEqual([
      [100, 0],
      [false, false],
    ]);
  });

  test('without panic, what rounding leaves goes to the first degraded level', () => {
    // 2 of 5 and 1 of 5 degraded: 56 and 28 of 84: ⌊66.7⌋ and ⌊33.3⌋, and 1.
    const { degradedLoads } = loads(
      [
        [5, 0],
        [5, 0, 2],
        [5, 0, 1],
      ],
      { panicThreshold: 0 },
    );
    expect(degradedLoads).toEqual([0, 67, 33]);
  });

  test('without any host all goes to level 0, in panic', () => {
    const { healthyLoads, isTotalPanic } = loads([
      [0, 0],
      [0, 0],
    ]);
    expect([healthyLoads, isTotalPanic]).toEqual([[100, 0], true]);
  });

  test('exactly half is no panic', () => {
    expect(
      loads([
        [10, 5],
        [10, 1],
      ]).panics,
    ).toEqual([false, true]);
  });

  test.each([
    [0, 0, 'healthy'],
    [39, 0, 'healthy'],
    [40, 1, 'healthy'],
    [50, 0, 'degraded'],
    [79, 0, 'degraded'],
    [80, 1, 'degraded'],
    [99, 1, 'degraded'],
  ])('a draw of %i of 100 is level %i, %s', (drawn, expected, kind) => {
    const both = { healthyLoads: [40, 10], degradedLoads: [30, 20] };
    expect(pickPriority(both, () => drawn)).toEqual({ level: expected, kind });
  });
});
