/** Policies of every kind at work: a group of one thread an instance, 10 ms a request. */
import { expect, test } from 'vitest';
import { parseModel } from '../../simulator/model/parse.ts';
import type { Run } from '../../simulator/results/results.ts';
import { simulate } from '../../simulator/simulate.ts';
import { changed, complaints } from '../helpers/model-text.ts';

interface Group {
  readonly policies: string;
  readonly rate: string;
  readonly duration?: string;
  readonly sizes?: string;
  readonly on?: string;
  readonly starts?: string;
}

function run({ policies, rate, duration = '10m', starts = 'Mon 00:00', ...group }: Group): Run {
  const { sizes = 'min: 1, max: 10', on = '{ boot: 20s }' } = group;
  const text = `name: group
duration: ${duration}
starts: ${starts}
traffic: { guests: { does: visit, arrivals: even, rate: ${rate} } }
journeys: { visit: [{ call: web.work }] }
services:
  web:
    on: ${on}
    serves: { threads: 1 }
    scaling: { ${sizes}, drain: 10s, policies: ${policies} }
    endpoints: { work: [{ cpu: 10ms }] }
`;
  const { model, problems } = parseModel([{ file: 'm.yaml', text }]);
  expect(problems).toBeUndefined();
  const options = { seed: 1, replications: 1, arrivals: 'independent', modelDigest: '' } as const;
  return simulate(model!, options).runs[0]!;
}

/** `[second, desired]` of each decision. */
function decided({ decisions }: Run): [number, number][] {
  return decisions.map(({ atMs, desired }) => [atMs / 1000, desired]);
}

const HPA_60 = '[{ hpa: { metrics: [{ metric: utilization, target: 60% }] } }]';

test('an HPA sees what metrics-server has scraped twice, and follows the ratio', () => {
  const result = run({ policies: HPA_60, rate: '90/s' });
  // 90 % of one thread against 60 %: ⌈1 · 1.5⌉; two scrapes have been seen by the second sync.
  expect(decided(result)).toEqual([[30, 2]]);
  expect(result.decisions[0]!.reason).toContain('% of requests, target 60 %');
});

test('an HPA waits for pods that are not ready instead of asking for more', () => {
  // Overload: every pod that is ready is at 100 %: 1 → 2, while the second boots no third.
  const slow = run({ policies: HPA_60, rate: '180/s', on: '{ boot: 100s }' });
  const fast = run({ policies: HPA_60, rate: '180/s', on: '{ boot: 5s }' });
  const [[, first], [second]] = decided(slow) as [[number, number], [number, number]];
  expect(first).toBe(2);
  expect(second).toBeGreaterThanOrEqual(130);
  expect(decided(fast)[1]![0]).toBeLessThan(90);
});

test('an HPA that goes down is stabilised for five minutes, and says for how long', () => {
  const rate = '[{ at: 150/s, for: 3m }, { at: 20/s, for: 12m }]';
  const result = run({ policies: HPA_60, rate, duration: '15m' });
  const peak = Math.max(...decided(result).map(([, desired]) => desired));
  const firstDown = result.decisions.find(({ from, desired }) => desired < from)!;
  expect(peak).toBeGreaterThan(1);
  expect(firstDown.atMs).toBeGreaterThanOrEqual((180 + 300) * 1000);
  const held = result.evaluations!.find(({ reason }) => reason.includes('stabilised'))!;
  expect(held.reason).toMatch(/stabilised to \d+ for \d+ s more/);
  expect(held.desired).toBe(held.observation.desired);
});

test('an HPA on several metrics follows the one that asks for most', () => {
  const metrics =
    '[{ metric: utilization, target: 90% }, { metric: requests-per-instance, target: 30/s }]';
  const result = run({ policies: `[{ hpa: { metrics: ${metrics} } }]`, rate: '85/s' });
  expect(decided(result)[0]).toEqual([30, 3]);
});

test('what the request is a share of makes the same usage more', () => {
  const policies = '[{ hpa: { metrics: [{ metric: utilization, target: 60% }], request: 50% } }]';
  // 45 % of the thread is 90 % of the request.
  expect(decided(run({ policies, rate: '45/s' }))).toEqual([[30, 2]]);
});

const KEDA =
  '[{ keda: { triggers: [{ metric: requests-per-instance, target: 40/s }], cooldown: 60s } }]';

test('KEDA wakes a group from zero, and sends it back straight after the cooldown', () => {
  const rate = '[{ at: 0/s, for: 60s }, { at: 100/s, for: 4m }, { at: 0/s, for: 5m }]';
  const sizes = 'min: 0, max: 10, start: 0';
  const result = run({ policies: KEDA, rate, sizes });
  const sizesDecided = decided(result).map(([, desired]) => desired);
  expect(sizesDecided[0]).toBe(1);
  expect(sizesDecided).toContain(3);
  expect(sizesDecided.at(-1)).toBe(0);
  const last = result.decisions.at(-1)!;
  expect(last.from).toBeGreaterThan(1);
  expect(last.reason).toContain('ScalerNotActive');
  expect(result.services['web']!.serving.at(-1)).toBe(0);
});

test('a scheduled action sets the size at its moment, and moves the limits for good', () => {
  const policies = '[{ scheduled: { at: 95s, set: 4 } }, { scheduled: { at: 200s, max: 2 } }]';
  expect(decided(run({ policies, rate: '10/s' }))).toEqual([
    [95, 4],
    [200, 2],
  ]);
});

test('an action by cron runs by the clock of the run', () => {
  const policies = '[{ scheduled: { cron: "5 8 * * 1-5", set: 3 } }]';
  expect(decided(run({ policies, rate: '10/s', starts: 'Fri 08:00' }))).toEqual([[300, 3]]);
  expect(decided(run({ policies, rate: '10/s', starts: 'Sat 08:00' }))).toEqual([]);
});

test('clocks of another zone are so far ahead of UTC, across midnight, too', () => {
  const at = (zone: string, starts: string) => {
    const policies = `[{ scheduled: { cron: "5 8 * * 1-5", zone: "${zone}", set: 3 } }]`;
    return decided(run({ policies, rate: '10/s', starts }));
  };
  // 8:05 in Bengaluru is 2:35 in UTC; Monday 8:05 in Auckland is Sunday 20:05.
  expect(at('+05:30', 'Fri 02:30')).toEqual([[300, 3]]);
  expect(at('+12:00', 'Sun 20:00')).toEqual([[300, 3]]);
  expect(at('-05:00', 'Fri 13:00')).toEqual([[300, 3]]);
  expect(at('UTC', 'Fri 08:00')).toEqual([[300, 3]]);
  expect(at('+05:30', 'Fri 08:00')).toEqual([]);
});

const OFFSETS =
  'expected an offset from UTC from -14:00 to +14:00, such as +05:30: a run has no tables of ' +
  'zones and their summer times, found ';

test.each([
  ['{ cron: "5 8 * * *", zone: Asia/Kolkata, set: 3 }', `${OFFSETS}Asia/Kolkata`],
  ['{ cron: "5 8 * * *", zone: "+15:00", set: 3 }', `${OFFSETS}+15:00`],
  ['{ at: 60s, zone: "+01:00", set: 3 }', 'expected `cron` with it, found none'],
])('%s is refused in words', (scheduled, words) => {
  const policy = '        - target-tracking: { metric: utilization, target: 60% }\n';
  const found = complaints(changed(policy, `        - scheduled: ${scheduled}\n`));
  expect(found).toEqual([expect.stringContaining(`.scheduled.zone: ${words}`)]);
});

/** 40/s until eight in the morning, then 160/s; the day before a full hour. */
function dayBefore(hour: number): string {
  const hours = Array.from({ length: 24 }, (_, index) => (hour + index) % 24);
  return hours.map((one) => (one < 8 ? '40/s' : '160/s')).join(', ');
}

test('a forecast launches ahead of its hour, and never scales in', () => {
  const policies = (hour: number) =>
    `[{ predictive: { target: 50/s, history: [${dayBefore(hour)}], buffer: 5m } }]`;
  const common = { rate: '20/s', duration: '20m' };
  // At 7:50 the forecast says one instance, from 8:00 on ⌈160/50⌉ = 4, five minutes earlier.
  const morning = run({ ...common, policies: policies(7), starts: '07:50' });
  expect(decided(morning)).toEqual([[300, 4]]);
  const evening = run({ ...common, policies: policies(23), starts: '23:50' });
  expect(decided(evening)).toEqual([[60, 4]]);
});

test('simple scaling acts once, then waits for the activity and the cooldown', () => {
  const alarm = '{ metric: requests-per-instance, above: 10/s, period: 60s }';
  const policies = `[{ simple-scaling: { alarm: ${alarm}, add: 1, cooldown: 100s } }]`;
  const result = run({ policies, rate: '90/s' });
  // In service at 80 s, seen at 120 s; the cooldown is over at 220 s.
  expect(decided(result).slice(0, 2)).toEqual([
    [60, 2],
    [240, 3],
  ]);
  expect(result.evaluations!.some(({ reason }) => reason.includes('cooldown for'))).toBe(true);
});
