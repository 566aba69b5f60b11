/** A steady state on the terminal. */
import { expect, test } from 'vitest';
import { renderSteadyState } from '../../reports/text-steady-state.ts';
import type { SteadyJourney, SteadyState } from '../../simulator/analysis/steady-state.ts';
import { expectGolden } from '../goldens/golden.ts';
import { HOSTILE } from '../goldens/made-up.ts';

const PLAIN_TEXT = { color: false, width: 80 };
const around = (value: number) => ({ value, low: 0.98 * value, high: 1.03 * value });
const nothing = { value: Number.NaN, low: Number.NaN, high: Number.NaN };

const BUY: SteadyJourney = {
  journey: 'buy',
  verdict: 'trustworthy',
  reason: 'mean ± 1.2 %, p99 ± 1.9 %; no trend and no slow swing',
  completed: 1_312_577,
  warmUp: 833,
  errorRatio: 0.174,
  latencyMs: { mean: around(81.4), p50: around(78.4), p95: around(150), p99: around(159) },
  risen: 0,
};
const LOOK: SteadyJourney = {
  ...BUY,
  journey: 'look',
  verdict: 'inconclusive',
  reason: 'latency in ms: it rises: the mean of its last third is 341, of its middle third 205',
  warmUp: 0,
  errorRatio: 0,
  latencyMs: { mean: nothing, p50: nothing, p95: nothing, p99: nothing },
};

function answer(name: string, note: string, journeys: readonly SteadyJourney[]): SteadyState {
  const load = { servers: 12, visitsPerSecond: 144, demandMsMean: 100, ratio: 1.2 };
  return {
    format: 'plimsoll-steady-state/1',
    name,
    provenance: {
      version: '0.1.0',
      tool: 'simulator',
      toolVersion: undefined,
      modelDigest: 'abc0123456789def',
      seed: 1,
      startedAtMs: undefined,
    },
    wish: { relativeHalfWidth: 0.02, mostRequests: 50_000_000 },
    run: 3,
    requests: 1_600_000,
    requestsInAll: 3_100_000,
    verdict: journeys.every((one) => one.verdict === 'trustworthy')
      ? 'trustworthy'
      : 'inconclusive',
    journeys,
    loads: [
      { ...load, service: name, serversInWords: '12 threads', isBounded: true, isTimed: true },
    ],
    notes: [note],
  };
}

test('trusted beside untrusted, to the byte', () => {
  const text = renderSteadyState(answer('shop', 'its queue has an end', [BUY, LOOK]), PLAIN_TEXT);
  expectGolden('steady-state.txt', `${text}\n`);
});

test('one journey that cannot be trusted makes the first line say so', () => {
  expect(renderSteadyState(answer('shop', '', [BUY]), PLAIN_TEXT)).toMatch(
    /^✓ TRUSTWORTHY {2}shop/,
  );
  expect(renderSteadyState(answer('shop', '', [BUY, LOOK]), PLAIN_TEXT)).toMatch(
    /^\? INCONCLUSIVE/,
  );
});

test.each(HOSTILE)('no control byte reaches the terminal: %j', (text) => {
  const all = answer(text, text, [{ ...BUY, journey: text, reason: text }]);
  const shown = renderSteadyState(all, { ...PLAIN_TEXT, command: text });
  expect(shown.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cs}\p{Bidi_Control}]/u);
});

test('80 columns are enough for long names, no line ends in a space, no number is none', () => {
  const long = 'a-name-that-is-much-longer-than-any-column-of-a-terminal';
  const text = renderSteadyState(answer(long, long, [{ ...LOOK, journey: long }]), PLAIN_TEXT);
  const lines = text.split('\n');
  expect(lines.filter((line) => [...line].length > 80 || / $/.test(line))).toEqual([]);
  expect(text).not.toMatch(/NaN|undefined|null|Infinity/);
});
