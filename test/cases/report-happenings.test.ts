/** What reports say of faults and roll-outs; the results are made up, and small. */
import { expect, test } from 'vitest';
import { explain } from '../../reports/explain.ts';
import { happeningsSection } from '../../reports/html-happenings.ts';
import { renderExplained } from '../../reports/text-explain.ts';
import { happenings, outcomeWords, rollouts } from '../../reports/text-happenings.ts';
import { painter } from '../../reports/text-layout.ts';
import type { RolloutOutcome } from '../../simulator/results/results.ts';
import { simulate } from '../../simulator/simulate.ts';
import { fixedSize, model, service } from '../helpers/models.ts';

const plain = painter(false);
const back: RolloutOutcome = {
  startedAtMs: 60_000,
  endedAtMs: 140_000,
  phase: 'rolled back',
  requests: 400,
  errors: 8,
};
const done: RolloutOutcome = {
  ...back,
  endedAtMs: 360_000,
  phase: 'done',
  requests: 600,
  errors: 0,
};

test.each([
  ['one', [back], 'rolled back at 2 min 20 s; 400 requests saw it, 8 of them failed (2 %)'],
  [
    'two that ended alike',
    [back, { ...back, endedAtMs: 160_000 }],
    'rolled back at 2 min 30 s in the mean; 400 requests saw it, 8 of them failed (2 %)',
  ],
  [
    'two that did not',
    [back, done],
    '1 of 2 rolled back at 2 min 20 s, 1 of 2 done at 6 min; 500 requests saw it, ' +
      '4 of them failed (0.8 %)',
  ],
  [
    'one that is not over, and that nobody saw',
    [{ ...back, phase: 'under way', endedAtMs: null, requests: 0, errors: 0 } as const],
    'under way; 0 requests saw it, 0 of them failed',
  ],
])('what became of %s', (_, outcomes, words) => {
  expect(outcomeWords(outcomes)).toBe(words);
});

const ms = (value: number) => ({ type: 'constant', ms: value }) as const;
const strategy = {
  type: 'rolling',
  maxSurge: 1,
  maxUnavailable: 0,
  minReadyMs: 0,
  progressDeadlineMs: 600_000,
} as const;
const feed = {
  ...service('feed', { time: ms(1), scaling: fixedSize(1) }),
  faults: [{ type: 'slow', atMs: 2000, forMs: 500, instances: 1, factor: 2 }] as const,
  rollouts: [{ atMs: 4000, version: { slowness: 1, failRatio: 0 }, strategy }],
};
const calm = service('calm', { time: ms(1) });
const options = { seed: 1, arrivals: 'independent', modelDigest: '', replications: 1 } as const;
const results = simulate(model(10, 10_000, [feed, calm]), options);
const quiet = simulate(model(10, 10_000, [calm]), options);

test('what happened stands in a printed prediction, in order of time', () => {
  const lines = happenings(results, 200, plain).map((line) => line.trim());
  expect(lines[0]).toBe('');
  expect(lines[2]).toBe('2 s feed: slow: 1 instance work 2 times as long for 0.5 s');
  expect(lines[3]).toBe('4 s feed: roll-out 1 (rolling): begins');
  expect(lines.at(-1)).toBe('4 s feed: roll-out 1 (rolling): done');
  expect(rollouts(results, 200, plain).at(-1)).toContain('feed, roll-out 1 (rolling): done at 4 s');
});

test('a report has a section of it, where anything happened', () => {
  const [section] = happeningsSection({ predicted: results, measured: undefined });
  expect(section!.body.text).toContain('roll-out 1 (rolling): begins');
  expect(happeningsSection({ predicted: quiet, measured: undefined })).toEqual([]);
  expect(happenings(quiet, 80, plain)).toEqual([]);
  expect(rollouts(quiet, 80, plain)).toEqual([]);
});

test('explain tells what had happened to a group at a moment, and of no other', () => {
  const asked = { run: 1, service: undefined };
  const { incidents } = explain(results, { ...asked, atMs: 3000 });
  expect(incidents.map(({ atMs }) => atMs)).toEqual([2000]);
  expect(explain(results, { ...asked, atMs: undefined, service: 'calm' }).incidents).toEqual([]);
  const said = { width: 100, color: false, origin: 'here' };
  const text = renderExplained(explain(results, { ...asked, atMs: 5000 }), said);
  expect(text).toContain('happened  0:02: slow: 1 instance');
  expect(renderExplained(explain(results, { ...asked, atMs: undefined }), said)).toContain(
    '0:04: roll-out 1 (rolling): done',
  );
});
