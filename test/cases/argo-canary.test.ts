/** The steps of an Argo Rollouts canary, observation by observation, through the door. */
import { describe, expect, test } from 'vitest';
import { argoCanary } from '../../simulator/decide/argo-canary.ts';
import type { Plain } from '../../simulator/model/placed.ts';
import { parseGoDuration } from '../../simulator/policies/delivery/go-duration.ts';

type Observation = Readonly<Record<string, unknown>>;

/** Answers to observations, one after the other. */
function tell(settings: unknown, observations: readonly Observation[]) {
  const converse = argoCanary.converse();
  return observations.map((observation, index) => {
    const line = index === 0 ? { settings, observation } : { observation };
    const { answer, complaints } = converse(JSON.parse(JSON.stringify(line)));
    expect(complaints).toBeUndefined();
    return answer!;
  });
}

/** `10` is 10 desired and available; `10/8` is 8 available. */
function set(text: string, revision?: string) {
  const [desired, available] = text.split('/').map(Number);
  return { desired, available: available ?? desired, ...(revision && { revision }) };
}

function seen(seconds: number, canary: string, stable: string, more: Observation = {}) {
  return { nowMs: seconds * 1000, canary: set(canary), stable: set(stable), ...more };
}

const routed = (more: Observation = {}) => ({
  replicas: 10,
  trafficRouting: { istio: { virtualService: { name: 'x' } } },
  ...more,
});

const limits = { maxSurge: 2, maxUnavailable: 0 };
const pause = (duration?: string | number) => ({
  pause: duration === undefined ? {} : { duration },
});

test('basic: a step is done when the canary is available and the stable set has its size', () => {
  const settings = { replicas: 10, ...limits, steps: [{ setWeight: 20 }, pause()] };
  const answers = tell(settings, [
    seen(0, '0', '10'),
    seen(10, '2/1', '10'),
    seen(20, '2', '10'),
    seen(30, '2', '8'),
  ]);
  expect(answers.map(({ desired, step, phase }) => ({ desired, step, phase }))).toEqual([
    { desired: { canary: 2, stable: 10, older: [] }, step: 0, phase: 'Progressing' },
    { desired: { canary: 2, stable: 9, older: [] }, step: 0, phase: 'Progressing' },
    { desired: { canary: 2, stable: 8, older: [] }, step: 0, phase: 'Progressing' },
    { desired: { canary: 2, stable: 8, older: [] }, step: 1, phase: 'Paused' },
  ]);
});

test('a pause with a duration ends when it is over, one without when somebody promotes', () => {
  const steps = [pause('30s'), pause()];
  const answers = tell({ replicas: 2, steps }, [
    seen(0, '0', '2'),
    seen(29, '0', '2'),
    seen(30, '0', '2'),
    seen(9999, '0', '2'),
    seen(10_000, '0', '2', { action: 'promote' }),
  ]);
  expect(answers.map(({ step, phase }) => [step, phase])).toEqual([
    [0, 'Paused'],
    [0, 'Paused'],
    [1, 'Paused'],
    [1, 'Paused'],
    [2, 'Progressing'],
  ]);
  expect(answers.map(({ nextAtMs }) => nextAtMs).slice(0, 3)).toEqual([30_000, 30_000, null]);
  expect(answers[1]!.reason).toContain('for 1 s more');
});

test.each<[string, Observation, step: number]>([
  ['promote ends a pause', { action: 'promote' }, 1],
  ['skip-current-step goes on, and the next pause begins', { action: 'skip-current-step' }, 1],
  ['skip-all-steps leaves none', { action: 'skip-all-steps' }, 3],
])('at a pause, %s', (_, more, step) => {
  const settings = { replicas: 2, steps: [pause(), pause(), pause()] };
  const answers = tell(settings, [seen(0, '0', '2'), seen(1, '0', '2', more)]);
  expect(answers[1]!['step']).toBe(step);
});

test('basic: after the last step the canary becomes the stable version, the old one goes', () => {
  const settings = { replicas: 4, maxSurge: 1, maxUnavailable: 0, steps: [{ setWeight: 50 }] };
  const answers = tell(settings, [
    seen(0, '2', '2'),
    seen(10, '3', '2'),
    seen(20, '4', '1'),
    seen(30, '4', '0'),
  ]);
  expect(answers.map(({ desired, isPromoted, weight }) => [desired, isPromoted, weight])).toEqual([
    [{ canary: 3, stable: 2, older: [] }, false, 100],
    [{ canary: 3, stable: 1, older: [] }, false, 100],
    [{ canary: 4, stable: 0, older: [] }, true, 100],
    [{ canary: 4, stable: 0, older: [] }, true, 100],
  ]);
  expect(answers[3]!['phase']).toBe('Healthy');
});

test('a first version needs no steps', () => {
  const observation = { nowMs: 0, stable: null, canary: set('0') };
  const [answer] = tell({ replicas: 3, maxSurge: 0, steps: [{ setWeight: 10 }] }, [observation]);
  expect(answer).toMatchObject({ desired: { canary: 3, stable: null }, isPromoted: true });
});

test('without another version the stable set has its size', () => {
  const observation = { nowMs: 0, stable: set('3'), canary: null };
  const [answer] = tell({ replicas: 5, steps: [{ setWeight: 10 }] }, [observation]);
  expect(answer).toMatchObject({ desired: { canary: null, stable: 5 } });
});

test('a new revision starts from the first step', () => {
  const settings = { replicas: 10, ...limits, steps: [{ setWeight: 20 }, pause()] };
  const stable = set('8', 'v1');
  const answers = tell(settings, [
    { nowMs: 0, stable, canary: set('2', 'v2') },
    { nowMs: 1, stable, canary: set('0', 'v3'), older: [set('2', 'v2')] },
  ]);
  expect(answers.map(({ step }) => step)).toEqual([1, 0]);
  // Ten are available and ten must be: the version between has to wait.
  expect(answers[1]!['desired']).toEqual({ canary: 2, stable: 8, older: [2] });
});

test('basic: the old of an older set go first, those that are not available in any case', () => {
  const settings = { replicas: 10, ...limits, steps: [{ setWeight: 20 }] };
  const older = [set('3/1'), set('2')];
  const [answer] = tell(settings, [seen(0, '0', '9', { older })]);
  // 12 available, 10 must be: two may go, newest first, after the two that are not available.
  expect(answer!['desired']).toEqual({ canary: 0, stable: 9, older: [0, 1] });
});

describe('traffic-routed', () => {
  test('the weight follows the canary, the stable set stays', () => {
    const settings = routed({ steps: [{ setWeight: 20 }, pause()] });
    const answers = tell(settings, [
      seen(0, '0', '10'),
      seen(10, '2/1', '10'),
      seen(20, '2', '10'),
    ]);
    expect(answers.map(({ weight, step }) => [weight, step])).toEqual([
      [0, 0],
      [0, 0],
      [20, 1],
    ]);
    expect(answers[2]!['desired']).toEqual({ canary: 2, stable: 10, older: [] });
  });

  test('a larger weight waits for the canary to be as large', () => {
    const settings = routed({ steps: [{ setWeight: 20 }, { setWeight: 50 }, pause()] });
    const answers = tell(settings, [
      seen(0, '2', '10'),
      seen(10, '5/4', '10'),
      seen(20, '5', '10'),
    ]);
    expect(answers.map(({ weight, step }) => [weight, step])).toEqual([
      [20, 1],
      [20, 1],
      [50, 2],
    ]);
  });

  test('a canary that has lost its pods gets nothing', () => {
    const settings = routed({ steps: [{ setWeight: 20 }, pause()] });
    const answers = tell(settings, [
      seen(0, '2', '10'),
      seen(10, '2/0', '10'),
      seen(20, '2', '10'),
    ]);
    expect(answers.map(({ weight }) => weight)).toEqual([20, 0, 20]);
  });

  test('a router that has not got the weight yet holds the step', () => {
    const settings = routed({ steps: [{ setWeight: 20 }, pause()] });
    const answers = tell(settings, [
      seen(0, '2', '10', { weightVerified: false }),
      seen(10, '2', '10', { weightVerified: true }),
    ]);
    expect(answers.map(({ step }) => step)).toEqual([0, 1]);
  });

  test('setCanaryScale sizes the canary apart from its traffic, until it is told to match', () => {
    const steps = [
      { setCanaryScale: { replicas: 3 } },
      { setWeight: 10 },
      { setCanaryScale: { matchTrafficWeight: true } },
      pause(),
    ];
    const answers = tell(routed({ steps }), [
      seen(0, '0', '10'),
      seen(10, '3', '10'),
      seen(20, '1', '10'),
    ]);
    expect(answers.map(({ desired, step, weight }) => [desired, step, weight])).toEqual([
      [{ canary: 3, stable: 10, older: [] }, 0, 0],
      [{ canary: 1, stable: 10, older: [] }, 2, 10],
      [{ canary: 1, stable: 10, older: [] }, 3, 10],
    ]);
  });

  test('dynamicStableScale lets the stable set shrink with its traffic', () => {
    const settings = routed({ dynamicStableScale: true, steps: [{ setWeight: 30 }, pause()] });
    const answers = tell(settings, [seen(0, '0', '10'), seen(10, '3', '10'), seen(20, '3', '7')]);
    expect(answers.map(({ desired, weight }) => [desired, weight])).toEqual([
      [{ canary: 3, stable: 10, older: [] }, 0],
      [{ canary: 3, stable: 7, older: [] }, 30],
      [{ canary: 3, stable: 7, older: [] }, 30],
    ]);
  });

  test('an abort takes the traffic at once, and the canary 30 s later', () => {
    const settings = routed({ steps: [{ setWeight: 20 }, pause()] });
    const answers = tell(settings, [
      seen(0, '2', '10'),
      seen(10, '2', '10', { action: 'abort' }),
      seen(39, '2', '10'),
      seen(40, '2', '10'),
    ]);
    expect(answers.map(({ weight, phase, step }) => [weight, phase, step])).toEqual([
      [20, 'Paused', 1],
      [0, 'Degraded', 0],
      [0, 'Degraded', 0],
      [0, 'Degraded', 0],
    ]);
    const canaries = answers.map(({ desired }) => (desired as { canary: number }).canary);
    expect(canaries).toEqual([2, 2, 2, 0]);
    expect(answers[1]!['nextAtMs']).toBe(40_000);
  });

  test('… and not before the stable set is available in full', () => {
    const settings = routed({ steps: [{ setWeight: 20 }, pause()], abortScaleDownDelaySeconds: 5 });
    const answers = tell(settings, [
      seen(0, '2', '10'),
      seen(10, '2', '10/9', { action: 'abort' }),
      seen(60, '2', '10'),
      seen(65, '2', '10'),
    ]);
    expect(answers.map(({ desired }) => (desired as { canary: number }).canary)).toEqual([
      2, 2, 2, 0,
    ]);
  });

  test.each([
    ['with abortScaleDownDelaySeconds 0 it stays at setCanaryScale', 0, 1],
    ['with another delay setCanaryScale is over', 30, 0],
  ])('aborted: %s', (_, abortScaleDownDelaySeconds, canary) => {
    const steps = [{ setCanaryScale: { replicas: 1 } }, pause()];
    const answers = tell(routed({ replicas: 1, steps, abortScaleDownDelaySeconds }), [
      seen(0, '1', '1', { action: 'abort' }),
      seen(100, '1', '1'),
    ]);
    expect((answers[1]!['desired'] as { canary: number }).canary).toBe(canary);
  });

  test('dynamicStableScale, aborted: traffic goes back as stable pods become available', () => {
    const settings = routed({ dynamicStableScale: true, steps: [{ setWeight: 50 }, pause()] });
    const answers = tell(settings, [
      seen(0, '5', '10'),
      seen(10, '5', '5', { action: 'abort' }),
      seen(20, '5', '10/8'),
      seen(30, '2', '10'),
    ]);
    expect(answers.map(({ desired, weight }) => [desired, weight])).toEqual([
      [{ canary: 5, stable: 5, older: [] }, 50],
      [{ canary: 5, stable: 10, older: [] }, 50],
      [{ canary: 2, stable: 10, older: [] }, 20],
      [{ canary: 0, stable: 10, older: [] }, 0],
    ]);
  });

  test('the former stable set waits for scaleDownDelaySeconds', () => {
    const settings = routed({ scaleDownDelaySeconds: 60, steps: [{ setWeight: 50 }] });
    const answers = tell(settings, [
      seen(0, '5', '10'),
      seen(10, '10', '10'),
      seen(69, '10', '10'),
      seen(70, '10', '10'),
    ]);
    const stables = answers.map(({ desired }) => (desired as { stable: number }).stable);
    expect(stables).toEqual([10, 10, 10, 0]);
    expect(answers[1]).toMatchObject({ isPromoted: true, weight: 100, nextAtMs: 70_000 });
  });

  test('an intermediate version goes at once', () => {
    const settings = routed({ steps: [{ setWeight: 20 }] });
    const [answer] = tell(settings, [seen(0, '0', '10', { older: [set('5')] })]);
    expect(answer!['desired']).toEqual({ canary: 2, stable: 10, older: [0] });
  });

  test('promote-full goes to full size past all steps', () => {
    const settings = routed({ steps: [{ setWeight: 20 }, pause()] });
    const answers = tell(settings, [
      seen(0, '2', '10'),
      seen(10, '2', '10', { action: 'promote-full' }),
      seen(20, '10', '10'),
    ]);
    expect(answers[1]).toMatchObject({ desired: { canary: 10, stable: 10 }, weight: 20 });
    expect(answers[2]).toMatchObject({ isPromoted: true, weight: 100 });
  });
});

describe('analysis', () => {
  const steps = [{ setWeight: 20 }, { analysis: { templates: [] } }, { setWeight: 40 }, pause()];
  const settings = { replicas: 10, ...limits, steps };
  const at = (seconds: number, more: Observation = {}) => seen(seconds, '2', '8', more);

  test('a step waits for it to be successful', () => {
    const answers = tell(settings, [
      at(0),
      at(10, { analysis: 'Running' }),
      at(20, { analysis: 'Successful' }),
    ]);
    expect(answers.map(({ step }) => step)).toEqual([1, 1, 2]);
  });

  test.each(['Failed', 'Error'])('%s aborts: the canary goes as stable pods come', (phase) => {
    const answers = tell(settings, [at(0), at(10, { analysis: phase }), seen(20, '2', '10')]);
    expect(answers[1]).toMatchObject({ isAborted: true, weight: 0, step: 0, phase: 'Degraded' });
    expect(answers[1]!['desired']).toEqual({ canary: 2, stable: 10, older: [] });
    expect(answers[2]!['desired']).toEqual({ canary: 0, stable: 10, older: [] });
    expect(answers[1]!.reason).toContain(`analysis ${phase}`);
  });

  test('retry begins anew, and what the old analysis said is forgotten', () => {
    const answers = tell(settings, [
      at(0),
      at(10, { analysis: 'Failed' }),
      at(20, { analysis: 'Failed', action: 'retry' }),
      at(30, { analysis: 'Running' }),
      at(40, { analysis: 'Failed' }),
    ]);
    expect(answers.map(({ isAborted }) => isAborted)).toEqual([false, true, false, false, true]);
  });

  test('inconclusive stops everything until somebody promotes', () => {
    const answers = tell(settings, [
      at(0),
      at(10, { analysis: 'Inconclusive' }),
      at(20, { analysis: 'Inconclusive', action: 'promote' }),
      at(30, { analysis: 'Successful' }),
    ]);
    expect(answers.map(({ phase, step, pauses }) => [phase, step, pauses])).toEqual([
      ['Progressing', 1, []],
      ['Paused', 1, ['InconclusiveAnalysisRun']],
      ['Progressing', 1, []],
      ['Progressing', 2, []],
    ]);
  });

  test('in the background it aborts at any step', () => {
    const background = {
      replicas: 10,
      ...limits,
      steps: [{ setWeight: 20 }, pause()],
      analysis: {},
    };
    const answers = tell(background, [at(0), at(10, { analysis: 'Failed' })]);
    expect(answers.map(({ isAborted }) => isAborted)).toEqual([false, true]);
  });

  test('one success does not do for two analyses in a row', () => {
    const twice = { replicas: 10, ...limits, steps: [{ analysis: {} }, { analysis: {} }, pause()] };
    const answers = tell(twice, [
      seen(0, '0', '10'),
      seen(1, '0', '10', { analysis: 'Successful' }),
    ]);
    expect(answers.map(({ step }) => step)).toEqual([0, 1]);
  });
});

describe('progress deadline', () => {
  const steps = [{ setWeight: 50 }, pause(), { setWeight: 60 }];
  const settings = { replicas: 10, ...limits, steps, progressDeadlineSeconds: 60 };

  test('no progress for so long is degraded; progress heals it', () => {
    const answers = tell(settings, [
      seen(0, '2/0', '10'),
      seen(59, '2/0', '10'),
      seen(60, '2/0', '10'),
      seen(70, '2/1', '10'),
    ]);
    expect(answers.map(({ phase }) => phase)).toEqual([
      'Progressing',
      'Progressing',
      'Degraded',
      'Progressing',
    ]);
    expect(answers[0]!['nextAtMs']).toBe(60_000);
  });

  test('progressDeadlineAbort aborts', () => {
    const aborting = { ...settings, progressDeadlineAbort: true };
    const answers = tell(aborting, [seen(0, '2/0', '10'), seen(60, '2/0', '10')]);
    expect(answers[1]).toMatchObject({ isAborted: true, weight: 0, step: 0 });
  });

  test('a pause does not count, and begins it anew', () => {
    const answers = tell(settings, [
      seen(0, '5', '5'),
      seen(1000, '5', '5'),
      seen(1001, '5', '5', { action: 'promote' }),
      seen(1060, '6/5', '5'),
      seen(1130, '6/5', '5'),
    ]);
    expect(answers.map(({ phase }) => phase)).toEqual([
      'Paused',
      'Paused',
      'Progressing',
      'Progressing',
      'Degraded',
    ]);
  });
});

test('an analysis that is inconclusive waits for somebody longer than the deadline', () => {
  const settings = { replicas: 10, ...limits, steps: [{ setWeight: 20 }], analysis: {} };
  const answers = tell(settings, [
    seen(0, '2/0', '10', { analysis: 'Inconclusive' }),
    seen(9000, '2/0', '10', { analysis: 'Inconclusive' }),
  ]);
  expect(answers.map(({ phase }) => phase)).toEqual(['Paused', 'Paused']);
});

test('paused in the spec: nothing moves', () => {
  const settings = { replicas: 10, ...limits, paused: true, steps: [{ setWeight: 20 }] };
  const [answer] = tell(settings, [seen(0, '0', '10')]);
  expect(answer).toMatchObject({ desired: { canary: 0, stable: 10 }, phase: 'Paused' });
});

test('a manifest, its spec, and the keys side by side say the same', () => {
  const canary = { steps: [{ setWeight: 20 }], maxSurge: 2, maxUnavailable: 0 };
  const spec = { replicas: 10, strategy: { canary } };
  const manifest = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', spec };
  const answers = [manifest, spec, { replicas: 10, ...canary }].map((settings) =>
    tell(settings, [seen(0, '0', '10')]),
  );
  expect(answers[1]).toEqual(answers[0]);
  expect(answers[2]).toEqual(answers[0]);
});

function problems(settings: unknown): string {
  // What a test writes down is JSON.
  const line = { settings, observation: { nowMs: 0 } } as Plain;
  const { complaints } = argoCanary.converse()(line);
  return (complaints ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n');
}

test.each([
  [
    'a weight above 100',
    { steps: [{ setWeight: 101 }] },
    'steps.0.setWeight: expected at most 100',
  ],
  ['both limits 0', { maxSurge: 0, maxUnavailable: 0 }, 'both can not be zero'],
  ['more than all unavailable', { maxUnavailable: '101%' }, 'expected at most 100%'],
  ['a share without %', { maxSurge: '25' }, 'a percentage such as 25%'],
  [
    'setCanaryScale without a router',
    { steps: [{ setCanaryScale: { replicas: 1 } }] },
    'needs trafficRouting',
  ],
  ['a delay without a router', { scaleDownDelaySeconds: 3 }, 'goes with trafficRouting only'],
  ['dynamic scale without a router', { dynamicStableScale: true }, 'goes with trafficRouting only'],
  [
    'dynamic scale and a delay',
    routed({ dynamicStableScale: true, scaleDownDelaySeconds: 3 }),
    'does not go with scaleDownDelaySeconds',
  ],
  ['a step of nothing', { steps: [{}] }, 'steps.0: expected one of setWeight'],
  [
    'a step of two kinds',
    { steps: [{ setWeight: 1, pause: {} }] },
    'steps.0: expected one of setWeight',
  ],
  [
    'a pause of no duration',
    { steps: [pause('ten')] },
    'steps.0.pause.duration: expected a duration',
  ],
  [
    'a deadline within minReadySeconds',
    { minReadySeconds: 600 },
    'progressDeadlineSeconds: expected more than minReadySeconds',
  ],
  ['a slip in a key', { steps: [{ setWeigth: 5 }] }, 'did you mean `setWeight`'],
])('settings with %s are refused', (_, settings, words) => {
  expect(problems({ replicas: 2, ...settings })).toContain(words);
});

test.each([
  ['30s', 30_000],
  ['1h30m', 5_400_000],
  ['1.5h', 5_400_000],
  ['100ms', 100],
  ['0', 0],
  ['1m0.5s', 60_500],
  ['30', undefined],
  ['', undefined],
  ['-5s', undefined],
  ['5 s', undefined],
  ['s', undefined],
])('the Go duration %s is %s ms', (text, ms) => {
  expect(parseGoDuration(text)).toBe(ms);
});
