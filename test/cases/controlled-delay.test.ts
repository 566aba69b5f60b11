/** A queue that sheds by how long its requests have waited. */
import { describe, expect, test } from 'vitest';
import type { ThreadQueue } from '../../simulator/model/model.ts';
import { parseModel } from '../../simulator/model/parse.ts';
import { mergeHistograms } from '../../simulator/results/histogram.ts';
import { simulate } from '../../simulator/simulate.ts';
import { changed } from '../helpers/model-text.ts';
import { model, service } from '../helpers/models.ts';

/** One thread of 10 ms, for a minute. */
function atOneThread(perSecond: number, queue: ThreadQueue | undefined) {
  const serves = { type: 'threads', count: 1, ...(queue && { queue }) } as const;
  const feed = service('feed', { time: { type: 'constant', ms: 10 }, serves });
  const what = model(perSecond, 60_000, [feed]);
  const options = { seed: 1, arrivals: 'independent', modelDigest: '', replications: 1 } as const;
  const { counters, latencyMs } = simulate(what, options).runs[0]!.journeys['visit']!;
  return { ...counters, median: mergeHistograms(latencyMs).quantile(0.5) };
}

const codel = { targetMs: 20, intervalMs: 100 };
const QUEUE: ThreadQueue = { limit: undefined, order: 'fifo', expired: 'serve', codel };

describe('of a thread that is asked 120 times a second and can answer 100', () => {
  test('without it waits grow for as long as it lasts', () => {
    // 20 requests a second too many, for a minute: 12 s in the end, half of that in the middle.
    expect(atOneThread(120, undefined).median).toBeGreaterThan(4000);
  });

  test('with it a sixth is shed, and the others wait no minute', () => {
    const { shed, arrived, completed, median } = atOneThread(120, QUEUE);
    expect(completed).toBeGreaterThan(0.97 * 100 * 60);
    expect(shed / arrived).toBeGreaterThan(1 / 6 - 0.03);
    expect(median).toBeLessThan(1000);
  });
});

test('a burst is no overload: at 60 % of what can be done next to nobody is shed', () => {
  const { shed, arrived } = atOneThread(60, QUEUE);
  expect(shed / arrived).toBeLessThan(0.01);
});

test('a model file says it, with the defaults of RFC 8289', () => {
  const { model: parsed } = parseModel([
    changed('serves: { threads: 4 }', 'serves: { threads: 4, queue: { codel: {} } }'),
  ]);
  const { serves } = parsed!.services.find(({ name }) => name === 'stock')!;
  expect('queue' in serves && serves.queue?.codel).toEqual({ targetMs: 5, intervalMs: 100 });
});
