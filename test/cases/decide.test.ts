/** `plimsoll decide`: what holds for every policy; each one's rules have tests of their own. */
import { describe, expect, test } from 'vitest';
import { DOORS } from '../../simulator/decide/doors.ts';
import { readJson } from '../../simulator/decide/json-lines.ts';
import type { Plain } from '../../simulator/model/placed.ts';
import { wordedJsonSchema } from '../../simulator/model/schema-parts.ts';

function json(value: unknown): Plain {
  return JSON.parse(JSON.stringify(value));
}

test('policies stand in alphabetical order, each once', () => {
  const names = DOORS.map(({ name }) => name);
  expect(names).toEqual([...new Set(names)].sort());
});

describe.each(DOORS.map((door) => [door.name, door] as const))('decide %s', (_, door) => {
  const { settings, observations } = door.example;

  test('answers each observation of its example, with a reason', () => {
    const converse = door.converse(json(settings));
    for (const observation of observations) {
      const { answer, complaints } = converse(json({ observation }));
      expect(complaints).toBeUndefined();
      expect(answer!.reason).toMatch(/\S/);
    }
  });

  test('decides the same from a state that was written down', () => {
    const converse = door.converse();
    let state: unknown;
    for (const observation of observations) {
      const carriedOn = converse(json({ settings, observation }));
      const alone = door.converse()(json({ settings, observation, state }));
      expect(json(alone)).toEqual(json(carriedOn));
      state = carriedOn.answer!.state;
    }
  });

  test('refuses a key that it does not know', () => {
    const line = { settings, observation: observations[0], surprise: 1 };
    const [complaint] = door.converse()(json(line)).complaints!;
    expect(complaint!.message).toContain('unknown key "surprise"');
  });

  test('says that settings are missing', () => {
    const [complaint] = door.converse()(json({ observation: observations[0] })).complaints!;
    expect(complaint!.message).toContain('expected settings');
  });

  test('has a JSON Schema in which every key of settings and observations is explained', () => {
    expect(silentKeys(wordedJsonSchema(door.schema))).toEqual([]);
  });
});

/** Paths of properties without a description. */
function silentKeys(schema: unknown, path = ''): string[] {
  if (Array.isArray(schema)) return schema.flatMap((one) => silentKeys(one, path));
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]) => {
    if (key !== 'properties') return silentKeys(value, path);
    return Object.entries(value as Record<string, { description?: string }>).flatMap(
      ([name, property]) => {
        const at = `${path}.${name}`;
        const isSilent = property.description === undefined && !('$ref' in property);
        return [...(isSilent ? [at] : []), ...silentKeys(property, at)];
      },
    );
  });
}

test.each([
  ['{"a": 9007199254740993}', 1, 7, '2^53'],
  ['{"a": -1e300}', 1, 7, '2^53'],
  ['{"a": 1,}', 1, 9, 'expected JSON'],
  ['{"a": ', 1, 7, 'expected JSON'],
])('%s is refused at its place', (text, line, column, words) => {
  const { problem } = readJson({ file: 'x', text, linesBefore: 0 });
  expect(problem).toMatchObject({ line, column });
  expect(problem!.message).toContain(words);
});

test('large integers inside texts are texts', () => {
  const text = '{"a": "9007199254740993", "b": 9007199254740991}';
  expect(readJson({ file: 'x', text, linesBefore: 0 }).value).toEqual({
    a: '9007199254740993',
    b: Number.MAX_SAFE_INTEGER,
  });
});
