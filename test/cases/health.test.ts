/** Who is on the balancer's list, and when: faults that health checks and answers show. */
import { describe, expect, test } from 'vitest';
import { listedOf } from '../../simulator/components/health.ts';
import type { Fault, HealthCheck } from '../../simulator/model/health-settings.ts';
import type { Service } from '../../simulator/model/model.ts';
import { outlierSettings } from '../../simulator/model/outlier-settings.ts';
import { parseModel } from '../../simulator/model/parse.ts';
import type { Run } from '../../simulator/results/results.ts';
import { simulate } from '../../simulator/simulate.ts';
import { changed } from '../helpers/model-text.ts';
import { fixedSize, model, service } from '../helpers/models.ts';

const ms = (value: number) => ({ type: 'constant', ms: value }) as const;

/** 100 requests a second for 100 s to four instances, with callers who wait for 50 ms. */
function evenly(own: Partial<Service>): Run {
  const base = model(100, 100_000, [
    service('feed', { time: ms(1), serves: { type: 'delay' }, scaling: fixedSize(4), ...own }),
  ]);
  const traffic = base.traffic.map((one) => ({ ...one, arrivals: 'even' }) as const);
  const visit = { type: 'call', service: 'feed', endpoint: 'work', timeoutMs: 50 } as const;
  const what = { ...base, traffic, journeys: [{ name: 'visit', steps: [visit] }] };
  const options = { seed: 1, arrivals: 'independent', modelDigest: '', replications: 1 } as const;
  return simulate(what, options).runs[0]!;
}

function errors({ journeys }: Run): number {
  const { failed, timedOut } = journeys['visit']!.counters;
  return failed + timedOut;
}

const sick = { atMs: 10_000.5, forMs: 50_000, instances: 1 } as const;
const hang: Fault = { type: 'hang', ...sick };
const fail: Fault = { type: 'fail', ...sick, ratio: 1 };

describe('without anybody who looks', () => {
  test('a quarter of the requests is lost for 50 s', () => {
    expect(errors(evenly({ faults: [fail] }))).toBe(1250);
  });
});

describe('health checks', () => {
  const check = { intervalMs: 2000, timeoutMs: 500, rise: 2, fall: 3 } as const;
  const watched = (rules: HealthCheck['rules'], fault: Fault) =>
    evenly({ healthCheck: { ...check, rules }, faults: [fault] });

  // Off the list after at least (fall − 1) and at most fall intervals, and the time-outs in it.
  test.each([
    ['haproxy', hang, 4.5, 7.5],
    ['alb', hang, 4.5, 7.5],
    ['kubernetes', hang, 4.5, 7.5],
    ['haproxy', fail, 4, 6],
    ['envoy', hang, 4.5, 7.5],
    ['envoy', fail, 0, 2],
  ] as const)(
    'by the rules of %s, %j costs %d to %d s of a quarter',
    (rules, fault, least, most) => {
      const run = watched(rules, fault);
      expect(errors(run)).toBeGreaterThanOrEqual(least * 25 - 2);
      expect(errors(run)).toBeLessThanOrEqual(most * 25 + 2);
      expect(run.incidents!.map(({ reason }) => reason.replace(/:.*/, ''))).toEqual([
        fault.type,
        'health check of instance 1',
        'health check of instance 1',
      ]);
    },
  );

  test.each([
    ['tcp', hang, 1],
    ['tcp', fail, 1],
    ['grpc', hang, 3],
    ['grpc', fail, 3],
  ] as const)('over %s, %j makes %d incidents: TCP sees neither', (probe, fault, incidents) => {
    const run = evenly({ healthCheck: { ...check, rules: 'haproxy', probe }, faults: [fault] });
    expect(run.incidents).toHaveLength(incidents);
  });

  test('it is back two good probes after the end', () => {
    const { incidents } = watched('haproxy', hang);
    const backMs = incidents!.at(-1)!.atMs;
    expect(backMs).toBeGreaterThan(60_000 + 2000 - 500);
    expect(backMs).toBeLessThan(60_000 + 4000 + 500);
  });

  const all = { ...fail, instances: 4 };

  test.each([
    ['with all sick nobody gets requests', undefined],
    ['in a panic all do, and half of the answers are good', 0.5],
  ])('%s', (_, panicRatio) => {
    const healthCheck = { ...check, rules: 'haproxy' } as const;
    const half: Fault = { ...all, type: 'fail', ratio: 0.5 };
    const own = { healthCheck: { ...healthCheck, fall: 1, rise: 100 }, faults: [half] };
    const run = evenly(panicRatio === undefined ? own : { ...own, panicRatio });
    // From some seconds after 10 s to the end nobody comes back: rise is out of reach.
    if (panicRatio === undefined) expect(errors(run)).toBeGreaterThan(80 * 100);
    else expect(errors(run)).toBeLessThan(3000);
  });

  test('a panic that fails requests leaves them nobody, though half are well', () => {
    const two: Fault = { ...fail, instances: 2 };
    const healthCheck = { ...check, rules: 'haproxy' } as const;
    const [all, none] = [{}, { failsOnPanic: true } as const].map((own) =>
      evenly({ healthCheck, faults: [two], panicRatio: 0.6, ...own }),
    );
    // While they are sick: 50 s of 100 requests a second, of which half would be answered.
    expect(errors(all!)).toBeLessThan(0.6 * 50 * 100);
    expect(errors(none!)).toBeGreaterThan(0.9 * 50 * 100);
  });

  test.each([
    [[true, false, false], 0.5, [false, false, false]],
    [[true, false, false], 0.3, [true, false, false]],
    [[true, true], 0.5, [true, true]],
  ])('of %j with a threshold of %d that fails %j are listed', (isWell, panicRatio, listed) => {
    expect(listedOf(isWell, { panicRatio, failsOnPanic: true })).toEqual(listed);
  });
});

describe('outlier detection', () => {
  const settings = { maxEjectionPercent: 50 };

  test('five errors in a row are all that is lost of a first ejection', () => {
    const run = evenly({ faults: [fail], outlierDetection: outlierSettings(settings) });
    // Five at first; after 30 s and up to an interval it is back, and five more eject it again.
    expect(errors(run)).toBe(10);
    const actions = run.incidents!.map(({ reason }) => reason.split(' ')[0]);
    expect(actions).toEqual(['fail:', 'eject', 'uneject', 'eject']);
    const [, first, back, second] = run.incidents!.map(({ atMs }) => atMs);
    expect(back).toBe(10_000 * Math.ceil((first! + 30_000) / 10_000));
    expect(second! - back!).toBeLessThan(250);
  });

  test('at 10 % no instance of four is ejected, unless one may always be', () => {
    const none = evenly({ faults: [fail], outlierDetection: outlierSettings({}) });
    expect(errors(none)).toBe(1250);
    const one = outlierSettings({ alwaysEjectOneHost: true });
    expect(errors(evenly({ faults: [fail], outlierDetection: one }))).toBe(10);
  });

  test('callers who give up are answers of 504', () => {
    const own = outlierSettings({ ...settings, enforcingConsecutive5xx: 0 });
    const gateway = { ...own, enforcingConsecutiveGatewayFailure: 100 };
    const run = evenly({ faults: [hang], outlierDetection: gateway });
    // Five give up after 50 ms; before that, one more has come; the same after 30 s.
    expect(errors(run)).toBeGreaterThanOrEqual(10);
    expect(errors(run)).toBeLessThanOrEqual(16);
  });

  test('a good health check brings an ejected one back', () => {
    const outlierDetection = outlierSettings(settings);
    const healthCheck = { rules: 'envoy', intervalMs: 1000, timeoutMs: 500, rise: 1, fall: 100 };
    const slow: Fault = { type: 'slow', ...sick, factor: 100 };
    const run = evenly({
      faults: [slow],
      outlierDetection,
      healthCheck: healthCheck as HealthCheck,
    });
    const reasons = run.incidents!.map(({ reason }) => reason);
    expect(reasons).toContain('uneject instance 1: its active health check succeeded');
  });
});

test('what nothing happens to is as it would be without anybody who looks', () => {
  const plain = evenly({});
  const watched = evenly({
    healthCheck: { rules: 'haproxy', intervalMs: 2000, timeoutMs: 500, rise: 2, fall: 3 },
    outlierDetection: outlierSettings({}),
  });
  expect(watched.journeys).toEqual(plain.journeys);
  expect(watched.incidents).toBeUndefined();
});

test('a model file says all of it, with the vendors’ defaults', () => {
  const { model: parsed } = parseModel([
    changed(
      'instances: 2\n',
      `instances: 2
    health-check: { rules: haproxy, probe: tcp, interval: 5s }
    outlier-detection: { errors: 3, failures: 40%, max-ejected: 50% }
    panic: 30%
    fail-on-panic: true
`,
    ),
  ]);
  const stock = parsed!.services.find(({ name }) => name === 'stock')!;
  expect(stock.healthCheck).toEqual({
    rules: 'haproxy',
    probe: 'tcp',
    intervalMs: 5000,
    timeoutMs: 5000,
    rise: 2,
    fall: 3,
  });
  expect(stock.outlierDetection).toEqual(
    outlierSettings({
      consecutive5xx: 3,
      failurePercentageThreshold: 40,
      enforcingFailurePercentage: 100,
      maxEjectionPercent: 50,
    }),
  );
  expect(stock).toMatchObject({ panicRatio: 0.3, failsOnPanic: true });
});

test('a panic that fails requests wants a threshold', () => {
  const check = 'health-check: { rules: haproxy }';
  const { problems } = parseModel([
    changed('instances: 2\n', `instances: 2\n    ${check}\n    fail-on-panic: true\n`),
  ]);
  expect(problems!.map(({ message }) => message).join()).toContain(
    'expected `panic` with it (Envoy: fail_traffic_on_panic), found none',
  );
});
