/** `npm run soak -- determinism` in small: without other Nodes and a browser, with fewer seeds. */
import { beforeAll, expect, test } from 'vitest';
import { simulateInParallel } from '../../bin/replicate.ts';
import { compile } from '../../simulator/engine/compile.ts';
import { runReplication } from '../../simulator/engine/engine.ts';
import type { Model } from '../../simulator/model/model.ts';
import { model, service } from '../helpers/models.ts';
import { ENVIRONMENTS, hashesElsewhere } from '../soak/elsewhere.ts';
import { type Hashes, hashesOf, type Subject, subjects } from '../soak/hashes.ts';
import { keysReversed, keysShuffled } from '../soak/key-order.ts';

const AMOUNT = { seeds: 3, replications: 3 };

let expected: Hashes;
beforeAll(async () => {
  expected = await hashesOf(subjects(), AMOUNT);
});

test('every seed gives bytes of its own', () => {
  expect(new Set(expected.results).size).toBe(AMOUNT.seeds * subjects().length);
});

/** Threads take longer to start than to simulate: a subject each. */
test.each([
  { workers: 2, subject: 0 },
  { workers: 4, subject: 1 },
])('$workers workers give the same bytes as one thread', async ({ workers, subject }) => {
  const { results } = await hashesOf([subjects()[subject]!], AMOUNT, (model, options) =>
    simulateInParallel(model, options, workers),
  );
  const first = AMOUNT.seeds * subject;
  expect(results).toEqual(expected.results.slice(first, first + AMOUNT.seeds));
});

test.concurrent.each(ENVIRONMENTS.slice(0, 2))(
  '$TZ and $LANG never show in the bytes',
  async (env) => {
    const { where, ...hashes } = await hashesElsewhere(AMOUNT, env);
    expect(where).toContain(env['TZ']);
    expect(hashes).toEqual(expected);
  },
);

test.each([
  { order: 'reversed', rearrange: keysReversed },
  { order: 'shuffled', rearrange: (subject: Subject) => keysShuffled(subject, 1) },
])('keys $order give the same bytes and the same digest of the model', async ({ rearrange }) => {
  const rearranged = subjects().map(rearrange);
  const tops = rearranged.map(([model]) => /^\w+/m.exec(model!.text)![0]);
  expect(tops).not.toContain('name');
  expect(await hashesOf(rearranged, AMOUNT)).toEqual(expected);
});

test('a run does not know who had priority in the run before it', () => {
  const busy = (perSecond: number, priorities: readonly number[]): Model => {
    const queue = { limit: undefined, order: 'priority', expired: 'serve' } as const;
    const serves = { type: 'threads', count: 1, queue } as const;
    const slow = service('s', { time: { type: 'exponential', meanMs: 18 }, serves });
    const one = model(perSecond, 20_000, [slow]);
    const guests = priorities.map((priority, index) => {
      return { ...one.traffic[0]!, name: `guests-${index}`, priority };
    });
    return { ...one, traffic: guests };
  };
  const play = (of: Model, isGenerated: boolean) =>
    JSON.stringify(runReplication(of, compile(of), { seed: 1, replication: 0, isGenerated }));
  play(busy(26, [0, 7]), false);
  const equals = busy(50, [0]);
  const generated = play(equals, true);
  expect(generated === play(equals, false)).toBe(true);
});
