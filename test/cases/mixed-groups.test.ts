/** Groups of several instance types: sizes in units of weight (EC2 Auto Scaling). */
import { describe, expect, test } from 'vitest';
import { unstageable } from '../../fixtures/staging/refusals.ts';
import { explain } from '../../reports/explain.ts';
import { renderHtml } from '../../reports/html.ts';
import { parseResults } from '../../reports/read-results.ts';
import { renderExplained } from '../../reports/text-explain.ts';
import { billOf } from '../../reports/text-findings.ts';
import { renderPrediction } from '../../reports/text-prediction.ts';
import { summarizeGroups } from '../../simulator/analysis/groups.ts';
import { offeredLoads } from '../../simulator/analysis/offered-load.ts';
import { startTypes, TypeMix } from '../../simulator/components/type-mix.ts';
import { modelDigest } from '../../simulator/model/digest.ts';
import type { InstanceMix, MixedType } from '../../simulator/model/mix-settings.ts';
import type { Model, Scaling, Service } from '../../simulator/model/model.ts';
import { parseModel } from '../../simulator/model/parse.ts';
import type {
  ScheduledSettings,
  TargetTrackingSettings,
} from '../../simulator/model/scaling-settings.ts';
import { allocationOrder, nextType } from '../../simulator/policies/aws/allocation-strategy.ts';
import { type StepRule, stepScaling } from '../../simulator/policies/aws/step-scaling.ts';
import { targetTracking } from '../../simulator/policies/aws/target-tracking.ts';
import { pickTerminations } from '../../simulator/policies/aws/termination.ts';
import type { Results } from '../../simulator/results/results.ts';
import { simulate } from '../../simulator/simulate.ts';
import { complaints, source } from '../helpers/model-text.ts';
import { model, service } from '../helpers/models.ts';

const ms = (value: number) => ({ type: 'constant', ms: value }) as const;
const large: MixedType = { name: 'large', weight: 1, size: 1, dollarsPerHour: 0.1 };
const huge: MixedType = { name: 'huge', weight: 4, size: 4, dollarsPerHour: 0.3 };
const both: InstanceMix = { types: [large, huge], allocation: 'prioritized' };

describe('the allocation strategy', () => {
  test('goes by the list, or by the price a unit', () => {
    expect(allocationOrder('prioritized', [large, huge])).toEqual([0, 1]);
    // $0.10 and $0.075 a unit.
    expect(allocationOrder('lowest-price', [large, huge])).toEqual([1, 0]);
    expect(allocationOrder('lowest-price', [large, { ...huge, dollarsPerHour: 0.4 }])).toEqual([
      0, 1,
    ]);
  });

  test('takes the next type where one has no machine left', () => {
    const types = [{ ...large, quota: 2 }, huge];
    expect(nextType([0, 1], types, [1, 0])).toBe(0);
    expect(nextType([0, 1], types, [2, 0])).toBe(1);
    expect(nextType([0], types, [2, 0])).toBe(-1);
  });

  test('says who goes first: the least wanted one of the fullest zone', () => {
    const at = (id: number, allocationRank: number, zone: string) => {
      return { id, launchedAtMs: id, allocationRank, zone };
    };
    const all = [at(1, 0, 'a'), at(2, 0, 'a'), at(3, 1, 'a'), at(4, 1, 'b')];
    const rule = { policies: ['Default'], nowMs: 0 } as const;
    expect(pickTerminations(all, 4, rule)).toEqual([3, 1, 4, 2]);
  });
});

describe('units', () => {
  test.each<[number, InstanceMix, string[]]>([
    [3, both, ['large', 'large', 'large']],
    [6, { ...both, allocation: 'lowest-price' }, ['huge', 'huge']],
    [6, { ...both, types: [{ ...large, quota: 1 }, huge] }, ['large', 'huge', 'huge']],
    // Nobody has a machine for the rest.
    [
      6,
      {
        ...both,
        types: [
          { ...large, quota: 1 },
          { ...huge, quota: 1 },
        ],
      },
      ['large', 'huge'],
    ],
  ])('a group of %d units starts with as many as it takes', (units, mix, names) => {
    expect(startTypes(mix, units).map(({ name }) => name)).toEqual(names);
  });

  test('who goes leaves what is desired; the first that does not ends it', () => {
    const mix = new TypeMix(both);
    [1, 1, 0, 0].forEach((type, row) => {
      mix.opened(row, type);
    });
    expect(mix.units([0, 1, 2, 3])).toBe(10);
    expect(mix.leaving(6, [0, 1, 2, 3])).toEqual([0]);
    expect(mix.leaving(7, [0, 1, 2, 3])).toEqual([]);
    expect(mix.leaving(5, [2, 0, 3, 1])).toEqual([2, 0]);
    expect(mix.reason(10, 13, [1], [])).toBe('10 units, launches 1 huge (4): 14 units');
    expect(mix.reason(10, 12, [0], [])).toBe(
      '10 units, launches 1 large (1): 11 units, no machine for the other 1',
    );
    expect(mix.reason(10, 5, [], [2, 0])).toBe('10 units, ends 1 large (1), 1 huge (4): 5 units');
    expect(mix.reason(10, 9, [], [])).toBe('10 units: none comes, none can go');
  });
});

const tracking: TargetTrackingSettings = {
  type: 'target-tracking',
  metric: 'utilization',
  target: 0.5,
  periodMs: 10_000,
  highPeriods: 3,
  lowPeriods: 15,
  lowRatio: 0.9,
  scaleIn: false,
};

describe('policies see what there is', () => {
  const sizes = { desired: 15, booting: 0, warming: 0 };

  test('a metric is in proportion to all units that it was measured on', () => {
    const seen = (value: number, direction: 'in' | 'out', more: object) =>
      targetTracking(tracking, direction, value, { ...sizes, ...more }).desired;
    expect(seen(0.6, 'out', {})).toBe(18);
    // 18 units at 60 % are 21.6 at 50 %.
    expect(seen(0.6, 'out', { surplus: 3 })).toBe(22);
    // 4 of 18 warm up, so that 14 were measured.
    expect(seen(0.6, 'out', { surplus: 3, warming: 4 })).toBe(17);
    expect(seen(0.25, 'in', { surplus: 3 })).toBe(9);
  });

  test('a step counts as asked for only what was asked for', () => {
    const step: StepRule = {
      alarm: { metric: 'utilization', comparison: 'above', threshold: 0.5 },
      steps: [{ lower: 0, upper: undefined, change: { type: 'change-in-capacity', by: 3 } }],
      minMagnitude: 0,
    };
    // Of 4 that warm up 3 are beyond what is desired: 14 + 3.
    const observation = { ...sizes, warming: 4, surplus: 3 };
    expect(stepScaling(step, 0.6, observation).reason).toContain('14 → 17, 4 already on the way');
  });
});

/** The group is told its sizes by the clock. */
function at(atMs: number, desired: number): ScheduledSettings {
  const when = { cron: undefined, atMs, clockMs: 0 };
  return { type: 'scheduled', ...when, min: undefined, max: undefined, desired };
}

function mixed(own: Partial<Service>, scaling: Partial<Scaling>, mix = both): Model {
  const on = { type: undefined, dollarsPerHour: undefined, boot: ms(1000), warmUpMs: 0, mix };
  return model(100, 100_000, [
    service('web', {
      time: { type: 'exponential', meanMs: 30 },
      on,
      serves: { type: 'threads', count: 1 },
      balancing: { type: 'least-outstanding' },
      scaling: { min: 1, max: 20, start: 4, drainMs: 1000, policies: [], ...scaling },
      ...own,
    }),
  ]);
}

const OPTIONS = { seed: 1, arrivals: 'independent', modelDigest: 'd', replications: 1 } as const;

function seriesOf(results: Results) {
  return results.runs[0]!.services['web']!;
}

describe('in a run', () => {
  const cheap: InstanceMix = { ...both, allocation: 'lowest-price' };

  test('a group launches until it has the units, and ends whoever is too many', () => {
    const policies = [at(20_000, 5), at(50_000, 9), at(80_000, 6)];
    const results = simulate(mixed({}, { policies }, cheap), OPTIONS);
    const { serving, desired, mix } = seriesOf(results);
    const when = (seconds: number) => [desired, mix!.serving, serving].map((all) => all[seconds]);
    // 1 → 4 units; 5 → 8; 9 → 12; 6: one of three goes, the next would leave 4.
    expect([10, 40, 70, 95].map(when)).toEqual([
      [4, 4, 1],
      [5, 8, 2],
      [9, 12, 3],
      [6, 8, 2],
    ]);
    expect(results.runs[0]!.decisions.map(({ reason }) => reason.replace(/^.*; /, ''))).toEqual([
      '4 units, launches 1 huge (4): 8 units',
      '8 units, launches 1 huge (4): 12 units',
      '12 units, ends 1 huge (4): 8 units',
    ]);
  });

  test('its instances have the threads of their size: busy for λE[S]/c', () => {
    const results = simulate(mixed({}, { start: 8 }, cheap), { ...OPTIONS, replications: 4 });
    const [group] = summarizeGroups(results.model!, results);
    // 100/s of 30 ms at two instances of four threads.
    expect(Math.abs(group!.utilizationRatio.value - 3 / 8)).toBeLessThan(0.01);
    expect(offeredLoads(results.model!)[0]).toMatchObject({ servers: 8, ratio: 3 / 8 });
    expect(seriesOf(results).serving[50]).toBe(2);
  });

  test('metrics are of instances, whatever they weigh', () => {
    const policy = { ...tracking, metric: 'requests-per-instance', target: 1000 } as const;
    const results = simulate(mixed({}, { start: 8, policies: [policy] }, cheap), OPTIONS);
    const { observation } = results.runs[0]!.evaluations![0]!;
    // 100/s at two instances of four units.
    expect(Math.abs(observation.datapoints[0]!.value! - 50)).toBeLessThan(10);
    expect(observation.desired).toBe(8);
  });

  test('hours and dollars are by type', () => {
    const quotas: InstanceMix = { ...both, types: [{ ...large, quota: 2 }, huge] };
    const results = simulate(mixed({}, { start: 6 }, quotas), OPTIONS);
    const hours = 100 / 3600;
    const { mix, instanceHours } = seriesOf(results);
    expect(mix!.hours['large']).toBeCloseTo(2 * hours, 12);
    expect(mix!.hours['huge']).toBeCloseTo(hours, 12);
    expect(instanceHours).toBeCloseTo(3 * hours, 12);
    const [group] = summarizeGroups(results.model!, results);
    expect(group!.dollars!.value).toBeCloseTo((2 * 0.1 + 0.3) * hours, 12);
    const { lines, total } = billOf(results);
    expect(lines.map(({ service: name }) => name)).toEqual(['web, large', 'web, huge']);
    expect(total.dollars!.value).toBeCloseTo((2 * 0.1 + 0.3) * hours, 12);
  });

  test('zones are balanced by instances, and termination policies hold', () => {
    const quotas: InstanceMix = { ...both, types: [{ ...large, quota: 4 }, huge] };
    const scaling: Partial<Scaling> = {
      start: 8,
      termination: ['default'],
      policies: [at(50_000, 3)],
    };
    const results = simulate(mixed({ zones: 2 }, scaling, quotas), OPTIONS);
    // Four large ones and a huge one: that is of zone 0, the fullest, and the least wanted there.
    expect(results.runs[0]!.decisions[0]!.reason).toContain(
      '8 units, ends 1 large (1), 1 huge (4)',
    );
    expect(seriesOf(results).mix!.serving.at(-1)).toBe(3);
  });

  test('one that is killed is replaced by units, not by number', () => {
    const results = simulate(
      mixed({ faults: [{ type: 'kill', atMs: 10_000, instances: 1 }] }, { start: 4 }, cheap),
      OPTIONS,
    );
    expect(seriesOf(results).mix!.serving.at(-1)).toBe(4);
    expect(seriesOf(results).serving.at(-1)).toBe(1);
  });

  test('reports say units', () => {
    const what = mixed({}, { policies: [at(20_000, 5)] }, cheap);
    const results = simulate(what, { ...OPTIONS, modelDigest: modelDigest(what), replications: 2 });
    const html = renderHtml({ predicted: results });
    expect(html).toContain('in units of weight');
    expect(html).toContain('instances or units');
    const words = renderPrediction(results, { color: false, width: 100 });
    expect(words).toMatch(/units +\S+ +4 to 8/);
    expect(words).toMatch(/web, huge +[\d.]+ h/);
    // What is read again is the same.
    expect(parseResults('file', JSON.stringify(results)).runs[0]!.services['web']!.mix).toEqual(
      seriesOf(results).mix,
    );
  });

  test('explain says units', () => {
    const results = simulate(mixed({}, { policies: [at(20_000, 5)] }, cheap), OPTIONS);
    const explained = explain(results, { run: 1, atMs: 30_000, service: 'web' });
    const words = renderExplained(explained, { origin: '', width: 200, color: false });
    expect(words).toContain('desired 5 units; 8 units serving');
    expect(words).toContain('from 1 to 20 units');
    expect(words).toContain('sizes are in units of weight: huge (4, $0.300 an hour); large (1, ');
    expect(words).toContain('5 units serve by 0:21');
  });
});

function text(on: string, more = ''): ReturnType<typeof source> {
  return source(`name: mixed
duration: 5m
traffic:
  guests: { does: buy, rate: 100/s }
journeys:
  buy: [{ call: web.buy, timeout: 1s }]
services:
  web:
    on: { ${on} }
    serves: { threads: 8 }
    ${more || 'scaling: { min: 2, max: 20, policies: [] }'}
    endpoints:
      buy: [{ cpu: 5ms }]
`);
}

const HPA = '{ hpa: { metrics: [{ metric: utilization, target: 50% }] } }';
const TYPES = 'types: [{ type: a, weight: 1 }, { type: b, weight: 4 }]';

describe('a model file', () => {
  test('says types with weights, sizes, prices and quotas', () => {
    const a = '{ type: a, weight: 1, price: $0.1/h, quota: 3 }';
    const b = '{ type: b, weight: 4, size: 3, price: $0.3/h }';
    const { model: found } = parseModel([text(`types: [${a}, ${b}], allocation: lowest-price`)]);
    expect(found!.services[0]!.on.mix).toEqual({
      types: [
        { name: 'a', weight: 1, size: 1, dollarsPerHour: 0.1, quota: 3 },
        { name: 'b', weight: 4, size: 3, dollarsPerHour: 0.3 },
      ],
      allocation: 'lowest-price',
    });
    expect(unstageable(found!)).toBe(
      'web: a group of several instance types can be simulated, but not staged yet',
    );
  });

  test('an instance is of its weight’s size, but for an event loop', () => {
    const { model: threads } = parseModel([text(TYPES)]);
    expect(threads!.services[0]!.on.mix!.types.map(({ size }) => size)).toEqual([1, 4]);
    const loop = source(text(TYPES).text.replace('{ threads: 8 }', 'event-loop'));
    const { model: loops } = parseModel([loop]);
    expect(loops!.services[0]!.on.mix!.types.map(({ size }) => size)).toEqual([1, 1]);
  });

  test.each([
    ['types: [{ type: a, weight: 1000 }]', 'a whole number from 1 to 999 (EC2 Auto Scaling)'],
    ['types: [{ type: a, weight: 1 }, { type: a, weight: 2 }]', 'each type once, found a'],
    [`type: a, ${TYPES}`, 'either `type` or `types`, each with its own, found both'],
    [`price: $1/h, ${TYPES}`, 'either `price` or `types`, each with its own, found both'],
    [
      'types: [{ type: a, weight: 1 }], allocation: lowest-price',
      'a `price` as allocation is lowest-price, found none',
    ],
    [
      'types: [{ type: a, weight: 1, price: $1/h }, { type: b, weight: 2 }]',
      'a `price` as other types have, found none',
    ],
    ['allocation: prioritized', '`types` with it, found none'],
    [
      'types: [{ type: a, weight: 1, quota: 1 }]',
      'at most what the quotas of its types have room for, 1 in units, found 2',
    ],
  ])('refuses %s', (on, expected) => {
    const all = complaints(text(on));
    expect(all).toHaveLength(1);
    expect(all[0]).toContain(expected);
  });

  test.each([
    ['instances: 4', '`scaling` with min and max in units, as its `types` have weights'],
    [
      'scaling: { min: 2, max: 9, warm-pool: { state: stopped }, policies: [] }',
      'a group of several types has no "warm-pool" (EC2 Auto Scaling: no mixed instances policy)',
    ],
    [
      `scaling: { min: 2, max: 9, policies: [${HPA}] }`,
      '"types" are of EC2 Auto Scaling: pods have none',
    ],
  ])('refuses %s beside types', (more, expected) => {
    const all = complaints(text(TYPES, more));
    expect(all).toHaveLength(1);
    expect(all[0]).toContain(expected);
  });

  test('a termination policy of allocation needs types', () => {
    const scaling = 'scaling: { min: 2, max: 9, termination: [allocation-strategy], policies: [] }';
    expect(complaints(text(TYPES, scaling))).toEqual([]);
    const all = complaints(text('type: a', scaling));
    expect(all[0]).toContain('`on.types` with allocation-strategy, found none');
  });

  test('a quota of instances is for the group’s largest ones', () => {
    const scaling = 'scaling: { min: 8, max: 20, policies: [] }';
    expect(complaints(text(`${TYPES}, capacity: { quota: 2 }`, scaling))).toEqual([]);
    expect(complaints(text(`${TYPES}, capacity: { quota: 1 }`, scaling))).toHaveLength(1);
  });
});
