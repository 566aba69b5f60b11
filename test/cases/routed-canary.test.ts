/**
 * Argo Rollouts' canary behind a router, in simulated groups, second by second: ten instances that
 * boot in 20 s, a version that comes at 60 s, 50 requests a second.
 */
import { describe, expect, test } from 'vitest';
import { parseModel } from '../../simulator/model/parse.ts';
import type { CanaryRoutes } from '../../simulator/model/rollout-settings.ts';
import type { StrategyOf } from '../../simulator/policies/delivery/strategy.ts';
import { changed } from '../helpers/model-text.ts';
import {
  atRest,
  canary,
  failing,
  gate,
  good,
  outcome,
  ran,
  rollout,
  SECOND,
} from '../helpers/rolled-out.ts';

const routing: CanaryRoutes = {
  dynamicStableScale: false,
  minPodsPerReplicaSet: 1,
  scaleDownDelayMs: 30_000,
  abortScaleDownDelayMs: undefined,
};
const routed: StrategyOf<'canary'> = { ...canary, routing };
const dynamic: StrategyOf<'canary'> = {
  ...canary,
  routing: { ...routing, dynamicStableScale: true },
};

/** Requests that instances of the new version got, while it ran for so many seconds. */
function requestsUntil(seconds: number, strategy: StrategyOf<'canary'>): number {
  const { run } = ran([rollout(good, strategy)], { durationMs: seconds * 1000 });
  return outcome(run).requests;
}

describe('a good version behind a router', () => {
  test('the old instances all stay, and go 30 s after the promotion', () => {
    const { run } = ran([rollout(good, routed, { gate })]);
    // 2 of ten at 80 s, pause until 200; 5 at 220 s, pause until 340; ten at 360 s, and 30 s more.
    expect(atRest(run)).toEqual([
      [60, 10, 2],
      [200, 10, 5],
      [340, 10, 10],
      [390, 0, 10],
    ]);
    expect(outcome(run)).toMatchObject({ phase: 'done', endedAtS: 390, errors: 0 });
    const told = run.incidents!.flatMap(({ atMs, reason }) => {
      const found = /(\d+) % of the requests/.exec(reason);
      return found === null ? [] : [[atMs / SECOND, Number(found[1])]];
    });
    expect(told).toEqual([
      [80, 20],
      [220, 50],
      [360, 100],
    ]);
  });

  test('a part of an instance is a whole one: 11 % of ten are 2', () => {
    const strategy = { ...routed, steps: [{ weight: 11 }, { pauseMs: 600_000 }] };
    const { run } = ran([rollout(good, strategy)]);
    expect(atRest(run)[0]).toEqual([60, 10, 2]);
  });

  test('requests go by weight, not by instances: 5 % to one of eleven', () => {
    const strategy = { ...routed, steps: [{ weight: 5 }, { pauseMs: 600_000 }] };
    // From 80 s to 480 s: 5 % of 20,000, binomial, ± 4 standard deviations of 31.
    const requests = requestsUntil(480, strategy);
    expect(requests).toBeGreaterThan(876);
    expect(requests).toBeLessThan(1124);
  });

  test('a step in the counts is no step in the traffic before the instances are there', () => {
    expect(requestsUntil(80, routed)).toBe(0);
    // 20 % of 6000 from 80 s to 200 s, ± 4 standard deviations of 31, and 20 % until 220 s.
    const requests = requestsUntil(220, routed);
    expect(requests).toBeGreaterThan(1260);
    expect(requests).toBeLessThan(1540);
  });

  test('surge does nothing: the most at once are twice the size', () => {
    const { run } = ran([rollout(good, { ...routed, maxSurge: 0 })]);
    const { serving, booting } = run.services['feed']!;
    const most = Math.max(...serving.map((count, at) => count + booting[at]!));
    expect(most).toBe(20);
  });
});

describe('setCanaryScale', () => {
  test('fixes the size until it is to match the traffic again', () => {
    const steps = [
      { scale: { replicas: 3 } },
      { weight: 10 },
      { pauseMs: 60_000 },
      { scale: { weight: 80 } },
      { pauseMs: 60_000 },
      { scale: { matchTrafficWeight: true } },
      { pauseMs: 60_000 },
    ] as const;
    const { run } = ran([rollout(good, { ...routed, steps })]);
    // 3 at 80 s, pause until 140; 8 at 160 s, pause until 220; 1 at once, until 280; then all.
    expect(atRest(run)).toEqual([
      [60, 10, 3],
      [140, 10, 8],
      [220, 10, 1],
      [280, 10, 10],
      [330, 0, 10],
    ]);
  });
});

describe('dynamicStableScale', () => {
  test('the old instances go as their requests do', () => {
    const { run } = ran([rollout(good, dynamic, { gate })]);
    expect(atRest(run)).toEqual([
      [60, 10, 2],
      [80, 8, 2],
      [200, 8, 5],
      [220, 5, 5],
      [340, 5, 10],
      [360, 0, 10],
    ]);
    expect(outcome(run)).toMatchObject({ phase: 'done', endedAtS: 360 });
  });

  test('back only as fast as old instances can take the requests', () => {
    const at50 = { ...dynamic, steps: [{ weight: 50 }, { pauseMs: 600_000 }] };
    const { run } = ran([rollout(failing, at50, { gate })]);
    // 5 old ones are left when it fails, at 120 s; the other 5 are there at 140 s.
    expect(atRest(run)).toEqual([
      [60, 10, 5],
      [80, 5, 5],
      [120, 10, 5],
      [140, 10, 0],
    ]);
    expect(outcome(run)).toMatchObject({ phase: 'rolled back', endedAtS: 140 });
    // Half of 50/s for 60 s: until 140 s, not until 120 s.
    expect(outcome(run).requests).toBeGreaterThan(1280);
  });
});

describe('a bad version behind a router', () => {
  test('no request from the failed measurement on; the instances stay for 30 s', () => {
    const { run } = ran([rollout(failing, routed, { gate })]);
    expect(atRest(run)).toEqual([
      [60, 10, 2],
      [150, 10, 0],
    ]);
    expect(outcome(run)).toMatchObject({ phase: 'rolled back', endedAtS: 150 });
    // 20 % of 50/s for 40 s, ± 4 standard deviations of 18.
    expect(outcome(run).requests).toBeGreaterThan(328);
    expect(outcome(run).requests).toBeLessThan(472);
  });

  test('abort-scale-down-delay says for how long', () => {
    const strategy = { ...routed, routing: { ...routing, abortScaleDownDelayMs: 5000 } };
    const { run } = ran([rollout(failing, strategy, { gate })]);
    expect(outcome(run)).toMatchObject({ phase: 'rolled back', endedAtS: 125 });
  });
});

describe('in the model file', () => {
  const write = (canaryText: string) =>
    parseModel([
      changed(
        '    instances: 2\n',
        `    instances: 2\n    rollouts:\n      - at: 10s\n        version: {}
        strategy: { canary: { ${canaryText} } }\n`,
      ),
    ]);
  const STEPS = 'steps: [{ scale: 3 }, { scale: 30% }, { weight: 20% }, { scale: match-traffic }]';

  test('says all of it, with the defaults of the vendor', () => {
    const { model } = write(`${STEPS}, routing: weighted`);
    const [one] = model!.services.find(({ name }) => name === 'stock')!.rollouts!;
    expect(one!.strategy).toEqual({
      ...canary,
      steps: [
        { scale: { replicas: 3 } },
        { scale: { weight: 30 } },
        { weight: 20 },
        { scale: { matchTrafficWeight: true } },
      ],
      routing,
    });
    const settings = 'dynamic-stable-scale: true, min-pods: 2, abort-scale-down-delay: 9s';
    const all = write(`${STEPS}, routing: { ${settings} }`).model!;
    const [other] = all.services.find(({ name }) => name === 'stock')!.rollouts!;
    expect(other!.strategy).toMatchObject({
      routing: {
        dynamicStableScale: true,
        minPodsPerReplicaSet: 2,
        scaleDownDelayMs: 30_000,
        abortScaleDownDelayMs: 9000,
      },
    });
  });

  test.each([
    [STEPS, '"scale" needs routing (Argo Rollouts: setCanaryScale)'],
    [`${STEPS}, routing: weighted, surge: 1`, '"surge" does nothing with routing'],
    [
      `${STEPS}, routing: { dynamic-stable-scale: true, scale-down-delay: 9s }`,
      '"scale-down-delay" does not go with dynamic-stable-scale',
    ],
    [
      `${STEPS}, routing: { abort-scale-down-delay: 0s }`,
      'above 0s (Argo Rollouts: with 0 an aborted canary stays for good)',
    ],
    [`${STEPS}, routing: split`, 'weighted or a map'],
    ['steps: [{ scale: few }]', 'instances such as 3, a share such as 30%, or match-traffic'],
  ])('%s is refused', (text, message) => {
    const { problems } = write(text);
    expect(problems!.map((one) => one.message + (one.expected ?? '')).join()).toContain(message);
  });
});
