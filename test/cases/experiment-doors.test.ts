/** `plimsoll decide ab-split` and `bandit`: users into groups, groups against chance, next arms. */
import { describe, expect, test } from 'vitest';
import { abSplit } from '../../simulator/decide/ab-split.ts';
import { bandit } from '../../simulator/decide/bandit.ts';
import type { Door } from '../../simulator/decide/door.ts';
import type { Plain } from '../../simulator/model/placed.ts';

/** Answers to observations one after the other. */
function ask(door: Door, settings: unknown, observations: readonly unknown[]) {
  const converse = door.converse(settings as Plain);
  return observations.map((observation) => {
    const { answer, complaints } = converse({ observation } as Plain);
    expect(complaints).toBeUndefined();
    return answer!;
  });
}

const even = { salt: 'checkout', groups: { a: 1, b: 1 } };

describe('ab-split', () => {
  test('a user is in one group for ever, and elsewhere with another salt', () => {
    const users = Array.from({ length: 40 }, (_, index) => ({ user: `u${index}` }));
    const first = ask(abSplit, even, users).map(({ group }) => group);
    expect(ask(abSplit, even, users.toReversed()).map(({ group }) => group)).toEqual(
      first.toReversed(),
    );
    const other = ask(abSplit, { ...even, salt: 'search' }, users).map(({ group }) => group);
    expect(other).not.toEqual(first);
    expect(new Set(first)).toEqual(new Set(['a', 'b']));
  });

  test('a group without weight has nobody', () => {
    const users = Array.from({ length: 40 }, (_, index) => ({ user: `u${index}` }));
    const groups = { a: 0, b: 3 };
    expect(ask(abSplit, { ...even, groups }, users).every(({ group }) => group === 'b')).toBe(true);
  });

  test("Newcombe's worked example: 56 of 70 and 48 of 80 differ by 0.2 (0.0524 to 0.3339)", () => {
    const results = { a: { users: 70, successes: 56 }, b: { users: 80, successes: 48 } };
    const [answer] = ask(abSplit, even, [{ results }]);
    const [{ difference }] = answer!['differences'] as [{ difference: Record<string, number> }];
    expect(difference['mean']).toBeCloseTo(-0.2, 6);
    expect(difference['low']).toBeCloseTo(-0.3339, 4);
    expect(difference['high']).toBeCloseTo(-0.0524, 4);
    expect(answer!.reason).toBe('b differs from a');
  });

  test('a split that went wrong spoils it all (Fabijan et al.: 821,588 and 815,482)', () => {
    const results = {
      a: { users: 821_588, successes: 1000 },
      b: { users: 815_482, successes: 2000 },
    };
    const [answer] = ask(abSplit, even, [{ results }]);
    expect(answer!.reason).toContain('not split as planned');
  });

  test('weights that are all 0 are refused', () => {
    const [complaint] = abSplit.checkSettings({ ...even, groups: { a: 0 } });
    expect(complaint!.message).toContain('a group whose weight is above 0');
  });
});

describe('bandit', () => {
  test('UCB1 tries every arm once, then the one of which most can be hoped', () => {
    const settings = { arms: ['a', 'b'], policy: { type: 'ucb1' } };
    const answers = ask(bandit, settings, [
      {},
      { rewards: [{ arm: 'a', reward: 1 }] },
      { rewards: [{ arm: 'b', reward: 0 }] },
      // 1 + √(2 ln 2) against 0 + √(2 ln 2).
    ]);
    expect(answers.map(({ arm }) => arm)).toEqual(['a', 'b', 'a']);
    expect(answers[2]!.reason).toContain('upper bound 2.1774');
  });

  test('without exploring the best so far is taken', () => {
    const settings = { arms: ['a', 'b', 'c'], policy: { type: 'epsilon-greedy', epsilon: 0 } };
    const rewards = ['a', 'b', 'c'].map((arm) => ({ arm, reward: arm === 'b' ? 1 : 0.5 }));
    const [answer] = ask(bandit, settings, [{ rewards }]);
    expect(answer!['arm']).toBe('b');
  });

  test('Thompson sampling comes to the better arm: 0.9 against 0.1', () => {
    const settings = { arms: ['a', 'b'], policy: { type: 'thompson' }, seed: 3 };
    const rewards = Array.from({ length: 100 }, (_, index) => [
      { arm: 'a', reward: index % 10 === 0 ? 1 : 0 },
      { arm: 'b', reward: index % 10 === 0 ? 0 : 1 },
    ]).flat();
    const answers = ask(bandit, settings, [{ rewards }, ...Array.from({ length: 50 }, () => ({}))]);
    expect(answers.every(({ arm }) => arm === 'b')).toBe(true);
  });

  test('rewards of arms that there are none of are ignored, and named', () => {
    const settings = { arms: ['a'], policy: { type: 'ucb1' } };
    const [answer] = ask(bandit, settings, [{ rewards: [{ arm: 'z', reward: 1 }] }]);
    expect(answer!['ignored']).toEqual(['z']);
  });

  test.each([
    [{ type: 'epsilon-greedy', epsilon: 2 }, 'a probability of 0 to 1'],
    [{ type: 'thompson', priorSuccesses: 0 }, 'a prior above 0'],
  ])('%j is refused', (policy, words) => {
    const [complaint] = bandit.checkSettings({ arms: ['a'], policy } as Plain);
    expect(complaint!.message).toContain(words);
  });

  test('two arms have two names', () => {
    const [complaint] = bandit.checkSettings({ arms: ['a', 'a'], policy: { type: 'ucb1' } });
    expect(complaint!.message).toContain('a name of its own');
  });
});
