/** The event set against the simplest one that is right: a sorted list. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLadder, type Ladder } from '../../simulator/engine/ladder.ts';
import { createMemory, I } from '../../simulator/engine/memory.ts';
import { stream } from '../../simulator/engine/random.ts';

const CAPACITY = 4096;

const memory = createMemory();
const { ints, timeOf } = memory;
const ladder: Ladder = createLadder(memory);

/** The next event, taken; −1 when there is none. */
function take(): number {
  if (ladder.times[ints[I.head]!] === Number.POSITIVE_INFINITY) ladder.refill();
  if (ladder.times[ints[I.head]!] === Number.POSITIVE_INFINITY) return -1;
  return ladder.events[ints[I.head]!++]!;
}

/** What a simulation does to an event set: a schedule after now, or the next event. */
type Action = { readonly delay: number } | 'pop';

/** Delays as simulations have them: one scale, many ties, far control loops, several scales. */
const delays = fc.oneof(
  fc.double({ min: 0, max: 10, noNaN: true }),
  fc.integer({ min: 0, max: 3 }),
  fc.constantFrom(0, 1, 60_000),
  fc
    .tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0.001, 1, 1e6))
    .map(([size, scale]) => size * scale),
);

function actions(pops: number): fc.Arbitrary<Action[]> {
  const action: fc.Arbitrary<Action> = fc.oneof(
    { weight: 10, arbitrary: delays.map((delay) => ({ delay })) },
    { weight: pops, arbitrary: fc.constant('pop' as const) },
  );
  return fc.array(action, { maxLength: 3000, size: 'max' });
}

/** Plays actions on both; gives the order of events of each, all of them at the end. */
function play(all: readonly Action[]): { ladder: number[]; list: number[] } {
  ladder.clear();
  const list: { time: number; event: number }[] = [];
  const order = { ladder: [] as number[], list: [] as number[] };
  let [now, event] = [0, 0];
  const pop = () => {
    const next = take();
    if (next < 0) return false;
    order.ladder.push(next);
    now = timeOf[next]!;
    order.list.push(list.shift()!.event);
    return true;
  };
  for (const action of all) {
    if (action === 'pop') pop();
    else {
      timeOf[event] = now + action.delay;
      ladder.push(event);
      const after = list.findIndex(({ time }) => time > timeOf[event]!);
      const at = after < 0 ? list.length : after;
      list.splice(at, 0, { time: timeOf[event]!, event: event++ });
    }
  }
  while (pop());
  return order;
}

test.each([1, 9, 10])(
  'events leave by time, equals as they came (%i pops to 10 pushes)',
  (pops) => {
    const property = fc.property(actions(pops), (all) => {
      const order = play(all);
      expect(order.ladder).toEqual(order.list);
    });
    fc.assert(property, { seed: 4, numRuns: 60 });
  },
);

test('a thousand events at one moment leave as they came', () => {
  const all: Action[] = Array.from({ length: 1000 }, () => ({ delay: 5 }));
  expect(play(all).ladder).toEqual(Array.from({ length: 1000 }, (_, event) => event));
});

test('an emptied ladder is as good as a new one', () => {
  ladder.clear();
  for (let event = 0; event < 500; event++) {
    timeOf[event] = (event * 7919) % 1000;
    ladder.push(event);
  }
  take();
  ladder.clear();
  expect(take()).toBe(-1);
  timeOf[3] = 1;
  ladder.push(3);
  expect([take(), take()]).toEqual([3, -1]);
});

/** Thousands pending: buckets that overflow, rungs below rungs, a bottom that spills. */
const HOLDS: readonly [string, number, (u: number) => number][] = [
  ['one scale', 3000, (u) => u * 10],
  ['many ties', 500, (u) => Math.floor(u * 4)],
  ['rare ones a minute away', 500, (u) => (u < 0.01 ? 60_000 : u)],
  ['two scales, 100 : 1', 3000, (u) => (u < 0.5 ? u : 100 * u)],
  ['three scales', 1500, (u) => (u < 0.3 ? u / 1000 : u < 0.6 ? u : u * 1e6)],
];

test.each(HOLDS)('thousands pending leave in order: %s', (_, pending, delayOf) => {
  const random = stream(7, 0, 'ladder', 'test');
  const all: Action[] = Array.from({ length: CAPACITY - 1 }, (_, index) =>
    index > pending && index % 3 === 0 ? 'pop' : { delay: delayOf(random.uniform()) },
  );
  const order = play(all);
  expect(order.ladder).toEqual(order.list);
});
