/** Flagger, tick by tick: its documentation, and scheduler_test.go. */
import { expect, test } from 'vitest';
import {
  decideFlagger,
  FLAGGER_DEFAULTS,
  type FlaggerObservation,
  type FlaggerSettings,
  INITIAL_FLAGGER_STATE,
  mostWeightOf,
  nextWeight,
} from '../../simulator/policies/delivery/flagger.ts';
import { flaggerComplaints } from '../../simulator/policies/delivery/flagger-rules.ts';

const FINE: FlaggerObservation = {
  nowMs: 0,
  revision: 'v2',
  isPrimaryReady: true,
  isCanaryReady: true,
  isHealthy: true,
  mayPromote: true,
  rollsBack: false,
};

/** A tick a minute: v1 runs, then what is seen. */
function ticks(settings: Partial<FlaggerSettings>, seen: readonly Partial<FlaggerObservation>[]) {
  const rule = { ...FLAGGER_DEFAULTS, ...settings };
  let state = INITIAL_FLAGGER_STATE;
  return [{ revision: 'v1' }, ...seen].map((one, minute) => {
    const decision = decideFlagger(rule, { ...FINE, nowMs: minute * 60_000, ...one }, state);
    state = decision.state;
    return decision;
  });
}

const fine = (count: number) => Array.from({ length: count }, () => ({}));
const weightsOf = (decisions: ReturnType<typeof ticks>) => decisions.map((one) => one.canaryWeight);
const phasesOf = (decisions: ReturnType<typeof ticks>) => decisions.map(({ phase }) => phase);

test('a canary goes up by stepWeight, is promoted at maxWeight and goes', () => {
  const decisions = ticks({ stepWeight: 20, maxWeight: 40 }, fine(7));
  expect(weightsOf(decisions)).toEqual([0, 0, 20, 40, 40, 0, 0, 0]);
  expect(phasesOf(decisions)).toEqual([
    'Initialized',
    'Progressing',
    'Progressing',
    'Progressing',
    'Promoting',
    'Finalising',
    'Succeeded',
    'Succeeded',
  ]);
  expect(decisions.map((one) => one.copiesToPrimary)).toEqual([
    false,
    false,
    false,
    false,
    true,
    false,
    false,
    false,
  ]);
  expect(decisions.map((one) => one.isCanaryUp).slice(-3)).toEqual([true, false, false]);
});

test('stepWeights go through their list', () => {
  expect(weightsOf(ticks({ stepWeights: [1, 10, 80] }, fine(5)))).toEqual([0, 0, 1, 10, 80, 80]);
});

test('with stepWeightPromotion the traffic goes back in steps', () => {
  const decisions = ticks({ stepWeight: 50, stepWeightPromotion: 40 }, fine(7));
  expect(weightsOf(decisions)).toEqual([0, 0, 50, 100, 100, 60, 20, 0]);
  expect(phasesOf(decisions).slice(-2)).toEqual(['Promoting', 'Finalising']);
});

test('failed checks hold the weight; the threshold rolls back a tick later', () => {
  const decisions = ticks({ stepWeight: 10, threshold: 2 }, [
    ...fine(2),
    { isHealthy: false },
    {},
    { isHealthy: false },
    {},
  ]);
  expect(weightsOf(decisions)).toEqual([0, 0, 10, 10, 20, 20, 0]);
  expect(decisions.at(-1)).toMatchObject({
    phase: 'Failed',
    isCanaryUp: false,
    primaryWeight: 100,
  });
});

test('without traffic no check is asked', () => {
  const decisions = ticks({ stepWeight: 10 }, [{ isHealthy: false }, { isHealthy: false }]);
  expect(decisions.at(-1)).toMatchObject({ canaryWeight: 10, failedChecks: 0 });
});

test('a new revision in the middle starts again', () => {
  const decisions = ticks({ stepWeight: 10 }, [...fine(3), { revision: 'v3' }, { revision: 'v3' }]);
  expect(weightsOf(decisions)).toEqual([0, 0, 10, 20, 0, 10]);
});

test('a failed revision is not tried again, a further one is', () => {
  const decisions = ticks({ stepWeight: 10 }, [
    ...fine(2),
    { isHealthy: false },
    {},
    {},
    { revision: 'v3' },
  ]);
  expect(phasesOf(decisions).slice(-3)).toEqual(['Failed', 'Failed', 'Progressing']);
});

test('a canary that does not get ready holds, and fails after progressDeadlineSeconds', () => {
  const waits = { isCanaryReady: false };
  const decisions = ticks({ stepWeight: 10, progressDeadlineMs: 120_000 }, [
    {},
    waits,
    waits,
    waits,
    waits,
  ]);
  expect(phasesOf(decisions)).toEqual([
    'Initialized',
    'Progressing',
    'Progressing',
    'Progressing',
    'Progressing',
    'Failed',
  ]);
});

test('skipAnalysis promotes as soon as the canary is ready', () => {
  const decisions = ticks({ stepWeight: 10, skipAnalysis: true }, [
    {},
    { isCanaryReady: false },
    {},
  ]);
  expect(phasesOf(decisions)).toEqual(['Initialized', 'Progressing', 'Progressing', 'Succeeded']);
  expect(decisions.at(-1)).toMatchObject({ copiesToPrimary: true, canaryWeight: 0 });
});

test('A/B: all matched traffic for so many iterations', () => {
  const decisions = ticks({ iterations: 2, hasMatch: true }, fine(6));
  expect(weightsOf(decisions)).toEqual([0, 0, 100, 100, 100, 0, 0]);
  expect(phasesOf(decisions).slice(-3)).toEqual(['Promoting', 'Finalising', 'Succeeded']);
});

test('blue/green: no traffic for so many iterations, then all of it', () => {
  const decisions = ticks({ iterations: 2 }, fine(7));
  expect(weightsOf(decisions)).toEqual([0, 0, 0, 0, 100, 100, 0, 0]);
  expect(decisions.map(({ iterations }) => iterations)).toEqual([0, 0, 1, 2, 3, 3, 3, 3]);
  expect(decisions.at(-1)!.phase).toBe('Succeeded');
});

test('mirror: one tick of it before the first weight', () => {
  const decisions = ticks({ stepWeight: 10, mirror: true }, fine(3));
  expect(decisions.map(({ isMirrored, canaryWeight }) => [isMirrored, canaryWeight])).toEqual([
    [false, 0],
    [false, 0],
    [true, 0],
    [false, 10],
  ]);
});

test('a promotion waits to be confirmed', () => {
  const waits = { mayPromote: false };
  const decisions = ticks({ stepWeight: 100 }, [...fine(2), waits, waits, {}]);
  expect(phasesOf(decisions).slice(-3)).toEqual([
    'WaitingPromotion',
    'WaitingPromotion',
    'Promoting',
  ]);
});

test('a rollback hook rolls back', () => {
  const decisions = ticks({ stepWeight: 10 }, [...fine(3), { rollsBack: true }]);
  expect(decisions.at(-1)).toMatchObject({ phase: 'Failed', canaryWeight: 0 });
});

test('between two ticks nothing changes', () => {
  const rule = { ...FLAGGER_DEFAULTS, stepWeight: 10 };
  const first = decideFlagger(rule, { ...FINE, revision: 'v1' }, INITIAL_FLAGGER_STATE);
  const early = decideFlagger(rule, { ...FINE, nowMs: 59_999 }, first.state);
  expect(early.state).toEqual(first.state);
  expect(early.nextAtMs).toBe(60_000);
});

test.each([
  ['maxWeight', { maxWeight: 50 }, 50],
  ['the last of stepWeights', { maxWeight: 50, stepWeights: [5, 80] }, 80],
  ['100 by default', {}, 100],
])('promoted at %s', (_, more, most) => {
  expect(mostWeightOf({ ...FLAGGER_DEFAULTS, ...more })).toBe(most);
});

test.each([
  ['the first of the list', [1, 2, 10, 80], 0, 1],
  ['the next of the list', [1, 2, 10, 80], 2, 10],
  ['a weight beside the list goes to all', [1, 2, 10, 80], 3, 100],
  ['never above 100', [1, 120], 1, 100],
])('next weight: %s', (_, stepWeights, weight, next) => {
  expect(nextWeight({ ...FLAGGER_DEFAULTS, stepWeights }, weight)).toBe(next);
});

test.each<[string, Partial<FlaggerSettings>, string]>([
  ['nothing that advances', {}, 'nothing would advance'],
  ['a weight above 100', { stepWeight: 101 }, 'at most 100 (Flagger'],
  ['an interval below 10 s', { stepWeight: 5, intervalMs: 5000 }, 'at least 10 s (Flagger)'],
  ['both kinds of steps', { stepWeight: 5, stepWeights: [5] }, 'does not go with "stepWeight"'],
  ['steps that fall', { stepWeights: [5, 4] }, 'above 5 (Flagger'],
  ['a match without iterations', { stepWeight: 5, hasMatch: true }, 'iterations from 1 on'],
])('settings are refused for %s', (_, more, words) => {
  const messages = flaggerComplaints({ ...FLAGGER_DEFAULTS, ...more }, []).map(
    (one) => one.message,
  );
  expect(messages.join('\n')).toContain(words);
});
