/**
 * Scaling, health, breakers and limits of the staging twin as real processes: one stack, one run of
 * some seconds, and what stands in its log. Orders of events are asked for, never moments.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decideAgain, guardAgain } from '../../fixtures/staging/decide-again.ts';
import { type Stack, startStack } from '../../fixtures/staging/stack.ts';
import { readStagingLog } from '../../reports/read-staging-log.ts';
import { breakerSettings } from '../../simulator/model/breaker-settings.ts';
import type { Distribution, Model, Service, Step } from '../../simulator/model/model.ts';
import { outlierSettings } from '../../simulator/model/outlier-settings.ts';
import type { StagingLogLine } from '../../simulator/results/staging-log.ts';
import { eventsOf, get, load, logOf, until } from '../helpers/live-stack.ts';
import { fixedSize, model, scalable, service } from '../helpers/models.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-resilience-'));
const ms = (value: number): Distribution => ({ type: 'constant', ms: value });
const threads = { type: 'threads', count: 50 } as const;
const plain = { time: ms(1), serves: threads };

const checked = service('checked', {
  ...plain,
  scaling: fixedSize(3),
  balancing: { type: 'leastconn', slowStartMs: 1000 },
  healthCheck: { rules: 'haproxy', intervalMs: 400, timeoutMs: 300, rise: 2, fall: 2 },
  panicRatio: 0.3,
  faults: [{ type: 'hang', atMs: 500, forMs: 3000, instances: 1 }],
});

const watched = service('watched', {
  ...plain,
  scaling: fixedSize(3),
  balancing: { type: 'round-robin', weights: [1, 1, 2] },
  outlierDetection: outlierSettings({
    intervalMs: 500,
    baseEjectionTimeMs: 1000,
    consecutive5xx: 3,
    maxEjectionPercent: 40,
  }),
  faults: [{ type: 'fail', atMs: 500, forMs: 2500, instances: 1, ratio: 1 }],
});

const called: Step = {
  type: 'call',
  service: 'back',
  endpoint: 'work',
  timeoutMs: 5000,
  breaker: breakerSettings({
    slidingWindowSize: 5,
    minimumNumberOfCalls: 5,
    waitDurationInOpenStateMs: 1000,
    permittedNumberOfCallsInHalfOpenState: 2,
  }),
  fallback: [{ type: 'cpu', time: ms(1) }],
};
const front = service('front', { ...plain, endpoints: [{ name: 'work', steps: [called] }] });
const back = service('back', {
  ...plain,
  faults: [{ type: 'fail', atMs: 500, forMs: 2000, instances: 1, ratio: 1 }],
});

const bucket = { type: 'token-bucket', ratePerSecond: 1, burst: 5 } as const;
const limited = service('limited', { ...plain, rateLimit: { rule: bucket, per: 'service' } });

const growing = service('growing', {
  ...plain,
  scaling: scalable(1, 2, [
    {
      type: 'hpa',
      metrics: [{ metric: 'requests-per-instance', target: 15 }],
      requestRatio: 1,
      controller: { syncPeriod: '1s', initialReadinessDelay: '0s' },
    },
  ]),
});

const sleeping = service('sleeping', {
  ...plain,
  scaling: scalable(0, 1, [
    {
      type: 'keda',
      triggers: [{ metric: 'requests-per-instance', target: 100, activation: 0 }],
      pollingMs: 1000,
      cooldownMs: 300_000,
      initialCooldownMs: 0,
      idle: undefined,
      fallback: undefined,
    },
  ]),
});

const mortal = service('mortal', {
  ...plain,
  faults: [{ type: 'kill', atMs: 500, instances: 1 }],
});

const hangs: Service['faults'] = [{ type: 'hang', atMs: 500, forMs: 2000, instances: 1 }];
const asked = { rules: 'haproxy', intervalMs: 300, timeoutMs: 200, rise: 2, fall: 2 } as const;
const spoken = service('spoken', {
  ...plain,
  healthCheck: { ...asked, probe: 'grpc' },
  faults: hangs,
});
const deaf = service('deaf', { ...plain, healthCheck: { ...asked, probe: 'tcp' }, faults: hangs });

/** A cell of two fails: the checks see it, and the other one takes its requests. */
const cells = service('cells', {
  ...plain,
  scaling: fixedSize(4),
  zones: 2,
  localities: { priorities: [0, 1], overprovisioningPercent: 140, panicPercent: 50 },
  healthCheck: asked,
  faults: [{ type: 'fail', atMs: 500, forMs: 2000, instances: 'all', zone: 0, ratio: 1 }],
});

const all: Model = model(
  10,
  20_000,
  [checked, watched, front, back, limited, growing, sleeping, mortal, spoken, deaf, cells],
  { name: 'live-resilience' },
);

let stack: Stack;
let startAtMs = 0;
const statuses: Record<string, readonly number[]> = {};
let limitedAtOnce: readonly number[] = [];

beforeAll(async () => {
  stack = await startStack({
    model: all,
    digest: 'd1',
    seed: 1,
    logPath: join(folder, 'log.ndjson'),
    attached: true,
    stateFolder: join(folder, 'state'),
  });
  startAtMs = Date.now() + 300;
  await stack.run(startAtMs);
  await until('moment 0', () => Date.now() > startAtMs + 50);
  const rates = { checked: 30, watched: 40, front: 20, growing: 40, sleeping: 10, cells: 60 };
  const loads = Object.entries(rates).map(
    ([name, perSecond]) => [name, load(stack.urls[name]!, perSecond)] as const,
  );
  const burst = Array.from({ length: 20 }, () => get(`${stack.urls['limited']}/work`));
  limitedAtOnce = (await Promise.all(burst)).map(({ status }) => status);
  await until(
    'all to have happened',
    () => {
      const reasons = notes(logOf(stack)).join('\n');
      return (
        /health check of checked-1: up/.test(reasons) &&
        /^uneject/m.test(reasons) &&
        / closed: /.test(reasons) &&
        /^priority 1 takes 100 %[\s\S]*^priority 0 takes 100 %/m.test(reasons) &&
        eventsOf(stack, 'growing-2').includes('serving') &&
        eventsOf(stack, 'sleeping-1').includes('serving')
      );
    },
    30_000,
  );
  for (const [name, end] of loads) statuses[name] = await end();
  await stack.stop();
}, 90_000);

afterAll(async () => {
  await stack?.stop();
  rmSync(folder, { recursive: true });
});

function notes(lines: readonly StagingLogLine[]): string[] {
  return lines.flatMap((line) =>
    line.type === 'guarded'
      ? line.entries.flatMap(({ said }) => ('notes' in said ? (said.notes ?? []) : []))
      : [],
  );
}

function incidents(name: string): string[] {
  const text = logOf(stack).map((line) => `${JSON.stringify(line)}\n`);
  return readStagingLog('log', text.join(''), startAtMs, all.durationMs)
    .incidents.filter((one) => one.service === name)
    .map(({ reason }) => reason);
}

test('an instance that hangs fails its health checks, leaves the list, and comes back', () => {
  const [fault, ...rest] = incidents('checked');
  expect(fault).toMatch(/^hang: .* 1 instance /);
  const own = rest.filter((reason) => reason.includes('checked-1'));
  expect(own[0]).toMatch(/^health check of checked-1: down: timeout/);
  expect(own.at(-1)).toMatch(/^health check of checked-1: up: success/);
  const lists = guardAgain(logOf(stack)).flatMap(({ name, said }) =>
    name === 'checked' && 'listed' in said ? [said.listed as string[]] : [],
  );
  expect(lists.some((list) => list.length > 0 && !list.includes('checked-1'))).toBe(true);
  expect(lists.at(-1)).toContain('checked-1');
  // Whoever was inside got an answer in the end: a hang is no failure.
  expect(new Set(statuses['checked'])).toEqual(new Set([200]));
});

test('a check of gRPC sees who hangs, one of TCP does not', () => {
  const [fault, down, up] = incidents('spoken');
  expect(fault).toMatch(/^hang: /);
  expect(down).toMatch(/^health check of spoken-1: down: timeout/);
  expect(up).toMatch(/^health check of spoken-1: up: success/);
  expect(incidents('deaf')).toEqual([expect.stringMatching(/^hang: /)]);
});

test('a cell that fails is left, level by level, and taken again', () => {
  const own = incidents('cells');
  expect(own[0]).toBe('fail: 2 instances answer 100 % with errors for 2 s');
  const shares = own.filter((reason) => reason.startsWith('priority'));
  // One of two healthy is 70 %, unless both fail, or come back, between two requests.
  expect(shares[0]).toMatch(/^priority 0 takes 70 %, 1 takes 30 %|^priority 1 takes 100 %/);
  expect(shares.some((one) => one.startsWith('priority 1 takes 100 %'))).toBe(true);
  expect(shares.at(-1)).toBe('priority 0 takes 100 %');
  const all = statuses['cells']!;
  const failed = all.filter((status) => status !== 200).length;
  expect(failed).toBeGreaterThan(0);
  // A cell without anybody who looks fails 2 s of 60 requests a second.
  expect(failed).toBeLessThan(100);
  expect(all.at(-1)).toBe(200);
});

test('an instance that fails is ejected after three errors, and comes back', () => {
  const [fault, ...rest] = incidents('watched');
  expect(fault).toMatch(/^fail: /);
  expect(rest[0]).toBe('eject watched-1: 3 times 5xx in a row: ejected for 1 s');
  expect(rest[1]).toMatch(/^uneject watched-1: /);
  const failed = statuses['watched']!.filter((status) => status === 500).length;
  expect(failed).toBeGreaterThanOrEqual(3);
  // Without anybody who looks it were a quarter of 100.
  expect(failed).toBeLessThan(20);
});

test('a breaker opens, tries, and closes again; the fallback answers meanwhile', () => {
  const modes = incidents('back').flatMap(
    (reason) => /^breaker of front-1 .* → back.work ([\w-]+):/.exec(reason)?.[1] ?? [],
  );
  expect(modes.slice(0, 2)).toEqual(['open', 'half-open']);
  expect(modes.slice(-2)).toEqual(['half-open', 'closed']);
  expect(new Set(statuses['front'])).toEqual(new Set([200]));
});

test('of twenty at once a bucket of five lets five in, and what has dripped in meanwhile', () => {
  const passed = limitedAtOnce.filter((status) => status === 200).length;
  expect(passed).toBeGreaterThanOrEqual(5);
  expect(passed).toBeLessThanOrEqual(10);
  expect(limitedAtOnce.filter((status) => status === 429)).toHaveLength(20 - passed);
});

test('an HPA scales out, and KEDA from nothing by what is turned away', () => {
  const decided = (name: string) =>
    decideAgain(logOf(stack)).filter(({ line }) => line.service === name);
  expect(decided('growing').some(({ line }) => line.desired === 2)).toBe(true);
  const [first] = decided('sleeping').filter(({ line }) => line.desired === 1);
  expect(first!.line.observation.turnedAwayPerSecond).toBeGreaterThan(0);
  expect(statuses['sleeping']).toContain(503);
  expect(statuses['sleeping']!.at(-1)).toBe(200);
});

test('one that a fault kills is replaced, and its death is no doubt', () => {
  expect(incidents('mortal')).toEqual([expect.stringMatching(/^kill: /)]);
  expect(eventsOf(stack, 'mortal-1')).toContain('died');
  expect(eventsOf(stack, 'mortal-2')).toContain('serving');
});

test('every decision of the log, asked again, is the same', () => {
  const lines = logOf(stack);
  const decided = decideAgain(lines);
  expect(new Set(decided.map(({ line }) => line.service))).toEqual(
    new Set(['growing', 'sleeping']),
  );
  for (const { line, again } of decided) {
    expect(again).toEqual({ desired: line.desired, reason: line.reason });
  }
  const guarded = guardAgain(lines);
  const kinds = guarded.map(({ guard, name }) => `${guard} ${name}`);
  expect(new Set(kinds)).toEqual(
    new Set([
      'health cells',
      'health checked',
      'priority cells',
      'health deaf',
      'health spoken',
      'health watched',
      'breaker front-1 work/0 → back.work',
      'rate-limit limited',
    ]),
  );
  for (const { said, again } of guarded) expect(again).toEqual(said);
});
