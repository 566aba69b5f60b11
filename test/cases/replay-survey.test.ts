/** The look before a run says what the run does: held against the planner that plays all passes. */
import { expect, test } from 'vitest';
import { parsePace } from '../../replay/run/pacer.ts';
import { type Loop, Planner, type PlannerOptions } from '../../replay/run/planner.ts';
import { survey } from '../../replay/run/survey.ts';
import { captureOf, recorded } from '../helpers/capture.ts';

const EVERY_MS = 100;
const REQUESTS = 50;
const capture = captureOf(
  Array.from({ length: REQUESTS }, (_, i) => recorded({ atMs: i * EVERY_MS })),
);
const SPAN_MS = (REQUESTS - 1) * EVERY_MS;

const speed = (factor: number) => ({ tempo: { type: 'speed', factor } }) as const;
const rate = (perSecond: number) => ({ tempo: { type: 'rate', perSecond } }) as const;
const pace = (text: string) => ({ tempo: { type: 'phases', phases: parsePace(text) } }) as const;
const passes = (count: number): { loop: Loop } => ({ loop: { type: 'passes', passes: count } });
const lasting = (durationMs: number): { loop: Loop } => ({
  loop: { type: 'duration', durationMs },
});

const CASES: readonly [string, Partial<PlannerOptions>][] = [
  ['as recorded', {}],
  ['three passes', passes(3)],
  ['for a time that three passes fill', lasting(13_000)],
  ['for less time than a pass', lasting(1000)],
  ['at a rate', rate(100)],
  ['three times at a rate', { ...rate(100), ...passes(3) }],
  ['for a time at a rate', { ...rate(100), ...lasting(2000) }],
  ['until the request cap, in the first pass', { ...passes(3), mostRequests: 20 }],
  ['until the request cap, in a later pass', { ...passes(3), mostRequests: 120 }],
  ['until the duration cap, in the first pass', { ...lasting(60_000), mostDurationMs: 3000 }],
  ['until the duration cap, in a later pass', { ...passes(3), mostDurationMs: 8000 }],
  ['until the last phase ends, in the first pass', { ...pace('1s@1 1s@2'), ...passes(2) }],
  ['until the last phase ends, in a later pass', { ...pace('2s@1 3s@2'), ...passes(3) }],
  ['at a pace for longer than it lasts', { ...pace('2s@1 3s@2'), ...lasting(60_000) }],
  ['at a pace without an end', { ...pace('2s@1 @2'), ...passes(3) }],
];

test.each(CASES)('%s', async (_claim, changes) => {
  const options = { steps: [], ...speed(1), ...passes(1), ...changes };
  const planner = new Planner(options);
  let lastDueMs = 0;
  for await (const batch of planner.batches(capture)) lastDueMs = batch.at(-1)!.dueMs;
  const found = await survey(capture, options);
  // Where a run ends within a pass, it is told to a request.
  expect(Math.abs(found.requests - planner.planned)).toBeLessThanOrEqual(1);
  expect(found.durationMs).toBeGreaterThanOrEqual(lastDueMs - 1e-6);
  // At most to the end of that pass: the series of the results have room for all of it.
  expect(found.durationMs).toBeLessThanOrEqual(lastDueMs + SPAN_MS + EVERY_MS);
});

test('what comes after the last phase is held back, and in the books', async () => {
  const found = await survey(capture, { steps: [], ...pace('1s@1'), ...passes(1) });
  expect(found).toMatchObject({
    records: 50,
    planned: 10,
    heldBack: { 'after the last phase of --pace': 40 },
  });
});
