/** Looks of autoscalers that are left out would have changed nothing. */
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import type { Run } from '../../simulator/results/results.ts';
import { run } from '../helpers/laws/law.ts';
import { clustered } from '../helpers/random-models.ts';

const looks = vi.hoisted(() => ({ areAllTaken: false }));

vi.mock('../../simulator/components/node-scaler.ts', async (original) => {
  const real = await original<typeof import('../../simulator/components/node-scaler.ts')>();
  const beatAfterTimers: typeof real.beatAfterTimers = (timersMs, nowMs, lastMs, everyMs) =>
    looks.areAllTaken
      ? real.nextBeat(nowMs, lastMs, everyMs)
      : real.beatAfterTimers(timersMs, nowMs, lastMs, everyMs);
  return { ...real, beatAfterTimers };
});

/** All but the evaluations: of those that say the same, fewer are there to be left out. */
function outcome({ evaluations: _, ...rest }: Run): object {
  return rest;
}

test('an autoscaler that looks at every beat does the same', () => {
  fc.assert(
    fc.property(clustered, (model) => {
      const [all, some] = [true, false].map((areAllTaken) => {
        looks.areAllTaken = areAllTaken;
        return outcome(run(model));
      });
      expect(some).toEqual(all);
    }),
    { seed: 11, numRuns: 150 },
  );
});
