/** A/B tests and bandits: published numbers, and by hand. */
import { expect, test } from 'vitest';
import { chiSquareTail } from '../../simulator/distributions/chi-square.ts';
import { normalQuantile } from '../../simulator/distributions/normal.ts';
import { stream } from '../../simulator/engine/random.ts';
import {
  type BanditSettings,
  type BanditState,
  banditComplaints,
  initialBandit,
  learn,
  pickArm,
  regretOf,
} from '../../simulator/policies/delivery/bandit.ts';
import { type Chance, chanceOf, drawBeta } from '../../simulator/policies/delivery/chance.ts';
import {
  sampleRatio,
  twoProportions,
  wilson,
} from '../../simulator/policies/delivery/proportions.ts';

// Tables of critical values at 5 %.
test.each([
  [3.841458820694124, 1],
  [5.991464547107979, 2],
  [7.814727903251178, 3],
  [9.487729036781154, 4],
  [18.307038053275146, 10],
  [19.675137572682495, 11],
])('chi-square: P(X > %f) with %i degrees is 5 %%', (x, degrees) => {
  expect(chiSquareTail(x, degrees)).toBeCloseTo(0.05, 12);
});

test('chi-square: everything is above 0, next to nothing far out', () => {
  expect(chiSquareTail(0, 3)).toBe(1);
  expect(chiSquareTail(2000, 3)).toBe(0);
});

test.each([
  [0.975, 1.959963984540054],
  [0.5, 0],
  [0.995, 2.5758293035489],
  [1e-10, -6.361340902404056],
  [0, Number.NEGATIVE_INFINITY],
  [1, Number.POSITIVE_INFINITY],
])('normal quantile of %f is %f', (p, z) => {
  expect(normalQuantile(p)).toBeCloseTo(z, 10);
});

test('the difference of 56 of 70 and 48 of 80 (Newcombe 1998, table II, method 10)', () => {
  const [a, b] = [
    { trials: 80, successes: 48 },
    { trials: 70, successes: 56 },
  ];
  const { difference } = twoProportions(a, b, 0.95);
  expect(difference.mean).toBeCloseTo(0.2, 10);
  expect(difference.low).toBeCloseTo(0.0524, 4);
  expect(difference.high).toBeCloseTo(0.3339, 4);
});

test.each([
  // Newcombe 1998, table II: none of ten and none of twenty; all of ten, twice.
  [10, 0, 20, 0, -0.1611, 0.2775],
  [10, 10, 10, 10, -0.2775, 0.2775],
])('Newcombe: %i with %i, %i with %i', (n, x, m, y, low, high) => {
  const first = { trials: m, successes: y };
  const { difference } = twoProportions(first, { trials: n, successes: x }, 0.95);
  expect(difference.low).toBeCloseTo(low, 4);
  expect(difference.high).toBeCloseTo(high, 4);
});

test.each([
  [100, 50, 0.4038, 0.5962],
  [10, 0, 0, 0.2775],
  [10, 10, 0.7225, 1],
])("Wilson's interval of %i with %i", (trials, successes, low, high) => {
  const interval = wilson({ trials, successes }, 0.95);
  expect(interval.low).toBeCloseTo(low, 4);
  expect(interval.high).toBeCloseTo(high, 4);
});

test('the pooled z test: 10 % and 12 % of 1000', () => {
  const { z, pValue } = twoProportions(
    { trials: 1000, successes: 100 },
    { trials: 1000, successes: 120 },
    0.95,
  );
  // 0.02 / √(0.11 · 0.89 · 2 / 1000) = 1.42931; twice the tail beyond it is 0.15292.
  expect(z).toBeCloseTo(1.42931, 4);
  expect(pValue).toBeCloseTo(0.1529, 3);
});

test('no success anywhere says nothing', () => {
  const none = { trials: 10, successes: 0 };
  expect(twoProportions(none, none, 0.95)).toMatchObject({ z: 0, pValue: 1 });
});

test.each<[string, number[], number[], number, boolean]>([
  ['the paper of Fabijan et al.: 821588 and 815482', [821_588, 815_482], [1, 1], 1.8e-6, true],
  ['as planned', [5000, 5000], [1, 1], 1, false],
  ['as far off as chance goes', [5050, 4950], [1, 1], 0.3173, false],
  ['three groups as planned', [200, 300, 500], [2, 3, 5], 1, false],
  ['users in a group of weight 0', [10, 1], [1, 0], 0, true],
  ['nobody yet', [0, 0], [1, 1], 1, false],
])('sample ratio: %s', (_, counts, weights, pValue, isMismatch) => {
  const seen = sampleRatio(counts, weights);
  expect(seen.isMismatch).toBe(isMismatch);
  expect(seen.pValue).toBeCloseTo(pValue, 4);
});

/** Chance that says what it is told. */
function fixed(...uniforms: number[]): Chance {
  return { uniform: () => uniforms.shift() ?? 0.5, normal: () => 0 };
}

const arms = (...counts: [picks: number, reward: number][]): BanditState => {
  return { arms: counts.map(([picks, reward]) => ({ picks, reward })) };
};

const GREEDY: BanditSettings = { type: 'epsilon-greedy', epsilon: 0.1 };
const DECAYING: BanditSettings = { type: 'epsilon-greedy', epsilon: 0.5, decayPicks: 100 };

test.each<[string, BanditSettings, BanditState, Chance, number]>([
  ['no arm', GREEDY, arms(), fixed(), -1],
  ['ε-greedy takes the best', GREEDY, arms([10, 1], [10, 5], [10, 3]), fixed(0.1), 1],
  ['ε-greedy explores below ε', GREEDY, arms([10, 1], [10, 5], [10, 3]), fixed(0.0999, 0.99), 2],
  ['ε-greedy tries what was never tried', GREEDY, arms([10, 10], [0, 0]), fixed(0.5), 1],
  ['ε shrinks: 0.5 · 100 / 400', DECAYING, arms([100, 9], [200, 1]), fixed(0.126), 0],
  ['ε shrinks: below it, it explores', DECAYING, arms([100, 9], [200, 1]), fixed(0.124, 0.9), 1],
  ['ucb1 tries each first', { type: 'ucb1' }, arms([1, 1], [0, 0]), fixed(), 1],
  // ln 100 = 4.605: 0.5 + √(9.21 / 90) = 0.820, 0.4 + √(9.21 / 10) = 1.360.
  ['ucb1 hopes for what was tried little', { type: 'ucb1' }, arms([90, 45], [10, 4]), fixed(), 1],
  [
    'ucb1 takes the better of two as often tried',
    { type: 'ucb1' },
    arms([50, 30], [50, 20]),
    fixed(),
    0,
  ],
])('%s', (_, settings, state, chance, arm) => {
  expect(pickArm(settings, state, chance).arm).toBe(arm);
});

test('Thompson takes an arm as often as it may be the best', () => {
  const chance = chanceOf(stream(7, 0, 'bandit', 'thompson'));
  const thompson: BanditSettings = { type: 'thompson', priorSuccesses: 1, priorFailures: 1 };
  // Beta(2, 1) beats Beta(1, 1) with probability 2/3: ∫ x · 2x dx.
  const state = arms([1, 1], [0, 0]);
  const picks = Array.from({ length: 20_000 }, () => pickArm(thompson, state, chance).arm);
  const share = picks.filter((arm) => arm === 0).length / picks.length;
  expect(Math.abs(share - 2 / 3)).toBeLessThan(5 * Math.sqrt(2 / 9 / 20_000));
});

test.each([
  [1, 1],
  [2, 5],
  [0.5, 0.5],
  [30, 70],
])('draws of Beta(%f, %f) have its mean and variance', (alpha, beta) => {
  const chance = chanceOf(stream(11, 0, 'beta', `${alpha}/${beta}`));
  const count = 40_000;
  const draws = Array.from({ length: count }, () => drawBeta(alpha, beta, chance));
  const mean = draws.reduce((sum, draw) => sum + draw, 0) / count;
  const variance = draws.reduce((sum, draw) => sum + (draw - mean) ** 2, 0) / count;
  const all = alpha + beta;
  const expected = (alpha * beta) / (all * all * (all + 1));
  expect(Math.abs(mean - alpha / all)).toBeLessThan(5 * Math.sqrt(expected / count));
  expect(variance / expected).toBeGreaterThan(0.95);
  expect(variance / expected).toBeLessThan(1.05);
});

test('what is learnt is counted', () => {
  const state = learn(learn(initialBandit(2), 1, 1), 1, 0.25);
  expect(state).toEqual(arms([0, 0], [2, 1.25]));
});

test.each([
  ['a reward above 1', 0, 1.5],
  ['a reward that is none', 0, Number.NaN],
  ['an arm that is not there', 2, 1],
])('%s is no news', (_, arm, reward) => {
  expect(() => learn(initialBandit(2), arm, reward)).toThrow(RangeError);
});

test('regret is what was lost against the best arm', () => {
  expect(regretOf([0.1, 0.3], arms([10, 0], [90, 0]))).toBeCloseTo(2, 12);
});

test.each<[string, BanditSettings, string]>([
  ['ε', { type: 'epsilon-greedy', epsilon: 1.5 }, 'a probability of 0 to 1'],
  ['decay', { type: 'epsilon-greedy', epsilon: 0.5, decayPicks: 0 }, 'picks above 0'],
  ['a prior', { type: 'thompson', priorSuccesses: 0, priorFailures: 1 }, 'a prior above 0'],
])('settings are refused for %s', (_, settings, words) => {
  expect(banditComplaints(settings, [])[0]!.message).toContain(words);
});
