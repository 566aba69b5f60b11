/** What faults do to a run, where every number can be counted by hand. */
import { describe, expect, test } from 'vitest';
import type { Fault } from '../../simulator/model/health-settings.ts';
import type { CallStep, Model, Service } from '../../simulator/model/model.ts';
import { parseModel } from '../../simulator/model/parse.ts';
import { mergeHistograms } from '../../simulator/results/histogram.ts';
import type { Run } from '../../simulator/results/results.ts';
import { simulate } from '../../simulator/simulate.ts';
import { changed } from '../helpers/model-text.ts';
import { fixedSize, model, service } from '../helpers/models.ts';

const ms = (value: number) => ({ type: 'constant', ms: value }) as const;

function run(what: Model): Run {
  const options = { seed: 1, arrivals: 'independent', modelDigest: '', replications: 1 } as const;
  return simulate(what, options).runs[0]!;
}

/** 100 requests a second for ten seconds, the first after 10 ms, to a service with faults. */
function evenly(
  faults: readonly Fault[],
  own: Partial<Service> = {},
  call: Partial<CallStep> = {},
) {
  const feed = { ...service('feed', { time: ms(1), ...own }), faults };
  const base = model(100, 10_000, [feed]);
  const traffic = base.traffic.map((one) => ({ ...one, arrivals: 'even' }) as const);
  const visit = { type: 'call', service: 'feed', endpoint: 'work', timeoutMs: undefined, ...call };
  return run({ ...base, traffic, journeys: [{ name: 'visit', steps: [visit as CallStep] }] });
}

function answers({ journeys }: Run) {
  const { counters, latencyMs } = journeys['visit']!;
  return { ...counters, max: mergeHistograms(latencyMs).max };
}

const during = { atMs: 2000.5, forMs: 1000, instances: 1 } as const;

describe('hang', () => {
  const hang: Fault = { type: 'hang', ...during };

  test('everybody waits until its end', () => {
    const { completed, failed, max } = answers(evenly([hang], { serves: { type: 'delay' } }));
    expect([completed, failed]).toEqual([evenly([]).journeys['visit']!.counters.arrived, 0]);
    // The one that came just before it, at 2000 ms, or the first one after: their answers wait.
    expect(max).toBeCloseTo(1000.5, 6);
  });

  test('callers give up, and nobody else does', () => {
    const { timedOut, failed } = answers(
      evenly([hang], { serves: { type: 'delay' } }, { timeoutMs: 100 }),
    );
    // From 2000 ms on, one in 10 ms; those of the last 100 ms get their answers in time.
    expect(timedOut).toBe(91);
    expect(failed).toBe(0);
  });

  test('of two instances half of the requests wait', () => {
    const two = { scaling: fixedSize(2), serves: { type: 'delay' } } as const;
    const one = evenly([hang], two, { timeoutMs: 100 });
    const { timedOut } = answers(one);
    expect(timedOut).toBeGreaterThanOrEqual(45);
    expect(timedOut).toBeLessThanOrEqual(46);
    expect(one.incidents).toEqual([
      { atMs: 2000.5, service: 'feed', reason: 'hang: no answer from 1 instance for 1 s' },
    ]);
  });
});

test('fail: all requests during the fault, and no others', () => {
  const { failed, completed, arrived } = answers(evenly([{ type: 'fail', ...during, ratio: 1 }]));
  expect(failed).toBe(100);
  expect(completed).toBe(arrived - 100);
});

test('fail: a share of them', () => {
  const { failed } = answers(evenly([{ type: 'fail', ...during, ratio: 0.3 }]));
  // Binomial: 30 ± 4 standard deviations of 4.6.
  expect(failed).toBeGreaterThan(11);
  expect(failed).toBeLessThan(49);
});

test.each([
  [{ type: 'threads', count: 1 }],
  [{ type: 'event-loop' }],
  [{ type: 'cpu-shared', cores: 1 }],
  [{ type: 'delay' }],
] as const)('slow: work of %j takes five times as long', (serves) => {
  const slow: Fault = { type: 'slow', ...during, factor: 5 };
  const { max, completed, arrived } = answers(evenly([slow], { serves }));
  expect(max).toBeCloseTo(5, 6);
  expect(completed).toBe(arrived);
});

describe('kill', () => {
  const kill: Fault = { type: 'kill', atMs: 2000.5, instances: 1 };

  test('what is at the instance fails, and so does all until another has booted', () => {
    const on = { type: undefined, dollarsPerHour: undefined, boot: ms(1000), warmUpMs: 0 };
    const { failed } = answers(evenly([kill], { on }));
    // The one that is served at 2000.5 ms, and 100 that come within the next second.
    expect(failed).toBeGreaterThanOrEqual(100);
    expect(failed).toBeLessThanOrEqual(101);
  });

  test('the group has its size again at once', () => {
    const { services } = evenly([kill], { scaling: fixedSize(3) });
    const { serving, booting } = services['feed']!;
    expect(serving.map((count, at) => count + booting[at]!)).toEqual(serving.map(() => 3));
  });
});

test('faults of one instance add up, and end one by one', () => {
  const slow = (atMs: number, forMs: number, factor: number): Fault => {
    return { type: 'slow', atMs, forMs, instances: 1, factor };
  };
  const { journeys } = evenly([slow(1999.5, 4000, 2), slow(3999.5, 4000, 3)]);
  const slowest = journeys['visit']!.latencyMs.map(({ max }) => Math.round(max));
  expect(slowest).toEqual([1, 1, 2, 2, 6, 6, 3, 3, 1, 1]);
});

test('a model file says all of it', () => {
  const { model: parsed } = parseModel([
    changed(
      'services:\n',
      `faults:
  - { at: 20s, for: 5s, slow: stock, factor: 4 }
  - { at: 10s, kill: stock, instances: 2 }
  - { at: 30s, for: 5s, hang: stock }
  - { at: 40s, for: 5s, fail: stock, ratio: 30% }
services:
`,
    ),
  ]);
  expect(parsed!.services.find(({ name }) => name === 'stock')!.faults).toEqual([
    { type: 'kill', atMs: 10_000, instances: 2 },
    { type: 'slow', atMs: 20_000, forMs: 5000, instances: 1, factor: 4 },
    { type: 'hang', atMs: 30_000, forMs: 5000, instances: 1 },
    { type: 'fail', atMs: 40_000, forMs: 5000, instances: 1, ratio: 0.3 },
  ]);
  expect('faults' in parsed!.services.find(({ name }) => name === 'web')!).toBe(false);
});
