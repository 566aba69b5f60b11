/** Facts of the tests of the Kubernetes deployment controller, and by hand. */
import { describe, expect, test } from 'vitest';
import type { IntOrPercent } from '../../simulator/policies/delivery/fenceposts.ts';
import { proportionalCounts } from '../../simulator/policies/delivery/proportional-scaling.ts';
import {
  availableCount,
  decideRolling,
  INITIAL_ROLLING_STATE,
  ROLLING_DEFAULTS,
  type RollingSet,
  type RollingSettings,
  rollingComplaints,
} from '../../simulator/policies/delivery/rolling-update.ts';

const set = (revision: string, desired: number, available = desired): RollingSet => {
  return { revision, desired, available, ready: available };
};

function settings(maxSurge: IntOrPercent, maxUnavailable: IntOrPercent, replicas = 10) {
  return { ...ROLLING_DEFAULTS, replicas, maxSurge, maxUnavailable } satisfies RollingSettings;
}

function once(rule: RollingSettings, newSet: RollingSet | undefined, ...oldSets: RollingSet[]) {
  return decideRolling(rule, { nowMs: 0, newSet, oldSets }, INITIAL_ROLLING_STATE).desired;
}

// rolling_test.go: reconcileNewReplicaSet
test.each([
  ['no surge, no room', 0, 10, 0, 0],
  ['surge of two', 2, 10, 0, 2],
  ['what is free and the surge', 2, 5, 0, 7],
  ['surge is used up', 2, 10, 2, 2],
  ['too many: down to the replicas', 2, 2, 11, 10],
])('the new set: %s', (_, surge, old, before, after) => {
  expect(once(settings(surge, 0), set('v2', before, 0), set('v1', old, 0)).newSet).toBe(after);
});

// rolling_test.go: reconcileOldReplicaSets. Where nothing may be unavailable, nothing goes (the
// test of the controller asks of this row only that it does something).
test.each([
  ['two may be missing', 2, set('v2', 0), set('v1', 10), 8],
  ['the two that are missing go', 2, set('v2', 0), set('v1', 10, 8), 8],
  ['one is missing and one more may be', 2, set('v2', 0), set('v1', 10, 9), 8],
  ['a new version that does not start takes nothing away', 2, set('v2', 2, 0), set('v1', 8), 8],
  ['what the new set has available may go', 2, set('v2', 2, 2), set('v1', 8), 6],
  ['too few are available', 2, set('v2', 0), set('v1', 10, 1), 8],
])('the old set: %s', (_, unavailable, newSet, oldSet, after) => {
  expect(once(settings(0, unavailable), newSet, oldSet).oldSets).toEqual([after]);
});

test('of several old sets the unhealthy pods go first, then the oldest', () => {
  const desired = once(settings(0, 3), set('v3', 0), set('v1', 4), set('v2', 6, 5));
  // Ten pods, seven must stay: the one of v2 that is not available, then two of v1.
  expect(desired.oldSets).toEqual([2, 5]);
});

test('up comes before down, never both in one pass', () => {
  const rule = settings(3, 2);
  expect(once(rule, set('v2', 0), set('v1', 10))).toEqual({ newSet: 3, oldSets: [10] });
  expect(once(rule, set('v2', 3, 0), set('v1', 10))).toEqual({ newSet: 3, oldSets: [8] });
  expect(once(rule, set('v2', 3, 0), set('v1', 8))).toEqual({ newSet: 5, oldSets: [8] });
});

test('the controller comment, case 1: pods that crash stop it; after an undo they go', () => {
  const rule = settings(3, 2);
  expect(once(rule, set('v2', 5, 0), set('v1', 8, 7))).toEqual({ newSet: 5, oldSets: [8] });
  // Undone: v1 is wanted again; 13 − 8 − 1 = 4 of the crashing pods go.
  expect(once(rule, set('v1', 8, 7), set('v2', 5, 0)).oldSets).toEqual([1]);
});

describe('a size that changes in the middle of a roll-out (sync_test.go)', () => {
  type Sized = readonly [revision: string, desired: number];
  test.each<
    [
      string,
      from: Sized,
      to: Sized,
      news: number | undefined,
      old: number[],
      number | undefined,
      number[],
    ]
  >([
    ['one set: 10 → 12', ['', 10], ['', 12], 10, [], 12, []],
    ['one set: 10 → 5', ['', 10], ['', 5], 10, [], 5, []],
    ['5 → 10', ['', 5], ['', 10], 2, [3], 4, [6]],
    ['5 → 3', ['', 5], ['', 3], 2, [3], 1, [2]],
    ['9 → 4', ['', 9], ['', 4], 8, [1], 4, [0]],
    ['7 → 10', ['', 7], ['', 10], 2, [2, 3], 3, [3, 4]],
    ['13 → 8', ['', 13], ['', 8], 2, [3, 8], 1, [2, 5]],
    ['3 → 4: what is over goes to the newest', ['', 3], ['', 4], 1, [1, 1], 2, [1, 1]],
    ['3 → 2: the oldest gives', ['', 3], ['', 2], 1, [1, 1], 1, [0, 1]],
    ['4 → 5 without a new set', ['', 4], ['', 5], undefined, [2, 2], undefined, [2, 3]],
    ['6 → 0', ['', 6], ['', 0], 3, [1, 2], 0, [0, 0]],
    ['0 → 6', ['', 0], ['', 6], 0, [0, 0], 6, [0, 0]],
    ['surge of 2: 10 → 20', ['2', 10], ['2', 20], 6, [6], 11, [11]],
    ['surge changes, too: 10 + 3 → 50 + 6', ['3', 10], ['6', 50], 5, [8], 22, [34]],
    ['with a new template: 10 → 14', ['', 10], ['', 14], undefined, [3, 7], undefined, [4, 10]],
  ])('%s', (_, [surgeBefore, before], [surge, after], news, old, expectedNew, expectedOld) => {
    const was = { replicas: before, most: before + Number(surgeBefore) };
    const newSet = news === undefined ? undefined : set('new', news);
    const oldSets = old.map((desired, index) => set(`old-${index}`, desired));
    const all = newSet === undefined ? oldSets : [newSet, ...oldSets];
    const scaledFor = Object.fromEntries(all.map(({ revision }) => [revision, was]));
    const size = { replicas: after, most: after + Number(surge) };
    const counts = proportionalCounts(size, newSet, oldSets, scaledFor);
    const sizeOf = ({ revision, desired }: RollingSet) => counts.get(revision) ?? desired;
    expect(newSet && sizeOf(newSet)).toBe(expectedNew);
    expect(oldSets.map(sizeOf)).toEqual(expectedOld);
  });

  test('sets that were scaled for nothing share by what there is', () => {
    const zero = { replicas: 0, most: 0 };
    const scaledFor = { a: zero, b: zero, new: zero };
    const oldSets = [set('a', 3), set('b', 5)];
    const size = { replicas: 19, most: 20 };
    const counts = proportionalCounts(size, set('new', 14), oldSets, scaledFor);
    expect([...counts.values()]).toEqual([3, 5, 12]);
  });

  test('a new set that is there in full lets the others go', () => {
    const counts = proportionalCounts({ replicas: 2, most: 3 }, set('new', 2), [set('old', 1)], {});
    expect(counts.get('old')).toBe(0);
  });

  test('… a broken one does not', () => {
    const counts = proportionalCounts(
      { replicas: 2, most: 3 },
      set('new', 2, 0),
      [set('old', 1)],
      {},
    );
    expect(counts.get('old')).toBe(1);
  });

  test('a lone set that has the new size already is scaled for the old one ever after', () => {
    const scaledFor = { old: { replicas: 9, most: 10 }, new: { replicas: 9, most: 10 } };
    const seen = { nowMs: 0, newSet: set('new', 0), oldSets: [set('old', 1)] };
    const state = { ...INITIAL_ROLLING_STATE, scaledFor };
    const first = decideRolling(settings(1, 0, 1), seen, state);
    expect(first.desired).toEqual({ newSet: 0, oldSets: [1] });
    expect(decideRolling(settings(1, 0, 1), seen, first.state).desired).toEqual(first.desired);
  });

  test('the policy notices by what the sets were last scaled for', () => {
    const seen = { nowMs: 0, newSet: set('v2', 2), oldSets: [set('v1', 3)] };
    const small = settings(0, 1, 5);
    const { state } = decideRolling(small, seen, INITIAL_ROLLING_STATE);
    const { desired, reason } = decideRolling({ ...small, replicas: 10 }, seen, state);
    expect(desired).toEqual({ newSet: 4, oldSets: [6] });
    expect(reason).toContain('in proportion');
  });
});

describe('progress', () => {
  const rule = { ...settings(1, 0, 2), progressDeadlineMs: 60_000 };
  function watch(...seen: [seconds: number, newSet: RollingSet, oldSet: RollingSet][]) {
    let state = INITIAL_ROLLING_STATE;
    return seen.map(([seconds, newSet, oldSet]) => {
      const observation = { nowMs: seconds * 1000, newSet, oldSets: [oldSet] };
      const decision = decideRolling(rule, observation, state);
      state = decision.state;
      return [decision.state.isTimedOut, decision.isComplete];
    });
  }

  test('the deadline passes without any; one more available pod heals it', () => {
    const stuck = set('v2', 1, 0);
    const old = set('v1', 2);
    const seen = watch(
      [0, stuck, old],
      [59, stuck, old],
      [60, stuck, old],
      [61, set('v2', 1), old],
    );
    expect(seen).toEqual([
      [false, false],
      [false, false],
      [true, false],
      [false, false],
    ]);
  });

  test('complete: all new, all available, none old; it never times out', () => {
    const seen = watch([0, set('v2', 2), set('v1', 0)], [1000, set('v2', 2), set('v1', 0)]);
    expect(seen).toEqual([
      [false, true],
      [false, true],
    ]);
  });
});

test.each([
  ['at once without minReadySeconds', [0, 9000, null], 0, 2],
  ['after minReadySeconds', [0, 9000, null], 5000, 1],
  ['at the very moment', [5000], 5000, 1],
])('available %s', (_, readySinceMs, minReadyMs, count) => {
  expect(availableCount(readySinceMs, minReadyMs, 10_000)).toBe(count);
});

test.each<[string, Partial<RollingSettings>, string]>([
  ['both 0', { maxSurge: 0, maxUnavailable: 0 }, 'both can not be zero'],
  ['more than all', { maxUnavailable: '200%' }, 'at most 100%'],
  ['the deadline', { minReadyMs: 600_000 }, 'more than minReadySeconds, 600 s (Kubernetes)'],
])('settings are refused for %s', (_, more, words) => {
  const [complaint] = rollingComplaints({ ...settings('25%', '25%'), ...more }, []);
  expect(complaint!.message).toContain(words);
});
