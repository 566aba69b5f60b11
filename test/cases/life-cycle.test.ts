/** From the wish for an instance to its first request, stage by stage. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { launches, readyAt } from '../../simulator/components/launch.ts';
import { Nodes } from '../../simulator/components/nodes.ts';
import { stream } from '../../simulator/engine/random.ts';
import type { Distribution, InstanceKind } from '../../simulator/model/model.ts';
import { parseModel } from '../../simulator/model/parse.ts';
import type { Run } from '../../simulator/results/results.ts';
import { simulate } from '../../simulator/simulate.ts';

const OPTIONS = { seed: 1, replications: 1, arrivals: 'independent', modelDigest: '' } as const;

function ms(value: number): Distribution {
  return { type: 'constant', ms: value };
}

function launch(on: Partial<InstanceKind>, hasImage = false, nowMs = 0) {
  const kind = { type: undefined, dollarsPerHour: undefined, boot: ms(0), warmUpMs: 0, ...on };
  return launches(kind, (purpose) => stream(1, 0, 'service/s', purpose))(nowMs, hasImage);
}

test.each([
  ['answers from the start: the first probe sees it', { delayMs: 0 }, 0, 0],
  ['up at 12 s: the probe at 20 s is the first that succeeds', {}, 12_000, 20_000],
  ['up at a probe: that one succeeds', {}, 20_000, 20_000],
  ['probes begin after a delay', { delayMs: 15_000 }, 12_000, 15_000],
  ['two successes in a row take one period more', { successes: 2 }, 12_000, 30_000],
  ['a long delay and three successes', { delayMs: 60_000, successes: 3 }, 1000, 80_000],
])('readiness: %s', (_, settings, upMs, expected) => {
  const readiness = { delayMs: 0, periodMs: 10_000, successes: 1, ...settings };
  expect(readyAt(readiness, 0, upMs)).toBe(expected);
});

test('a service is never ready before it answers, nor a period later than it must', () => {
  const times = fc.integer({ min: 0, max: 200_000 });
  const rule = fc.record({
    delayMs: times,
    periodMs: fc.integer({ min: 1000, max: 60_000 }),
    successes: fc.integer({ min: 1, max: 5 }),
  });
  fc.assert(
    fc.property(rule, times, times, (readiness, startedMs, appMs) => {
      const upMs = startedMs + appMs;
      const { delayMs, periodMs, successes } = readiness;
      const ready = readyAt(readiness, startedMs, upMs);
      const earliest = Math.max(upMs, startedMs + delayMs) + (successes - 1) * periodMs;
      expect(ready).toBeGreaterThanOrEqual(earliest);
      expect(ready).toBeLessThan(earliest + periodMs);
    }),
  );
});

const STAGES: Partial<InstanceKind> = {
  boot: ms(40_000),
  image: { pull: ms(25_000), cached: ms(500), perNode: 2 },
  start: ms(12_000),
  readiness: { delayMs: 0, periodMs: 10_000, successes: 1 },
  registration: ms(3000),
};

test('the stages follow each other', () => {
  expect(launch(STAGES, false, 1000)).toEqual({
    grantedMs: 1000,
    startedMs: 66_000,
    readyMs: 86_000,
    servingMs: 89_000,
  });
});

test('a node that has the image saves the pull', () => {
  expect(launch(STAGES, true).startedMs).toBe(40_500);
});

test('with half of the launches refused, two minutes are lost in the mean to pauses of two', () => {
  const capacity = { errorRatio: 0.5, retry: ms(120_000) };
  const on = { type: undefined, dollarsPerHour: undefined, boot: ms(0), warmUpMs: 0, capacity };
  const one = launches(on, (purpose) => stream(7, 0, 'service/s', purpose));
  const lost = Array.from({ length: 20_000 }, () => one(0, false).grantedMs / 120_000);
  const mean = lost.reduce((sum, value) => sum + value, 0) / lost.length;
  // Geometric: mean 1, deviation √2; within four standard errors.
  expect(Math.abs(mean - 1)).toBeLessThan((4 * Math.SQRT2) / Math.sqrt(lost.length));
});

test('containers share nodes, and a node that was left empty has no image any more', () => {
  const nodes = new Nodes(2);
  expect([1, 2, 3, 4, 5].map((row) => nodes.place(row))).toEqual([false, true, false, true, false]);
  nodes.leave(2);
  expect(nodes.place(6)).toBe(true);
  nodes.leave(5);
  expect(nodes.place(7)).toBe(false);
});

/** A service of 10 ms a request that is asked for two instances at 10 s. */
function grown(on: string, duration = '200s', step = 'wait'): Run {
  const text = `name: grows
duration: ${duration}
traffic: { guests: { does: visit, rate: 50/s, arrivals: even } }
journeys: { visit: [{ call: web.work }] }
services:
  web:
    on: ${on}
    serves: { threads: 8 }
    scaling:
      min: 1
      max: 4
      policies:
        - step-scaling:
            alarm: { metric: requests-per-instance, above: 30/s, period: 10s }
            steps: [{ add: 2 }]
    endpoints: { work: [{ ${step}: 10ms }] }
`;
  const { model, problems } = parseModel([{ file: 'm.yaml', text }]);
  expect(problems).toBeUndefined();
  return simulate(model!, OPTIONS).runs[0]!;
}

/** Second at whose end a service first had so many serving. */
function servingAt({ services }: Run, count: number): number {
  return 2 * (services['web']!.serving.findIndex((serving) => serving >= count) + 1);
}

test('a new instance serves when all of its stages are over', () => {
  const stages = '{ boot: 20s, image: { pull: 15s }, start: 5s, readiness: {}, registration: 3s }';
  // Asked for at 10 s; started at 45 s, up at 50 s, the probe at 55 s, registered at 58 s.
  expect(servingAt(grown(stages), 3)).toBe(58);
});

test('the second instance of a node finds the image there', () => {
  const run = grown('{ boot: 20s, image: { pull: 40s, per-node: 2 } }');
  // The first shares the node of the one that is there already; the next needs a node of its own.
  expect([servingAt(run, 2), servingAt(run, 3)]).toEqual([30, 70]);
});

test('an instance that has just come is slow, and less and less so', () => {
  const on = (cold: string) => `{ boot: 20s${cold} }`;
  const latencyAt = (run: Run, second: number) => {
    const { sum, count } = run.journeys['visit']!.latencyMs[Math.floor(second / 2)]!;
    return sum / count;
  };
  const text = (run: string) => grown(run, '200s', 'cpu');
  const usual = text(on(''));
  const cold = text(on(', cold: { cpu: 5, for: 60s }'));
  expect(latencyAt(usual, 34)).toBeCloseTo(10, 6);
  // Two of three instances serve from 30 s on: at 30 s they take 5 times, at 60 s 3 times as long.
  expect(latencyAt(cold, 30)).toBeCloseTo((10 + 2 * 50) / 3, 0);
  expect(latencyAt(cold, 60)).toBeCloseTo((10 + 2 * 30) / 3, 0);
  expect(latencyAt(cold, 94)).toBeCloseTo(10, 6);
});

test('a quota holds the group below what it wants', () => {
  const { services } = grown('{ boot: 5s, capacity: { quota: 2 } }');
  expect(services['web']!.desired.at(-1)).toBe(3);
  expect(Math.max(...services['web']!.serving)).toBe(2);
  expect(Math.max(...services['web']!.booting)).toBe(1);
});

test('a machine is paid for from the moment that it is granted', () => {
  const free = grown('{ boot: 5s }');
  const refused = grown('{ boot: 5s, capacity: { errors: 99%, retry: 1h } }');
  // Of two instances from 10 s to 200 s, refused for ever.
  const saved = free.services['web']!.instanceHours - refused.services['web']!.instanceHours;
  expect(saved).toBeCloseTo((2 * 190) / 3600, 6);
});
