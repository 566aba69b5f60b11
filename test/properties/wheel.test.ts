/** The timer wheel against the simplest thing that is right: a sorted list. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLanes } from '../../simulator/engine/lanes.ts';
import { createMemory, F, I, TIMER, UNARMED } from '../../simulator/engine/memory.ts';

const memory = createMemory();
const { floats, ints, headMs, timerMs, timers } = memory;
const lanes = createLanes(memory);
/** Of one timer a slot, behind the empty lane and the agenda. */
const WHEEL = 2;
const TIMERS = 500;

/** Sets a timer so far ahead, takes one of those that are set out, or lets the next one come. */
type Action = { readonly afterMs: number } | { readonly outOf: number } | 'come';

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ afterMs: fc.double({ min: 0, max: 30, noNaN: true }) }) },
  // Ties, whole milliseconds, and a turn of the wheel and more.
  { weight: 3, arbitrary: fc.record({ afterMs: fc.constantFrom(0, 1, 2, 0.5, 5000, 20_000) }) },
  { weight: 4, arbitrary: fc.record({ outOf: fc.double({ min: 0, max: 0.999, noNaN: true }) }) },
  { weight: 4, arbitrary: fc.constant('come' as const) },
);

/** The wheel's next timer, at its moment; −1 without. */
function come(): number {
  while (headMs[WHEEL]! < Number.POSITIVE_INFINITY) {
    floats[F.nowMs] = headMs[WHEEL]!;
    if (lanes.turn()) return lanes.firstTimer(WHEEL);
  }
  return -1;
}

test('timers come at their moments in order, and never when they were taken out', () => {
  const property = fc.property(fc.array(action, { maxLength: TIMERS, size: 'max' }), (actions) => {
    floats.fill(0);
    ints[I.sequence] = 0;
    lanes.begin(0, 0, 0, 1);
    timers.fill(UNARMED, 0, TIMER.words * TIMERS);
    const set: { readonly timer: number; readonly atMs: number }[] = [];
    let next = 0;
    const expectNext = () => {
      const first = set.shift();
      const timer = come();
      expect(timer).toBe(first?.timer ?? -1);
      if (first === undefined) return false;
      expect(floats[F.nowMs]).toBe(first.atMs);
      lanes.disarm(timer, WHEEL);
      return true;
    };
    for (const one of actions) {
      if (one === 'come') expectNext();
      else if ('outOf' in one) {
        const [out] = set.splice(Math.floor(one.outOf * set.length), 1);
        if (out !== undefined) lanes.disarm(out.timer, WHEEL);
      } else {
        const timer = next++;
        timerMs[TIMER.ms * timer] = floats[F.nowMs]! + one.afterMs;
        lanes.arm(timer, WHEEL);
        const after = set.findIndex(({ atMs }) => atMs > timerMs[TIMER.ms * timer]!);
        set.splice(after < 0 ? set.length : after, 0, { timer, atMs: timerMs[TIMER.ms * timer]! });
      }
    }
    while (expectNext());
  });
  fc.assert(property, { seed: 9, numRuns: 200 });
});
