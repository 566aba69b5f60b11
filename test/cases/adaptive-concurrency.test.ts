/** What adaptive limits do for a service that is asked twice what it can do. */
import { describe, expect, test } from 'vitest';
import type { Concurrency } from '../../simulator/model/health-settings.ts';
import type { Service } from '../../simulator/model/model.ts';
import { parseModel } from '../../simulator/model/parse.ts';
import { mergeHistograms } from '../../simulator/results/histogram.ts';
import { simulate } from '../../simulator/simulate.ts';
import { changed } from '../helpers/model-text.ts';
import { model, service } from '../helpers/models.ts';

/** Four threads of 10 ms do 400/s; callers wait for 200 ms. */
function overloaded(perSecond: number, own: Partial<Service>) {
  const time = { type: 'constant', ms: 10 } as const;
  const feed = service('feed', { time, serves: { type: 'threads', count: 4 }, ...own });
  const base = model(perSecond, 60_000, [feed]);
  const visit = { type: 'call', service: 'feed', endpoint: 'work', timeoutMs: 200 } as const;
  const what = { ...base, journeys: [{ name: 'visit', steps: [visit] }] };
  const options = { seed: 1, arrivals: 'independent', modelDigest: '', replications: 1 } as const;
  return simulate(what, options).runs[0]!.journeys['visit']!;
}

const GRADIENT = concurrencyOf('gradient: {}');
const AIMD = concurrencyOf('aimd: { timeout: 100ms }');

function concurrencyOf(text: string): Concurrency {
  const { model: parsed } = parseModel([
    changed('instances: 2\n', `instances: 2\n    concurrency: { ${text} }\n`),
  ]);
  return parsed!.services.find(({ name }) => name === 'stock')!.concurrency!;
}

test('without a limit nearly everybody gives up, and the threads work for nobody', () => {
  const { counters } = overloaded(800, {});
  expect(counters.completed).toBeLessThan(0.05 * counters.arrived);
});

describe.each([
  ['a gradient', GRADIENT],
  ['additive increase', AIMD],
])('with %s', (_, concurrency) => {
  test('nine tenths of what can be done are done in time, and the rest is shed', () => {
    const { counters } = overloaded(800, { concurrency });
    expect(counters.completed).toBeGreaterThan(0.9 * 400 * 60);
    expect(counters.timedOut).toBeLessThan(0.01 * counters.arrived);
    expect(counters.shed).toBeGreaterThan(0.4 * counters.arrived);
  });

  test('next to nobody is shed at half of what can be done', () => {
    const { counters } = overloaded(200, { concurrency });
    expect(counters.shed).toBeLessThan(0.05 * counters.arrived);
  });
});

test('a gradient keeps the queue short: latency is near that at rest', () => {
  const { latencyMs } = overloaded(800, { concurrency: GRADIENT });
  // 10 ms at rest; √limit more than what is served wait.
  expect(mergeHistograms(latencyMs).quantile(0.5)).toBeLessThan(40);
});

test('a model file says all of it, with the vendors’ defaults', () => {
  expect(GRADIENT).toMatchObject({
    concurrencyUpdateIntervalMs: 100,
    minRttIntervalMs: 60_000,
    requestCount: 50,
    minConcurrency: 3,
    bufferPercent: 25,
    sampleAggregatePercentile: 50,
    maxConcurrencyLimit: 1000,
  });
  expect(AIMD).toEqual({
    type: 'aimd',
    initialLimit: 10,
    backoffRatio: 0.9,
    timeoutMs: 100,
    maxLimit: 1000,
  });
});
