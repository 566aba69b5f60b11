/** Instance refresh, played through minute by minute. */
import { expect, test } from 'vitest';
import {
  type RefreshInstance,
  type RefreshRule,
  startRefresh,
  stepRefresh,
} from '../../simulator/policies/aws/instance-refresh.ts';
import { refreshComplaints } from '../../simulator/policies/aws/refresh-rules.ts';

const MINUTE = 60_000;
const RULE: RefreshRule = {
  minHealthyPercent: 90,
  maxHealthyPercent: 100,
  checkpointPercents: [],
  checkpointDelayMs: 3_600_000,
  skipMatching: false,
  autoRollback: false,
  bakeMs: 0,
};

interface Play {
  readonly rule: RefreshRule;
  readonly count: number;
  readonly warmMinutes: number;
  readonly minutes: number;
  /** Whether new instances ever become ready. */
  readonly isGood?: boolean;
  readonly matching?: number;
  readonly alarmedAt?: number;
}

/** Plays a refresh; a line for each minute in which something moves or the status turns. */
function play({ rule, count, warmMinutes, minutes, isGood = true, matching = 0, alarmedAt }: Play) {
  let instances: RefreshInstance[] = Array.from({ length: count }, (_, id) => ({
    id,
    launchedAtMs: -1,
    matches: id < matching,
    health: 'ready',
  }));
  let state = startRefresh(0);
  let nextId = count;
  let fewestReady = count;
  let most = count;
  const log: string[] = [];
  for (let minute = 0; minute <= minutes; minute++) {
    const nowMs = minute * MINUTE;
    instances = instances.map((one) =>
      (isGood || !one.matches) && nowMs - one.launchedAtMs >= warmMinutes * MINUTE
        ? { ...one, health: 'ready' }
        : one,
    );
    const isAlarmed = minute === alarmedAt;
    const decision = stepRefresh(rule, { nowMs, desired: count, instances, isAlarmed }, state);
    const hasTurned = decision.state.status !== state.status;
    state = decision.state;
    const gone = decision.terminate.length;
    if (gone + decision.launch > 0 || hasTurned) {
      log.push(`${minute}: −${gone} +${decision.launch} ${state.status}`);
    }
    instances = instances.filter(({ id }) => !decision.terminate.includes(id));
    fewestReady = Math.min(
      fewestReady,
      instances.filter(({ health }) => health === 'ready').length,
    );
    for (let i = 0; i < decision.launch; i++) {
      const matches = state.status !== 'RollbackInProgress';
      instances.push({ id: nextId++, launchedAtMs: nowMs, matches, health: 'warming' });
    }
    most = Math.max(most, instances.length);
  }
  return { log, state, fewestReady, most, instances };
}

test("the guide's timeline: checkpoints 20 and 50 of 10, 15 minutes, 80 % healthy", () => {
  const rule = {
    ...RULE,
    minHealthyPercent: 80,
    checkpointPercents: [20, 50],
    checkpointDelayMs: 15 * MINUTE,
  };
  const { log, fewestReady } = play({ rule, count: 10, warmMinutes: 10, minutes: 60 });
  expect(log).toEqual([
    '0: −2 +2 InProgress',
    '25: −2 +2 InProgress',
    '35: −1 +1 InProgress',
    '45: −0 +0 Successful',
  ]);
  expect(fewestReady).toBe(8);
});

test('90 % of ten: one after the other', () => {
  const { log, fewestReady, most, state } = play({
    rule: RULE,
    count: 10,
    warmMinutes: 5,
    minutes: 60,
  });
  expect(log.slice(0, 3)).toEqual([
    '0: −1 +1 InProgress',
    '5: −1 +1 InProgress',
    '10: −1 +1 InProgress',
  ]);
  expect(log.at(-1)).toBe('50: −0 +0 Successful');
  expect({ fewestReady, most, replaced: state.replaced }).toEqual({
    fewestReady: 9,
    most: 10,
    replaced: 10,
  });
});

test.each([
  ['100 % and no surge: one at a time all the same', { minHealthyPercent: 100 }, 3, 4],
  ['90 % of four, rounded up, is all of them: one at a time', {}, 3, 4],
  ['0 %: all at once', { minHealthyPercent: 0 }, 0, 4],
  ['launch before end: 100 to 125 %', { minHealthyPercent: 100, maxHealthyPercent: 125 }, 4, 5],
])('four instances with %s', (_, more, fewestReady, most) => {
  const played = play({ rule: { ...RULE, ...more }, count: 4, warmMinutes: 5, minutes: 60 });
  expect(played).toMatchObject({ fewestReady, most });
  expect(played.state.status).toBe('Successful');
  expect(played.instances).toHaveLength(4);
  expect(played.instances.every(({ matches }) => matches)).toBe(true);
});

test('SkipMatching leaves what matches; all matching succeeds at once', () => {
  const rule = { ...RULE, skipMatching: true, minHealthyPercent: 0 };
  const some = play({ rule, count: 4, warmMinutes: 5, minutes: 30, matching: 3 });
  expect(some.log).toEqual(['0: −1 +1 InProgress', '5: −0 +0 Successful']);
  const all = play({ rule, count: 4, warmMinutes: 5, minutes: 30, matching: 4 });
  expect(all.log).toEqual(['0: −0 +0 Successful']);
  const none = play({
    rule: { ...rule, skipMatching: false },
    count: 4,
    warmMinutes: 5,
    minutes: 30,
    matching: 4,
  });
  expect(none.log).toEqual(['0: −4 +4 InProgress', '5: −0 +0 Successful']);
});

test('after an hour without progress it fails', () => {
  const { log } = play({ rule: RULE, count: 10, warmMinutes: 5, minutes: 90, isGood: false });
  expect(log).toEqual(['0: −1 +1 InProgress', '60: −0 +0 Failed']);
});

test('waiting at a checkpoint for longer than an hour is no failure', () => {
  const rule = { ...RULE, checkpointPercents: [50, 100], checkpointDelayMs: 120 * MINUTE };
  const { log, state } = play({ rule, count: 2, warmMinutes: 5, minutes: 200 });
  expect(log).toEqual(['0: −1 +1 InProgress', '125: −1 +1 InProgress', '130: −0 +0 Successful']);
  expect(state.passed).toBe(1);
});

test('with auto rollback it goes back to the old configuration', () => {
  const rule = { ...RULE, autoRollback: true };
  const { log, instances } = play({ rule, count: 2, warmMinutes: 5, minutes: 90, isGood: false });
  expect(log).toEqual([
    '0: −1 +1 InProgress',
    '60: −0 +0 RollbackInProgress',
    '61: −1 +1 RollbackInProgress',
    '66: −0 +0 RollbackSuccessful',
  ]);
  expect(instances.every(({ matches }) => !matches)).toBe(true);
});

test('an alarm fails it at once, also while it bakes', () => {
  const early = play({ rule: RULE, count: 10, warmMinutes: 5, minutes: 20, alarmedAt: 7 });
  expect(early.log.at(-1)).toBe('7: −0 +0 Failed');
  const baking = { ...RULE, minHealthyPercent: 0, bakeMs: 10 * MINUTE };
  const calm = play({ rule: baking, count: 2, warmMinutes: 5, minutes: 20 });
  expect(calm.log).toEqual(['0: −2 +2 InProgress', '5: −0 +0 Baking', '15: −0 +0 Successful']);
  const late = play({ rule: baking, count: 2, warmMinutes: 5, minutes: 20, alarmedAt: 9 });
  expect(late.log.at(-1)).toBe('9: −0 +0 Failed');
});

test('checkpoints that are skipped over count as reached: 1 of 2 passes 10 and 40', () => {
  const rule = { ...RULE, checkpointPercents: [10, 40, 100], checkpointDelayMs: 10 * MINUTE };
  const { log } = play({ rule, count: 2, warmMinutes: 5, minutes: 40 });
  expect(log).toEqual(['0: −1 +1 InProgress', '15: −1 +1 InProgress', '20: −0 +0 Successful']);
});

test.each([
  [{ minHealthyPercent: 101 }, 'from 0 to 100'],
  [{ maxHealthyPercent: 90 }, 'from 100 to 200'],
  [{ minHealthyPercent: 50, maxHealthyPercent: 160 }, 'at most 150'],
  [{ checkpointPercents: [50, 20] }, 'ascending'],
  [{ checkpointDelayMs: 172_801_000 }, '172800 s'],
])('%j is refused', (wrong, words) => {
  expect(
    refreshComplaints({ ...RULE, ...wrong })
      .map(({ message }) => message)
      .join(),
  ).toContain(words);
  expect(refreshComplaints(RULE)).toEqual([]);
});
