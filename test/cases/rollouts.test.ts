/**
 * Roll-outs in simulated groups, second by second: ten instances that boot in 20 s, and a version
 * that comes at 60 s.
 */
import { describe, expect, test } from 'vitest';
import { unstageable } from '../../fixtures/staging/refusals.ts';
import type { Fault } from '../../simulator/model/health-settings.ts';
import type { Scaling } from '../../simulator/model/model.ts';
import { parseModel } from '../../simulator/model/parse.ts';
import { mergeHistograms } from '../../simulator/results/histogram.ts';
import { simulate } from '../../simulator/simulate.ts';
import { changed } from '../helpers/model-text.ts';
import { fixedSize, model, service } from '../helpers/models.ts';
import {
  atRest,
  canary,
  failing,
  flagger,
  gate,
  good,
  groups,
  ms,
  outcome,
  ran,
  refresh,
  rolling,
  rollout,
  SECOND,
  slow,
} from '../helpers/rolled-out.ts';

describe('rolling update', () => {
  test('25 % of ten: 3 more, 2 missing; two boots and all is done', () => {
    const { run } = ran([rollout(good, rolling)]);
    // 60 s: 3 new ones come, the 2 that may be missing go, and there is room for 2 more. 80 s: 5
    // are there, so 3 old ones will do; 100 s: the other 5.
    expect(atRest(run)).toEqual([
      [60, 8, 5],
      [80, 3, 10],
      [100, 0, 10],
    ]);
    expect(outcome(run)).toMatchObject({ phase: 'done', endedAtS: 100 });
  });

  test('an instance counts when it has been ready for min-ready', () => {
    const { run } = ran([rollout(good, { ...rolling, minReadyMs: 10_000 })]);
    expect(atRest(run).map(([at]) => at)).toEqual([60, 90, 120]);
  });

  test('without surge two at a time go first, and two come', () => {
    const strategy = { ...rolling, maxSurge: 0, maxUnavailable: 2 } as const;
    const { run } = ran([rollout(good, strategy)]);
    expect(atRest(run)).toEqual(
      [8, 6, 4, 2, 0].map((old, index) => [60 + 20 * index, old, 10 - old]),
    );
    expect(outcome(run)).toMatchObject({ phase: 'done', endedAtS: 160 });
  });

  test('a version that does not start takes 2 instances away, and is late in the end', () => {
    const { run } = ran([rollout({ ...good, boot: ms(3_600_000) }, rolling)]);
    expect(atRest(run)).toEqual([[60, 8, 5]]);
    const late = run.incidents!.at(-1)!;
    expect(late.atMs).toBe(660_000);
    expect(late.reason).toContain('ProgressDeadlineExceeded: no progress for 10 min');
    expect(outcome(run)).toMatchObject({ phase: 'under way', endedAtS: null, requests: 0 });
  });

  test('a bad version goes all the way: Kubernetes looks at no answers', () => {
    const { run } = ran([rollout(failing, rolling)]);
    const { phase, requests, errors } = outcome(run);
    expect(phase).toBe('done');
    // From 100 s on everybody sees it.
    expect(requests).toBeGreaterThan(40_000);
    expect(errors / requests).toBeCloseTo(0.04, 2);
    expect(run.journeys['visit']!.counters.failed).toBe(errors);
  });

  test('an instance that is killed meanwhile is replaced by one of its own version', () => {
    const kill: Fault = { type: 'kill', atMs: 65_000, instances: 1 };
    const { run } = ran([rollout(good, rolling)], { own: { faults: [kill] } });
    // The 8 old ones are 8 again at 85 s, too late for 80 s: one more stays until then.
    expect(outcome(run)).toMatchObject({ phase: 'done' });
    const { serving, booting } = run.services['feed']!;
    expect(serving.at(-1)! + booting.at(-1)!).toBe(10);
  });
});

describe('canary of Argo Rollouts', () => {
  test('a good version: steps and pauses, from when the pods are there', () => {
    const { run } = ran([rollout(good, canary, { gate })]);
    // 20 % at 80 s, pause until 200; 50 % at 220 s, pause until 340; all at 360 s.
    expect(atRest(run).map(([at, , fresh]) => [at, fresh])).toEqual([
      [60, 2],
      [200, 5],
      [220, 5],
      [340, 10],
      [360, 10],
    ]);
    expect(outcome(run)).toMatchObject({ phase: 'done', endedAtS: 360, errors: 0 });
  });

  test.each([
    ['80 % slower', slow, 'latency 36 ms is above 1.3 × the baseline'],
    ['4 % errors', failing, 'more errors than the baseline'],
  ])('%s: stopped at 20 %% by the first measurement, and back', (_, version, why) => {
    const { run } = ran([rollout(version, canary, { gate })]);
    expect(Math.max(...run.services['feed']!.updated!)).toBe(2);
    // Measured at 120 s; the two that went boot again until 140 s.
    expect(atRest(run).at(-1)).toEqual([120, 10, 0]);
    expect(outcome(run)).toMatchObject({ phase: 'rolled back', endedAtS: 140 });
    expect(run.incidents!.some(({ reason }) => reason.includes(why))).toBe(true);
    // 20 % of 50/s for 40 s.
    expect(outcome(run).requests).toBeGreaterThanOrEqual(399);
    expect(outcome(run).requests).toBeLessThanOrEqual(402);
  });

  test('failed measurements that are let pass: one, and the second aborts', () => {
    const { run } = ran([rollout(slow, canary, { gate: { ...gate, failuresMax: 1 } })]);
    expect(outcome(run)).toMatchObject({ phase: 'rolled back', endedAtS: 200 });
  });

  test('too few requests are no measurement', () => {
    const { run } = ran([rollout(slow, canary, { gate: { ...gate, requestsMin: 1e6 } })]);
    expect(outcome(run)).toMatchObject({ phase: 'done', endedAtS: 360 });
  });
});

describe('instance refresh of EC2 Auto Scaling', () => {
  test('90 % healthy of ten: one after the other', () => {
    const { run } = ran([rollout(good, refresh)]);
    expect(atRest(run)).toEqual(
      Array.from({ length: 10 }, (_, index) => [60 + 20 * index, 9 - index, index + 1]),
    );
    expect(outcome(run)).toMatchObject({ phase: 'done', endedAtS: 260 });
  });

  test('a checkpoint at 50 % waits for its delay', () => {
    const waits = { ...refresh, checkpointPercents: [50, 100], checkpointDelayMs: 120_000 };
    const { run } = ran([rollout(good, waits)]);
    // Half at 160 s, on at 280 s, done 5 boots later.
    expect(atRest(run).map(([at]) => at)).toEqual([60, 80, 100, 120, 140, 280, 300, 320, 340, 360]);
    expect(outcome(run)).toMatchObject({ phase: 'done', endedAtS: 380 });
  });

  test('the gate is its alarm: it goes back, or stops where it is', () => {
    const back = ran([rollout(slow, refresh, { gate })]).run;
    // At 120 s 3 are new, and go as they came.
    expect(outcome(back)).toMatchObject({ phase: 'rolled back', endedAtS: 180 });
    const stays = ran([rollout(slow, { ...refresh, autoRollback: false }, { gate })]).run;
    expect(outcome(stays)).toMatchObject({ phase: 'failed', endedAtS: 120 });
    expect(stays.services['feed']!.updated!.at(-1)).toBe(3);
  });
});

describe('Flagger', () => {
  test('a good version: a step a minute, promoted from 50 % on', () => {
    const { run } = ran([rollout(good, flagger, { gate })]);
    const told = run.incidents!.map(({ atMs, reason }) => [
      atMs / SECOND,
      reason.split(': ').at(-1),
    ]);
    expect(told.filter(([, words]) => String(words).startsWith('canary weight'))).toEqual(
      [10, 20, 30, 40, 50].map((weight, index) => [120 + 60 * index, `canary weight ${weight}`]),
    );
    expect(atRest(run)).toEqual([
      [60, 10, 10],
      [480, 0, 10],
    ]);
    expect(outcome(run)).toMatchObject({ phase: 'done', endedAtS: 540 });
  });

  test('requests go by weight, however many instances there are', () => {
    const { run } = ran([rollout(good, flagger, { gate })], { durationMs: 180_000 });
    // One in ten of 3000 in the minute from 120 s on: binomial, ± 4 standard deviations of 16.4.
    expect(outcome(run).requests).toBeGreaterThan(234);
    expect(outcome(run).requests).toBeLessThan(366);
  });

  test('a bad version: two failed checks at 10 %, and the canary goes', () => {
    const { run } = ran([rollout(failing, flagger, { gate })]);
    expect(atRest(run)).toEqual([
      [60, 10, 10],
      [300, 10, 0],
    ]);
    expect(outcome(run)).toMatchObject({ phase: 'rolled back', endedAtS: 300 });
  });
});

describe('percentage groups', () => {
  test('a good version: each stage bakes from when its instances are there', () => {
    const { run } = ran([rollout(good, groups, { gate: { ...gate, requestsMin: 10 } })]);
    // 1 % from 80 s, 10 % from 200, 50 % from 340 (four boot), 100 % from 480, over at 600.
    const shares = run.incidents!.flatMap(({ atMs, reason }) =>
      reason.endsWith('of the requests') ? [[atMs / SECOND, reason.split(': ')[1]]] : [],
    );
    expect(shares).toEqual([
      [80, '1 % of the requests'],
      [200, '10 % of the requests'],
      [340, '50 % of the requests'],
      [480, '100 % of the requests'],
    ]);
    expect(atRest(run)).toEqual([
      [60, 10, 1],
      [320, 10, 5],
      [460, 10, 10],
      [600, 0, 10],
    ]);
    expect(outcome(run)).toMatchObject({ phase: 'done', endedAtS: 600 });
  });

  test('a bad version reaches 10 % of the users at most', () => {
    const { run } = ran([rollout(failing, groups, { gate })]);
    const { phase, requests, errors, endedAtS } = outcome(run);
    expect(phase).toBe('rolled back');
    expect(endedAtS).toBeGreaterThanOrEqual(140);
    expect(endedAtS).toBeLessThanOrEqual(320);
    // At most 1 % of 6000 and 10 % of 6000, and a twentieth of them failed.
    expect(requests).toBeLessThan(800);
    expect(errors).toBeLessThan(60);
    expect(run.services['feed']!.updated!.at(-1)).toBe(0);
  });

  test('a stage goes on for as long as there are too few requests to judge by', () => {
    const wants = { ...gate, requestsMin: 1_000_000 };
    const { run } = ran([rollout(good, groups, { gate: wants })]);
    expect(outcome(run)).toMatchObject({ phase: 'under way' });
    expect(Math.max(...run.services['feed']!.updated!)).toBe(1);
  });
});

describe('what goes on meanwhile', () => {
  test('the group grows from 10 to 20: both sides grow in proportion, and it goes on', () => {
    const to20 = { type: 'scheduled', cron: undefined, atMs: 70_000, clockMs: 0 } as const;
    const scaling: Scaling = {
      ...fixedSize(10),
      max: 20,
      policies: [{ ...to20, min: 20, max: undefined, desired: undefined }],
    };
    const { run } = ran([rollout(good, rolling)], { own: { scaling } });
    expect(atRest(run)).toEqual([
      [60, 8, 5],
      // 13 become 25: of 8 old ones 15 (8 · 25/13), of 5 new ones 10.
      [70, 15, 10],
      // 13 are available: 5 of the old ones that boot may go.
      [80, 10, 15],
      [90, 5, 20],
      [100, 0, 20],
    ]);
    expect(outcome(run)).toMatchObject({ phase: 'done', endedAtS: 110 });
    expect(run.services['feed']!.desired.at(-1)).toBe(20);
  });

  test('a slower version is slower by its factor, and only it', () => {
    const { run } = ran([rollout(slow, rolling)]);
    const seen = run.journeys['visit']!.latencyMs.map(({ max }) => Math.round(max));
    expect(seen[0]).toBe(20);
    expect(seen.at(-1)).toBe(36);
    expect(mergeHistograms(run.journeys['visit']!.latencyMs).max).toBeCloseTo(36, 6);
  });

  test('a slow fault makes a slow version slower still', () => {
    const fault: Fault = { type: 'slow', atMs: 200_000, forMs: 60_000, instances: 20, factor: 2 };
    const { run } = ran([rollout(slow, rolling)], { own: { faults: [fault] } });
    expect(mergeHistograms(run.journeys['visit']!.latencyMs).max).toBeCloseTo(72, 6);
    expect(Math.round(run.journeys['visit']!.latencyMs.at(-1)!.max)).toBe(36);
  });

  test('the next roll-out takes the place of one that is under way', () => {
    const next = rollout(good, rolling, { atMs: 100_000 });
    const { run } = ran([rollout(slow, canary), next]);
    const [first, second] = run.services['feed']!.rollouts!;
    expect(first).toMatchObject({ phase: 'replaced', endedAtMs: 100_000 });
    expect(second).toMatchObject({ phase: 'done', endedAtMs: 140_000 });
    expect(Math.round(run.journeys['visit']!.latencyMs.at(-1)!.max)).toBe(20);
    expect(run.services['feed']!.updated!.at(-1)).toBe(10);
  });

  test('a group without roll-outs has nothing of them in its results', () => {
    const { services } = ran([]).run;
    expect(Object.keys(services['feed']!)).toContain('updated');
    const plain = model(10, 10_000, [service('feed', { time: ms(1) })]);
    const options = { seed: 1, arrivals: 'independent', modelDigest: '', replications: 1 } as const;
    const series = simulate(plain, options).runs[0]!.services['feed']!;
    expect('updated' in series || 'rollouts' in series).toBe(false);
  });
});

describe('the model file', () => {
  const written = `    rollouts:
      - at: 30s
        version: { cpu: 1.8, errors: 2%, boot: { exponential: 40s } }
        strategy: { canary: { steps: [{ weight: 20% }, { pause: 2m }], surge: 1, min-ready: 10s } }
        gate: { errors: 1%, latency: 1.3, every: 30s, failures: 2 }
      - { at: 10s, version: {}, strategy: rolling }
      - { at: 11s, version: { cpu: 0.5 }, strategy: instance-refresh, gate: { latency: 2 } }
      - at: 40s
        version: { cpu: 1.1 }
        strategy: { flagger: { step: 10%, max: 50%, threshold: 5 } }
        gate: { errors: 1% }
      - { at: 50s, version: { errors: 2% }, strategy: { groups: { stages: [1%, 50%], bake: 5m } } }
`;
  const { model: parsed } = parseModel([
    changed('    instances: 2\n', `    instances: 2\n${written}`),
  ]);
  const stock = parsed!.services.find(({ name }) => name === 'stock')!;

  test('says all of it, in order of time, with the defaults of the vendors', () => {
    const unjudged = { errorRatioMargin: undefined, latencyRatioMax: undefined };
    const judged = {
      ...unjudged,
      requestsMin: 100,
      confidence: 0.95,
      everyMs: 60_000,
      failuresMax: 0,
    };
    expect(stock.rollouts).toEqual([
      { atMs: 10_000, version: good, strategy: rolling },
      {
        atMs: 11_000,
        version: { slowness: 0.5, failRatio: 0 },
        strategy: { ...refresh, autoRollback: false },
        gate: { ...judged, latencyRatioMax: 2 },
      },
      {
        atMs: 30_000,
        version: { slowness: 1.8, failRatio: 0.02, boot: { type: 'exponential', meanMs: 40_000 } },
        strategy: {
          ...rolling,
          type: 'canary',
          steps: [{ weight: 20 }, { pauseMs: 120_000 }],
          maxSurge: 1,
          minReadyMs: 10_000,
        },
        gate: { ...gate, everyMs: 30_000, failuresMax: 2 },
      },
      {
        atMs: 40_000,
        version: { slowness: 1.1, failRatio: 0 },
        strategy: { ...flagger, threshold: 5 },
        // Any request at all is a value for Flagger.
        gate: { ...judged, errorRatioMargin: 0.01, requestsMin: 1 },
      },
      {
        atMs: 50_000,
        version: { slowness: 1, failRatio: 0.02 },
        strategy: {
          type: 'groups',
          stages: [1, 50].map((percent) => ({ percent, bakeMs: 300_000 })),
        },
      },
    ]);
  });

  test('the twin says that it cannot do it', () => {
    const still = { ...parsed!, services: [stock] };
    expect(unstageable(still)).toBe('stock: a roll-out can be simulated, but not staged yet');
  });
});
