import { expect, test } from 'vitest';
import { Members } from '../../fixtures/staging/balancer/members.ts';
import { balancerOf } from '../../simulator/components/balancer.ts';
import { stream } from '../../simulator/engine/random.ts';
import { NO_TIME, service } from '../helpers/models.ts';

function members(balancing: 'round-robin' | 'least-request'): Members<string> {
  const type =
    balancing === 'round-robin' ? { type: balancing } : { type: balancing, choices: 100 };
  const random = stream(1, 0, 'service/web', 'balancing');
  return new Members(balancerOf(service('web', { time: NO_TIME, balancing: type }), random));
}

const toValue = (name: string) => name.toUpperCase();

test('round robin goes on where it stood when members come and go', () => {
  const list = members('round-robin');
  list.set(['a', 'b', 'c'], toValue);
  expect([1, 2].map(() => list.begin()?.name)).toEqual(['a', 'b']);
  list.set(['b', 'c', 'd'], toValue);
  expect([1, 2, 3].map(() => list.begin()?.name)).toEqual(['d', 'b', 'c']);
});

test('least request counts what is outstanding, also after others have left', () => {
  const list = members('least-request');
  list.set(['a', 'b'], toValue);
  const first = list.begin()!;
  const second = list.begin()!;
  expect([first.name, second.name].sort()).toEqual(['a', 'b']);
  list.set(['b', 'c'], toValue);
  expect(list.begin()?.name).toBe('c');
  list.end(first.name === 'b' ? first : second);
  expect(list.begin()?.name).toBe('b');
});

test('a member keeps its value while it is listed, and is handed back when it leaves', () => {
  const list = members('round-robin');
  list.set(['a'], toValue);
  const member = list.begin()!;
  expect(list.set(['a', 'b'], toValue)).toEqual([]);
  expect(list.set(['b'], toValue)).toEqual([member]);
  expect(member.value).toBe('A');
  // Its last request ends after it has left: nobody else's count changes.
  list.end(member);
});

test('without members there is nobody to pick', () => {
  expect(members('least-request').begin()).toBeUndefined();
  expect(members('round-robin').begin()).toBeUndefined();
});
