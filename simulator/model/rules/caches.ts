import type { PlainMap } from '../placed.ts';
import { type Complaint, mismatch } from '../problem.ts';
import { parseDuration } from '../units.ts';
import { asMap, asNumber, named, read } from './look.ts';

/** What the engine has room for. */
const MOST_KEYS = 16_000_000;

/** Keys stay for some time, and there is room for all of them. */
export function* cacheRules(root: PlainMap): Generator<Complaint> {
  let keyCount = 0;
  for (const [name, value] of named(root['caches'])) {
    const { ttl, keys } = asMap(value);
    keyCount += asNumber(asMap(keys)['count']) ?? 0;
    if (read(ttl, parseDuration) === 0) {
      yield mismatch(['caches', name, 'ttl'], 'a duration above 0', String(ttl));
    }
  }
  if (keyCount > MOST_KEYS) {
    const expected = `at most ${MOST_KEYS} keys in all caches`;
    yield mismatch(['caches'], expected, String(keyCount), { about: 'key' });
  }
}
