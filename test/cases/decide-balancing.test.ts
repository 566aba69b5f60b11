/** `plimsoll decide` for balancing: what is asked for in a vendor's words. */
import { describe, expect, test } from 'vitest';
import type { Answer, Door } from '../../simulator/decide/door.ts';
import { envoyLeastRequest } from '../../simulator/decide/envoy-least-request.ts';
import { envoyPriorityLoad } from '../../simulator/decide/envoy-priority-load.ts';
import { roundRobin } from '../../simulator/decide/round-robin.ts';

function answers(door: Door, settings: object, observations: readonly object[]): Answer<unknown>[] {
  const converse = door.converse();
  return observations.map((observation) => {
    const line = JSON.parse(JSON.stringify({ settings, observation }));
    const { answer, complaints } = converse(line);
    if (answer === undefined) throw new Error(JSON.stringify(complaints));
    return answer;
  });
}

function hosts(door: Door, settings: object, observations: readonly object[]): unknown[] {
  return answers(door, settings, observations).map(({ host }) => host);
}

const times = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one);

describe('round robin', () => {
  const weighted = { hosts: ['a', { name: 'b', weight: 2 }] };

  test.each([
    ['equal weights: by index', {}, ['a', 'b', 'c'], 'abcab'],
    ['weights of 1 are equal', {}, [{ name: 'a', weight: 1 }, 'b'], 'abab'],
    ['it begins where the seed says', { seed: 5 }, ['a', 'b', 'c'], 'cabc'],
    ['by weight: earliest deadline', {}, weighted.hosts, 'babbab'],
    ['with picks before the first', { seed: 1 }, weighted.hosts, 'abbab'],
    ['nginx: smoothly', { weighted: 'smooth' }, [{ name: 'a', weight: 5 }, 'b', 'c'], 'aabacaa'],
  ])('%s', (_, settings, list, expected) => {
    const picked = hosts(roundRobin, settings, times(expected.length, { hosts: list }));
    expect(picked.join('')).toBe(expected);
  });

  test('a new host gets less at first, until it is warm', () => {
    const settings = { slow_start_config: { slow_start_window: '60s' } };
    const list = (ageMs: number) => ({ hosts: ['old', { name: 'new', ageMs }] });
    // A share of ¼: one turn in five.
    const cold = hosts(roundRobin, settings, times(50, list(15_000)));
    expect(cold.filter((host) => host === 'new').length).toBe(10);
    const warm = hosts(roundRobin, settings, times(4, list(60_001)));
    expect(warm).toEqual(['old', 'new', 'old', 'new']);
  });

  test('without hosts nobody is picked', () => {
    expect(hosts(roundRobin, {}, [{ hosts: [] }])).toEqual([null]);
  });
});

describe('Envoy’s least request', () => {
  const three = [{ name: 'a', active: 3 }, { name: 'b', active: 1 }, 'c'];

  test.each([
    ['the better of two draws', {}, [0, 1], 'b'],
    ['draws are taken modulo the hosts', {}, [3, 4], 'b'],
    ['one host may be drawn twice', {}, [0, 3], 'a'],
    ['a tie goes to the first', {}, [1, 1], 'b'],
    ['three choices', { choice_count: 3 }, [0, 1, 2], 'c'],
    ['a full scan draws nothing without ties', { selection_method: 'FULL_SCAN' }, [], 'c'],
    ['the same by its older name', { enable_full_scan: true }, [], 'c'],
    ['different ones', { replacement: false }, [0, 0], 'b'],
  ])('%s', (_, settings, draws, expected) => {
    expect(hosts(envoyLeastRequest, settings, [{ hosts: three, draws }])).toEqual([expected]);
  });

  test('unequal weights have turns: 2 ÷ (3 + 1) is less than 1 ÷ (0 + 1)', () => {
    const list = [{ name: 'a', weight: 2, active: 3 }, 'b'];
    const picked = hosts(envoyLeastRequest, {}, times(6, { hosts: list }));
    // Deadlines: a 2, b 1, 2, 3, 4; a was put in before b’s 2.
    expect(picked).toEqual(['b', 'a', 'b', 'b', 'a', 'b']);
  });

  test('an explicit bias has turns even among equals; 0 makes them plain', () => {
    const settings = { active_request_bias: { default_value: 0 } };
    const picked = hosts(envoyLeastRequest, settings, times(6, { hosts: three }));
    expect(picked.join('')).toBe('abcabc');
  });

  test('what is not given is drawn by the seed, and reproduces', () => {
    const list = times(20, { hosts: ['a', 'b', 'c', 'd'] });
    const [one, again, other] = [1, 1, 2].map((seed) => hosts(envoyLeastRequest, { seed }, list));
    expect(again).toEqual(one);
    expect(other).not.toEqual(one);
    expect(new Set(one).size).toBe(4);
  });

  test('the draws that were made are told', () => {
    const [answer] = answers(envoyLeastRequest, {}, [{ hosts: ['a', 'b'], draws: [7] }]);
    expect(answer!['draws']).toHaveLength(2);
    expect((answer!['draws'] as number[])[0]).toBe(1);
  });

  test.each([
    [{ choice_count: 1 }, 'from 2 on'],
    [{ slow_start_config: { slow_start_window: '60' } }, '"60s"'],
    [{ enable_full_scan: true, selection_method: 'N_CHOICES' }, 'found both'],
  ])('%o is refused', (settings, words) => {
    const line = { settings, observation: { hosts: [] } };
    const { complaints } = envoyLeastRequest.converse()(line);
    expect(complaints![0]!.message).toContain(words);
  });
});

describe('Envoy’s priorities', () => {
  test('loads, panic and what it means', () => {
    const priorities = [
      { hosts: 4, healthy: 1 },
      { hosts: 4, healthy: 1 },
    ];
    const [calm, failing] = [false, true].map(
      (fail_traffic_on_panic) =>
        answers(envoyPriorityLoad, { fail_traffic_on_panic }, [{ priorities }])[0]!,
    );
    const loads = { healthy_priority_load: [50, 50], panic: [true, true], total_panic: true };
    expect(calm).toMatchObject({ ...loads, fails: [false, false], availability: 70 });
    expect(failing).toMatchObject({ ...loads, fails: [true, true] });
    expect(failing!.reason).toContain('fail');
  });

  test('weights count where they are asked for', () => {
    const weights = { hosts: 10, healthy: 6 };
    const observation = {
      priorities: [
        { hosts: 4, healthy: 2, weights },
        { hosts: 1, healthy: 1 },
      ],
    };
    const factor = { overprovisioning_factor: 100 };
    const [plain] = answers(envoyPriorityLoad, factor, [observation]);
    const weighted = { ...factor, weighted_priority_health: true };
    const [heavy] = answers(envoyPriorityLoad, weighted, [observation]);
    expect(plain).toMatchObject({ healthy_priority_load: [50, 50] });
    expect(heavy).toMatchObject({ healthy_priority_load: [60, 40] });
  });

  test.each([
    [{ priorities: [] }, 'one level or more'],
    [{ priorities: [{ hosts: 1, healthy: 2 }] }, 'at most that number'],
  ])('%o is refused', (observation, words) => {
    const { complaints } = envoyPriorityLoad.converse()({ settings: {}, observation });
    expect(complaints![0]!.message).toContain(words);
  });
});
