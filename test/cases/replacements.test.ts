/** Instances that health checks find unhealthy are replaced, a tenth of the group at once. */
import { expect, test } from 'vitest';
import type { Fault } from '../../simulator/model/health-settings.ts';
import type { Service } from '../../simulator/model/model.ts';
import { parseModel } from '../../simulator/model/parse.ts';
import { simulateRun } from '../../simulator/simulate.ts';
import { changed, complaints } from '../helpers/model-text.ts';
import { fixedSize, model, service } from '../helpers/models.ts';

const ms = (value: number) => ({ type: 'constant', ms: value }) as const;
const healthCheck = { rules: 'alb', intervalMs: 1000, timeoutMs: 500, rise: 2, fall: 2 } as const;

/** Three of ten hang from 100 s on; new ones boot in 20 s. */
function replaced(graceMs: number | undefined, own: Partial<Service> = {}) {
  const hang: Fault = { type: 'hang', atMs: 100_000.5, forMs: 1e9, instances: 3 };
  const on = { type: undefined, dollarsPerHour: undefined, boot: ms(20_000), warmUpMs: 0 };
  const scaling = {
    ...fixedSize(10),
    drainMs: 5000,
    ...(graceMs !== undefined && { replaceUnhealthy: { graceMs } }),
  };
  const base = service('feed', { time: ms(20), on, scaling, healthCheck, ...own });
  const what = model(50, 400_000, [{ ...base, faults: [hang] }], { timeoutMs: 1000 });
  const { incidents, services, journeys } = simulateRun(
    what,
    { seed: 1, arrivals: 'independent' },
    0,
  );
  const told = incidents!.filter(({ reason }) => reason.startsWith('health: replaces'));
  return {
    told: told.map(({ atMs, reason }) => [Math.floor(atMs / 1000), reason]),
    serving: services['feed']!.serving,
    errors: journeys['visit']!.errors,
  };
}

test('without it sick instances stay', () => {
  expect(replaced(undefined).told).toEqual([]);
});

test('one of ten at once, the next when the one before serves', () => {
  const { told, serving, errors } = replaced(0);
  // Two failed checks in a row by 103 s; then a boot for each.
  const [first] = told[0]!;
  expect(first).toBeGreaterThanOrEqual(101);
  expect(first).toBeLessThanOrEqual(103);
  expect(told.slice(1).map(([at]) => Number(at) - Number(first))).toEqual([20, 40]);
  expect(told.map(([, reason]) => reason)).toEqual([
    expect.stringMatching(/^health: replaces 1 of [123] unhealthy/),
    'health: replaces 1 of 2 unhealthy, 1 wait: at most 1 at once',
    'health: replaces 1 of 1 unhealthy',
  ]);
  expect(serving.at(-1)).toBe(10);
  expect(errors.at(-1)).toBe(0);
});

test('nobody is replaced before its grace period is over', () => {
  // They serve from 0 on.
  expect(replaced(300_000).told.map(([at]) => at)).toEqual([300, 320, 340]);
});

test('an instance that is not yet known to be well is not sick', () => {
  const slow = { ...healthCheck, rise: 5 };
  // Five good checks take longer than two bad ones would.
  expect(replaced(0, { healthCheck: slow }).told).toHaveLength(3);
});

test('a model file says it; without checks nobody would be unhealthy', () => {
  const text = '      max: 4\n      replace-unhealthy: { grace: 90s }\n';
  expect(complaints(changed('      max: 4\n', text))).toEqual([
    'model.yaml:17:7: services.web.scaling.replace-unhealthy: ' +
      'expected `health-check` with it, found none',
  ]);
  const checked = '    health-check: { rules: alb }\n    scaling:\n      min: 2\n';
  const [whole] = [changed('    scaling:\n      min: 2\n      max: 4\n', checked + text)];
  const web = parseModel([whole]).model!.services.find(({ name }) => name === 'web')!;
  expect(web.scaling.replaceUnhealthy).toEqual({ graceMs: 90_000 });
});

test('a version that is sick at once is replaced once a second, and the run ends', () => {
  const version = { slowness: 1, failRatio: 1 };
  const strategy = { type: 'groups', stages: [{ percent: 100, bakeMs: 1000 }] } as const;
  const quick = { ...healthCheck, rules: 'haproxy', fall: 1 } as const;
  const base = service('feed', {
    time: ms(20),
    scaling: { ...fixedSize(1), drainMs: 0, replaceUnhealthy: { graceMs: 0 } },
    healthCheck: quick,
    rollouts: [{ version, strategy, atMs: 10_000 }],
  });
  const what = model(5, 20_000, [base], { timeoutMs: 1000 });
  const { incidents } = simulateRun(what, { seed: 1, arrivals: 'independent' }, 0);
  const told = incidents!.filter(({ reason }) => reason.startsWith('health: replaces'));
  expect(told.length).toBeGreaterThanOrEqual(9);
  expect(told.length).toBeLessThanOrEqual(11);
});
