/** Who a recorded request is of, and which test user it becomes. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RecordedRequest } from '../../replay/formats/capture.ts';
import { sha256 } from '../../replay/hashes.ts';
import { assign, inOrder } from '../../replay/users/assign.ts';
import { NameTable } from '../../replay/users/name-table.ts';
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

/** Names of any characters, lone surrogates among them. */
const anyNames = fc.uniqueArray(fc.string({ unit: 'binary' }), { maxLength: 60 });

function tableOf(names: readonly string[]): NameTable {
  const table = new NameTable();
  for (const name of names) table.add(name);
  return table;
}

/** Recorded user → test user. */
function assigned(names: readonly string[], testUsers: number): Map<string, number> {
  const numbers = assign(tableOf(names), testUsers);
  return new Map(names.map((name, index) => [name, numbers[index]!]));
}

/** The rule, word by word: by rank, the first free seat from one's choice on. */
function seated(names: readonly string[], testUsers: number): Map<string, number> {
  const ranked = names.map((name) => {
    const digest = sha256(name);
    return { name, choice: digest.readUIntBE(0, 6), rank: digest.readUIntBE(6, 6) };
  });
  ranked.sort((a, b) => a.rank - b.rank);
  let taken = new Set<number>();
  return new Map(
    ranked.map(({ name, choice }) => {
      if (taken.size === testUsers) taken = new Set();
      let seat = choice % testUsers;
      while (taken.has(seat)) seat = (seat + 1) % testUsers;
      taken.add(seat);
      return [name, seat];
    }),
  );
}

test('whoever comes first: one to one while there are enough, evenly shared beyond', () => {
  fc.assert(
    fc.property(anyNames, fc.integer({ min: 1, max: 60 }), (all, testUsers) => {
      const found = assigned(all, testUsers);
      expect(assigned([...all].reverse(), testUsers)).toEqual(found);
      expect(found).toEqual(seated(all, testUsers));
      const loads = new Map<number, number>();
      for (const user of found.values()) loads.set(user, (loads.get(user) ?? 0) + 1);
      const most = Math.ceil(all.length / testUsers);
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
  expect(new Set(assigned(names, 200_000).values()).size).toBe(200_000);
});

test('a table of names is a set of strings that keeps their numbers and their order', () => {
  const more = fc.array(fc.oneof(fc.string({ unit: 'binary', maxLength: 3 }), fc.string()), {
    maxLength: 3000,
    size: 'max',
  });
  fc.assert(
    fc.property(more, (given) => {
      const [table, set] = [new NameTable(), new Map<string, number>()];
      for (const name of given) {
        if (!set.has(name)) set.set(name, set.size);
        expect(table.add(name)).toBe(set.get(name));
      }
      expect(table.size).toBe(set.size);
      for (const [name, number] of set) {
        expect(table.numberOf(name)).toBe(number);
        expect(table.nameOf(number)).toBe(name);
      }
      expect(table.numberOf('not in there, '.repeat(3))).toBe(-1);
      const sorted = inOrder(table.size, (a, b) => table.compare(a, b));
      expect(Array.from(sorted, (number) => table.nameOf(number))).toEqual([...set.keys()].sort());
    }),
    { numRuns: 30 },
  );
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

test('a recorded user with a name of 36 characters takes less than 100 bytes', async () => {
  const users = new Users({
    places: [{ header: 'X-User' }],
    testUsers: { type: 'made', seed: 1, count: undefined, recipe: USUAL_RECIPE },
  });
  async function* batches() {
    for (let index = 0; index < 600_000; index += 1000) {
      yield Array.from({ length: 1000 }, (_, i) =>
        recorded({
          headers: ['X-User', `0b7c2c35-9c5a-4d9e-8f00-${String(index + i).padStart(12)}`],
        }),
      );
    }
  }
  const bytes = () => {
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  collect();
  const before = bytes();
  const report = () => ({ read: 0, used: 0, skipped: {}, rejected: {}, examples: [] });
  await users.note({ format: 'made', batches: batches(), report });
  collect();
  expect((bytes() - before) / 600_000).toBeLessThan(100);
  expect(users.report).toMatchObject({ recorded: 600_000, testUsers: 600_000, sharing: 0 });
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
