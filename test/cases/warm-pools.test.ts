/** What prepared instances do for a group: they serve sooner, come back, and cost something. */
import { expect, test } from 'vitest';
import { summarizeGroups } from '../../simulator/analysis/groups.ts';
import type { InstanceKind, Scaling, WarmPoolSettings } from '../../simulator/model/model.ts';
import { parseModel } from '../../simulator/model/parse.ts';
import { formatProblem } from '../../simulator/model/problem.ts';
import { brokenRules } from '../../simulator/model/rules/rules.ts';
import type { ServiceSeries } from '../../simulator/results/results.ts';
import { simulate, simulateRun } from '../../simulator/simulate.ts';
import { changed } from '../helpers/model-text.ts';
import { model, service } from '../helpers/models.ts';

const ms = (value: number) => ({ type: 'constant', ms: value }) as const;

const STOPPED: WarmPoolSettings = {
  poolState: 'stopped',
  maxPrepared: undefined,
  minSize: 0,
  reuseOnScaleIn: false,
  boot: ms(20_000),
  dollarsPerHour: 0.1,
};

/** A machine takes 60 s, its app 30 s more. */
const ON: InstanceKind = {
  type: undefined,
  dollarsPerHour: 1,
  boot: ms(60_000),
  start: ms(30_000),
  warmUpMs: 0,
};

/** Sizes at moments; a group of 2 to 6 instances, looked at every second for five minutes. */
function runOf(
  warmPool: WarmPoolSettings | undefined,
  sizes: readonly (readonly [number, number])[],
  on: InstanceKind = ON,
) {
  const policies = sizes.map(([atMs, desired]) => {
    const bounds = { min: undefined, max: undefined, cron: undefined, clockMs: 0 };
    return { type: 'scheduled', atMs, desired, ...bounds } as const;
  });
  const scaling: Scaling = { min: 1, max: 6, start: 2, drainMs: 10_000, policies };
  const own = { ...scaling, ...(warmPool && { warmPool }) };
  const feed = service('feed', { time: ms(20), on, serves: { type: 'delay' }, scaling: own });
  const what = model(20, 300_000, [feed]);
  const options = { seed: 1, arrivals: 'independent', replications: 1 } as const;
  const results = simulate(what, { ...options, modelDigest: 'none' });
  const { services, decisions } = results.runs[0]!;
  const [summary] = summarizeGroups(what, results);
  return { feed: services['feed']!, decisions, summary: summary!, bucketMs: results.bucketMs };
}

/** Seconds after 60 s until the group serves with four. */
function secondsToFour(warmPool: WarmPoolSettings | undefined): number {
  const { feed, bucketMs } = runOf(warmPool, [[60_000, 4]]);
  const bucket = feed.serving.indexOf(4);
  // Counted at the end of each bucket.
  return ((bucket + 1) * bucketMs) / 1000 - 60;
}

test.each([
  ['without a pool: machine and app', undefined, 90],
  ['stopped: started again, and the app with it', STOPPED, 50],
  ['hibernated: the app is in memory', { ...STOPPED, poolState: 'hibernated' as const }, 20],
  ['running: at once', { ...STOPPED, poolState: 'running' as const, boot: ms(0) }, 0],
])('%s', (_, pool, seconds) => {
  const found = secondsToFour(pool);
  expect(found).toBeGreaterThanOrEqual(seconds);
  expect(found).toBeLessThanOrEqual(seconds + 2);
});

const poolOf = ({ warmPool }: ServiceSeries) => warmPool!;

test('what the pool gives away it need not replace: the group is as much larger', () => {
  const { feed, decisions } = runOf(STOPPED, [[60_000, 4]]);
  const { size, warmStarts, coldStarts } = poolOf(feed);
  expect([size[0], size.at(-1), warmStarts, coldStarts]).toEqual([4, 2, 2, 0]);
  expect(decisions[0]?.reason).toMatch(/warm-pool: 2 warm and 0 cold starts, pool 2 of 2/);
});

test('more than is prepared starts from scratch', () => {
  const { feed } = runOf({ ...STOPPED, maxPrepared: 3 }, [[60_000, 5]]);
  expect(poolOf(feed)).toMatchObject({ warmStarts: 1, coldStarts: 2 });
});

test('a scale-in fills the pool: with its own instances, or with new ones', () => {
  const sizes = [[60_000, 1]] as const;
  const reusing = runOf({ ...STOPPED, reuseOnScaleIn: true }, sizes);
  expect(reusing.decisions[0]?.reason).toMatch(/0 cold starts, 1 back, pool 5 of 5/);
  const reused = poolOf(reusing.feed);
  const renewed = poolOf(runOf(STOPPED, sizes).feed);
  expect([reused.size.at(-1), renewed.size.at(-1)]).toEqual([5, 5]);
  expect([reused.returned, renewed.returned]).toEqual([1, 0]);
  expect(reused.preparingHours).toBe(0);
  expect(renewed.preparingHours).toBeCloseTo(90 / 3600, 9);
});

test('one that is still being prepared is not drawn', () => {
  const sizes = [
    [60_000, 1],
    [100_000, 6],
  ] as const;
  // Five wanted at 100 s: four wait since before the run, the one begun at 60 s is not ready.
  expect(poolOf(runOf(STOPPED, sizes).feed)).toMatchObject({ warmStarts: 4, coldStarts: 1 });
});

test('what waits costs the price of a disk, and a running one its own', () => {
  const stopped = runOf(STOPPED, []).summary.dollars!.value;
  const running = { ...STOPPED, poolState: 'running', dollarsPerHour: undefined } as const;
  expect(stopped).toBeCloseTo((2 * 1 + 4 * 0.1) / 12, 9);
  expect(runOf(running, []).summary.dollars!.value).toBeCloseTo(6 / 12, 9);
});

test('running instances of the pool count against the quota, stopped ones do not', () => {
  const on = { ...ON, capacity: { errorRatio: 0, retry: ms(1000), quota: 6 } };
  const running = { ...STOPPED, poolState: 'running', minSize: 3 } as const;
  expect(runOf(running, [[60_000, 6]], on).feed.serving.at(-1)).toBeLessThanOrEqual(6);
  expect(runOf(STOPPED, [[60_000, 6]], on).feed.serving.at(-1)).toBe(6);
});

const POOL = '      warm-pool: { state: stopped, boot: 30s, max-prepared: 3, reuse: true }\n';

function problemsOf(pool: string): string {
  const text = changed('      max: 4\n', `      max: 4\n${pool}`);
  return (parseModel([text]).problems ?? []).map(formatProblem).join('\n');
}

test('a model file says it', () => {
  const text = changed('      max: 4\n', `      max: 4\n${POOL}`);
  const web = parseModel([text]).model!.services.find(({ name }) => name === 'web')!;
  expect(web.scaling.warmPool).toEqual({
    poolState: 'stopped',
    maxPrepared: 3,
    minSize: 0,
    reuseOnScaleIn: true,
    boot: ms(30_000),
    dollarsPerHour: 0,
  });
});

test.each([
  ['{ state: stopped, min: 3, max-prepared: 2 }', /at least the pool's min of 3 \(EC2 Auto/],
  ['{ state: running, price: $1/h }', /a running instance costs what every instance costs/],
  ['{ state: asleep }', /expected stopped, running or hibernated/],
])('%s is refused', (pool, message) => {
  expect(problemsOf(`      warm-pool: ${pool}\n`)).toMatch(message);
});

test.each([
  ['rollouts', { rollouts: [] }, {}, /a service with "rollouts" has no "warm-pool"/],
  ['nodes', { on: { nodes: 'general' } }, {}, /pods on "nodes" have none/],
  ['hpa', {}, { policies: [{ hpa: {} }] }, /"warm-pool" is of EC2 Auto Scaling: pods have none/],
])('a service with %s has no warm pool', (_, own, group, message) => {
  const scaling = { min: 1, max: 4, 'warm-pool': { state: 'stopped' }, ...group };
  const complaints = brokenRules({ services: { web: { ...own, scaling } } });
  expect(complaints.map((one) => one.message ?? '').join('\n')).toMatch(message);
});

test('a scheduled action that changes the max resizes a pool that has no size of its own', () => {
  const resized = (warmPool: WarmPoolSettings) => {
    const at = { type: 'scheduled', min: undefined, desired: undefined, clockMs: 0 } as const;
    const policies = [
      { ...at, atMs: 60_000, max: 9, cron: undefined },
      { ...at, atMs: 200_000, max: 3, cron: undefined },
    ];
    const scaling: Scaling = { min: 1, max: 6, start: 2, drainMs: 10_000, policies, warmPool };
    const feed = service('feed', { time: ms(20), on: ON, serves: { type: 'delay' }, scaling });
    const options = { seed: 1, arrivals: 'independent' } as const;
    const run = simulateRun(model(20, 300_000, [feed]), options, 0);
    const { size } = poolOf(run.services['feed']!);
    const at100 = Math.floor(size.length / 3);
    return [size[0], size[at100], size.at(-1), ...run.evaluations!.map(({ reason }) => reason)];
  };
  expect(resized(STOPPED)).toEqual([
    4,
    7,
    1,
    'scheduled-scaling: at 60 s: min 1, max 9, desired 2; ' +
      'warm-pool: 0 warm and 0 cold starts, pool 4 of 7',
  ]);
  expect(resized({ ...STOPPED, maxPrepared: 5 }).slice(0, 3)).toEqual([3, 3, 3]);
});
