/** What a load and its replays come to: one verdict, wherever it is told. */
import { expect, test } from 'vitest';
import { verdictJson, verdictText } from '../../bin/verdict.ts';
import { compare } from '../../reports/compare.ts';
import { renderHtml } from '../../reports/html.ts';
import { type ReplayRound, withReplays } from '../../reports/replay-round.ts';
import type { Verdict } from '../../simulator/analysis/objectives.ts';
import { comparison, measurement, prediction } from '../goldens/made-up.ts';
import { replayed } from '../helpers/replayed.ts';

const LOAD = { ...comparison(), verdict: 'pass', reasons: [] } as const;

function round(speed: number, verdict: Verdict): ReplayRound {
  const own = { ...LOAD, verdict, reasons: verdict === 'pass' ? [] : [`why ${verdict}`] };
  const [predicted, measured] = [prediction(2), measurement()];
  return { speed, predicted, measured, comparison: own, report: `replay-x${speed}/report.html` };
}

test.each<[Verdict, Verdict[]]>([
  ['pass', ['pass', 'pass', 'pass']],
  ['fail', ['pass', 'fail', 'inconclusive']],
  ['inconclusive', ['pass', 'pass', 'inconclusive']],
  ['no data', ['inconclusive', 'no data', 'pass']],
])('%s of a load that passed and replays that are %j', (expected, verdicts) => {
  const rounds = verdicts.map((verdict, index) => round([1, 2, 5][index]!, verdict));
  const whole = withReplays(LOAD, rounds);
  expect(whole.verdict).toBe(expected);
  expect(whole.checks).toHaveLength(4 * LOAD.checks.length);
  expect(verdictJson(LOAD, rounds)).toMatchObject({
    verdict: expected,
    reasons: whole.reasons,
    load: { verdict: 'pass', reasons: [] },
    replays: verdicts.map((verdict) => ({ verdict })),
  });
  expect(verdictText(LOAD, rounds)).toMatch(new RegExp(`^. ${expected.toUpperCase()}  `));
  const pair = { predicted: prediction(2), measured: measurement() };
  const html = renderHtml({ ...pair, comparison: LOAD, replays: rounds });
  expect(html).toContain(`<div class="verdict ${expected.replace(' ', '-')}">`);
  expect(html).toContain(`${4 * LOAD.checks.length} checks`);
});

test('a load without replays is told as it is', () => {
  expect(verdictJson(LOAD, [])).toBe(LOAD);
});

test.each(['fail', 'inconclusive', 'no data'] as const)(
  'a replay that calls itself %s proves nothing: inconclusive, with its reasons',
  (verdict) => {
    const predicted = prediction(12);
    const { replay } = replayed({ verdict, reasons: ['stopped: over half fail'] });
    const measured = { ...measurement(), replay: replay! };
    const sound = compare(predicted, { ...measured, replay: replayed().replay! });
    const judged = compare(predicted, measured);
    expect(judged.verdict).toBe('inconclusive');
    expect(judged.reasons.join()).toContain('stopped: over half fail');
    expect(sound.reasons.join()).not.toContain('replay, by itself');
  },
);
