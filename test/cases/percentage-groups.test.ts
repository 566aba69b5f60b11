import { describe, expect, test } from 'vitest';
import {
  decideStaged,
  doesWorse,
  type GroupSeen,
  INITIAL_STAGED_STATE,
  type StagedSettings,
  stagedComplaints,
} from '../../simulator/policies/delivery/percentage-groups.ts';
import {
  groupOfUser,
  isIn,
  murmur3,
  placeOfUser,
} from '../../simulator/policies/delivery/sticky-hash.ts';

const MINUTE = 60_000;
const SETTINGS: StagedSettings = {
  stages: [1, 10, 50, 100].map((percent) => ({ percent, bakeMs: 10 * MINUTE })),
  gate: { requestsMin: 100, errorRatioMargin: 0.001, confidence: 0.99, latencyRatioMax: 1.5 },
};

const fine: GroupSeen = { requests: 10_000, errors: 10, latencyMs: 200 };
const few: GroupSeen = { requests: 50, errors: 50, latencyMs: 9000 };
const failing: GroupSeen = { requests: 1000, errors: 20, latencyMs: 200 };
const slow: GroupSeen = { requests: 1000, errors: 1, latencyMs: 301 };

function watch(...seen: [minute: number, candidate: GroupSeen][]) {
  let state = INITIAL_STAGED_STATE;
  return seen.map(([minute, candidate]) => {
    const observation = { nowMs: minute * MINUTE, baseline: fine, candidate };
    const decision = decideStaged(SETTINGS, observation, state);
    state = decision.state;
    return decision;
  });
}

test('each stage bakes, then the next begins, until all have it', () => {
  const decisions = watch([0, fine], [9.9, fine], [10, fine], [20, fine], [30, fine], [40, fine]);
  expect(decisions.map(({ percent }) => percent)).toEqual([1, 1, 10, 50, 100, 100]);
  expect(decisions.at(-1)!.phase).toBe('Done');
  expect(decisions[2]!.nextAtMs).toBe(20 * MINUTE);
});

test('a stage that is late does not shorten the next', () => {
  const decisions = watch([0, fine], [15, fine], [24, fine], [25, fine]);
  expect(decisions.map(({ percent }) => percent)).toEqual([1, 10, 10, 50]);
});

test('too few requests to judge by: the stage waits, and nobody is sent back', () => {
  const decisions = watch([0, few], [10, few], [20, few], [30, fine]);
  expect(decisions.map(({ percent }) => percent)).toEqual([1, 1, 1, 10]);
  expect(decisions[1]!.reason).toContain('50 of 100 requests');
});

test.each([
  ['errors', failing, 'more errors'],
  ['slowness', slow, "latency 301 ms is above 1.5 × the baseline's 200 ms"],
])('%s send everybody back at once, for good', (_, bad, words) => {
  const decisions = watch([0, fine], [10, fine], [11, bad], [60, fine]);
  expect(decisions.map(({ percent }) => percent)).toEqual([1, 10, 0, 0]);
  expect(decisions[3]).toMatchObject({ phase: 'RolledBack', nextAtMs: null });
  expect(decisions[2]!.reason).toContain(words);
});

describe('does worse', () => {
  const seen = (requests: number, errors: number, latencyMs?: number) => {
    return { requests, errors, latencyMs };
  };
  test.each([
    ['as many errors', seen(1000, 1), false],
    ['a few more, as chance may have it', seen(1000, 4), false],
    ['many more', seen(1000, 20), true],
    ['the same share of many more requests', seen(1_000_000, 2000), false],
    ['more than the margin, of so many that it is no chance', seen(1_000_000, 4000), true],
    ['no requests at all', seen(0, 0), false],
    ['at the border of slowness', seen(1000, 1, 300), false],
    ['beyond it', seen(1000, 1, 301), true],
  ])('%s: %s', (_, candidate, isWorse) => {
    expect(doesWorse(SETTINGS.gate, fine, candidate) !== undefined).toBe(isWorse);
  });
});

test.each([
  [
    'stages that fall',
    {
      stages: [
        { percent: 10, bakeMs: 1 },
        { percent: 5, bakeMs: 1 },
      ],
    },
    'above 10 %',
  ],
  ['more than all', { stages: [{ percent: 101, bakeMs: 1 }] }, 'at most 100 %'],
  ['no confidence', { gate: { ...SETTINGS.gate, confidence: 1 } }, 'above 0.5 and below 1'],
])('settings are refused for %s', (_, more, words) => {
  const [complaint] = stagedComplaints({ ...SETTINGS, ...more }, []);
  expect(complaint!.message).toContain(words);
});

// Vectors that other implementations of MurmurHash3 (x86, 32 bits) publish.
test.each([
  ['', 0, 0],
  ['', 1, 0x514e28b7],
  ['', 0xffffffff, 0x81f16f39],
  ['test', 0, 0xba6bd213],
  ['test', 0x9747b28c, 0x704b81dc],
  ['Hello, world!', 0, 0xc0363e43],
  ['Hello, world!', 0x9747b28c, 0x24884cba],
  ['The quick brown fox jumps over the lazy dog', 0x9747b28c, 0x2fa826cd],
  ['aaa', 0x9747b28c, 0x283e0130],
  ['aa', 0x9747b28c, 0x5d211726],
  ['a', 0x9747b28c, 0x7fa09ea6],
  ['ππππππππ', 0x9747b28c, 0xd58063c1],
])('murmur3 of %j with seed %i', (text, seed, hash) => {
  expect(murmur3(text, seed)).toBe(hash);
});

test('a lone half of a pair of UTF-16 units is hashed as U+FFFD', () => {
  expect(murmur3('\ud800', 0)).toBe(murmur3('\ufffd', 0));
});

test('of 100,000 users about as many are in as the percentage says', () => {
  const users = Array.from({ length: 100_000 }, (_, index) => `user-${index}`);
  for (const percent of [1, 10, 50]) {
    const inside = users.filter((user) => isIn('checkout', user, percent)).length;
    const expected = percent * 1000;
    // Five standard deviations of a binomial count.
    expect(Math.abs(inside - expected)).toBeLessThan(5 * Math.sqrt(expected * (1 - percent / 100)));
  }
});

test('two experiments know nothing of each other', () => {
  const users = Array.from({ length: 40_000 }, (_, index) => `user-${index}`);
  const both = users.filter((user) => isIn('a', user, 50) && isIn('b', user, 50)).length;
  expect(Math.abs(both - 10_000)).toBeLessThan(5 * Math.sqrt(7500));
});

test.each([
  ['nobody at 0 %', 0, false],
  ['everybody at 100 %', 100, true],
])('%s', (_, percent, isInside) => {
  expect(isIn('x', 'anybody', percent)).toBe(isInside);
});

test.each<[string, number[], number]>([
  ['weights of 0 get nobody', [0, 0, 1, 0], 2],
  ['no weight at all', [0, 0], -1],
  ['no group at all', [], -1],
])('groups: %s', (_, weights, group) => {
  expect(groupOfUser('x', 'anybody', weights)).toBe(group);
});

test('groups lie in a row by weight', () => {
  const user = 'somebody';
  const place = placeOfUser('x', user);
  expect(groupOfUser('x', user, [place + 1e-9, 1 - place - 1e-9])).toBe(0);
  expect(groupOfUser('x', user, [place - 1e-9, 1 - place + 1e-9])).toBe(1);
});
