/** Who a recorded request is of, and which test user it becomes. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RecordedRequest } from '../../replay/formats/capture.ts';
import { assign } from '../../replay/users/assign.ts';
import { placeOf, type Where } from '../../replay/users/places.ts';
import { fillIn, USUAL_RECIPE, userMaker } from '../../replay/users/test-users.ts';
import { Users } from '../../replay/users/users.ts';
import { UsageError } from '../../simulator/model/usage-error.ts';
import { captureOf, recorded } from '../helpers/capture.ts';

const asked = recorded({
  target: '/users/a%20b/orders?x=1&user=42&y=2',
  headers: ['Host', 'shop', 'X-User', 'u1', 'Cookie', 'a=b; uid=c%2Fd; z=1'],
  body: Buffer.from('{"n":1e400, "user":{"id":17,"name":"Zo\u00eb"}}'),
});

test.each<[Where, string, object]>([
  [{ header: 'x-user' }, 'u1', { headers: expect.arrayContaining(['X-User', 'T 1']) }],
  [{ cookie: 'uid' }, 'c/d', { headers: expect.arrayContaining(['a=b; uid=T%201; z=1']) }],
  [{ query: 'user' }, '42', { target: '/users/a%20b/orders?x=1&user=T%201&y=2' }],
  [{ path: '^/users/([^/]+)' }, 'a b', { target: '/users/T%201/orders?x=1&user=42&y=2' }],
  [
    { json: 'user.name' },
    'Zo\u00eb',
    { body: Buffer.from('{"n":1e400, "user":{"id":17,"name":"T 1"}}') },
  ],
  [{ json: 'user.id' }, '17', {}],
])('a user at %j is read and replaced there alone', (where, user, changed) => {
  const place = placeOf(where);
  expect(place.read(asked)).toBe(user);
  expect(place.write(asked, 'T 1')).toMatchObject(changed);
  expect(place.read(place.write(asked, 'T 1'))).toBe('T 1');
});

test('a number in JSON stays one, and a path that never matches says nothing', () => {
  const body = placeOf({ json: 'user.id' }).write(asked, '9').body!;
  expect(Buffer.from(body).toString()).toContain('"id":9,');
  expect(placeOf({ path: '^/nobody/(.*)' }).read(asked)).toBeUndefined();
  expect(() => placeOf({ path: '(?<=a)b' })).toThrow(UsageError);
});

test('whoever comes first: one to one while there are enough, evenly shared beyond', () => {
  const names = fc.uniqueArray(fc.string(), { maxLength: 60 });
  fc.assert(
    fc.property(names, fc.integer({ min: 1, max: 60 }), (all, testUsers) => {
      const assigned = assign(all, testUsers);
      expect(assign([...all].reverse(), testUsers)).toEqual(assigned);
      const loads = new Map<number, number>();
      for (const user of assigned.values()) loads.set(user, (loads.get(user) ?? 0) + 1);
      const most = Math.ceil(all.length / testUsers);
      expect(assigned.size).toBe(all.length);
      for (const [user, load] of loads) {
        expect(user).toBeLessThan(testUsers);
        expect(load).toBeLessThanOrEqual(most);
      }
      if (all.length <= testUsers) expect(loads.size).toBe(all.length);
    }),
  );
});

test('two hundred thousand find their seats at once', () => {
  const names = Array.from({ length: 200_000 }, (_, i) => `user ${i}`);
  expect(new Set(assign(names, 200_000).values()).size).toBe(200_000);
});

test('one that is made depends on seed and name, not on who was made before', () => {
  const make = userMaker(7, USUAL_RECIPE);
  const anna = make('anna');
  make('ben');
  expect(make('anna')).toEqual(anna);
  expect(userMaker(7, USUAL_RECIPE)('anna')).toEqual(anna);
  expect(userMaker(8, USUAL_RECIPE)('anna')).not.toEqual(anna);
  expect(anna['email']).toMatch(/@example\.(com|net|org)$/);
  expect(fillIn('/u/{id}?n={name}', { id: '1', name: 'x' })).toBe('/u/1?n=x');
  expect(() => fillIn('{pin}', { id: '1' })).toThrow('expected a field pin, found id');
  expect(() => userMaker(1, { id: '{{no.such}}' })('a')).toThrow(UsageError);
});

test('the same recorded user is the same test user, whatever else is in the capture', async () => {
  const of = (user: string) => recorded({ headers: ['X-User', user] });
  const mapped = async (order: readonly string[]) => {
    const users = new Users({
      places: [{ header: 'X-User' }],
      testUsers: { type: 'made', seed: 1, count: undefined, recipe: USUAL_RECIPE },
    });
    await users.note(await captureOf(order.map(of))());
    return (user: string) => (users.step(of(user)) as RecordedRequest).headers[1];
  };
  const [once, again] = [await mapped(['a', 'b', 'c']), await mapped(['x', 'c', 'a'])];
  expect(once('a')).toBe(again('a'));
  expect(once('c')).toBe(again('c'));
  expect(new Set([once('a'), once('b'), once('c')]).size).toBe(3);
});

test('it is said how many share, and what is of nobody', async () => {
  const users = new Users({
    places: [{ header: 'X-User' }],
    testUsers: { type: 'list', list: [{ id: '1' }, { id: '2' }] },
  });
  const requests = ['a', 'b', 'c', 'a'].map((user) => recorded({ headers: ['X-User', user] }));
  await users.note(await captureOf([...requests, recorded()])());
  expect(users.report).toEqual({ recorded: 3, testUsers: 2, sharing: 2, ofNobody: 1 });
});
