/**
 * Caches through the model file: how often a key is there. King's and Gelenbe's exact figures for
 * caches in which keys have to make room, Che's for very large ones, Jung's for keys that live for
 * so long, and how an empty one warms up. A miss takes a second, a hit no time at all. How close a
 * share must come is in each table.
 */
import { beforeAll, describe, test } from 'vitest';
import { type Statistic, valuesOf } from '../../simulator/analysis/statistics.ts';
import { zipf } from '../../simulator/distributions/zipf.ts';
import type { Results } from '../../simulator/results/results.ts';
import { fifoHitRatio, fifoHitRatioNearly } from '../../simulator/theory/fifo-cache.ts';
import { cheHitRatio, coldHitRatio, lruHitRatio } from '../../simulator/theory/lru-cache.ts';
import { ttlHitRatio } from '../../simulator/theory/ttl-cache.ts';
import { expectTruth, run } from './stations.ts';
import { serving, systemText } from './systems.ts';

interface Look {
  readonly arrivalsPerSecond: number;
  readonly requests: number;
  readonly arrivals?: 'poisson' | 'even';
}

/** Everybody looks one key up, and fetches what is not there. */
function looked(cache: string, look: Look, replications?: number): Results {
  const visit = '[{ lookup: items, miss: [{ call: origin.work }] }]';
  const services = { origin: serving('delay', '[{ wait: 1s }]') };
  const text = { visit, services, caches: `{ items: ${cache} }`, warmUp: 0 };
  return run(systemText({ ...text, ...look }), replications);
}

/** Of all look-ups of each replication. */
function hitRatios({ runs }: Results): number[] {
  return runs.map(({ caches }) => caches!['items']!.hits / caches!['items']!.lookUps);
}

function holding(eviction: string, entries: number, count: number, alpha: number): string {
  const keys = `{ count: ${count}, zipf: ${alpha} }`;
  return `{ entries: ${entries}, keys: ${keys}, eviction: ${eviction}, starts: full }`;
}

const MANY: Look = { arrivalsPerSecond: 10_000, requests: 110_000, arrivals: 'even' };

test.each([
  ['two of five, one key far ahead', 5, 2, 1.4],
  ['three of ten', 10, 3, 1],
  ['a quarter of twenty', 20, 5, 0.8],
  ['a tenth of a hundred, hardly one ahead', 100, 10, 0.8],
  ['a tenth of a hundred', 100, 10, 1],
  ['a tenth of a hundred, a few ahead', 100, 10, 1.2],
  ['a third of a hundred', 100, 30, 0.8],
  ['a tenth of a thousand, hardly one ahead', 1000, 100, 0.8],
  ['a tenth of a thousand', 1000, 100, 1],
  ['a tenth of a thousand, a few ahead', 1000, 100, 1.2],
])('LRU, %s: %i keys, %i fit, Zipf %f: King’s hits within 1 %', (_, count, entries, alpha) => {
  const hits = hitRatios(looked(holding('lru', entries, count, alpha), MANY));
  expectTruth(hits, lruHitRatio(zipf(count, alpha), entries), 0.01);
});

test.each([
  ['two of five, one key far ahead', 5, 2, 1.4],
  ['three of ten', 10, 3, 1],
  ['a third of twelve', 12, 4, 1],
  ['a tenth of a hundred', 100, 10, 0.8],
  ['a tenth of a thousand', 1000, 100, 1],
])('FIFO, %s: %i keys, %i fit, Zipf %f: Gelenbe’s hits within 1 %', (_, count, entries, alpha) => {
  const hits = hitRatios(looked(holding('fifo', entries, count, alpha), MANY));
  expectTruth(hits, fifoHitRatio(zipf(count, alpha), entries), 0.01);
});

test.each([
  ['LRU, hardly a key ahead', 'lru', 0.8, cheHitRatio],
  ['FIFO, hardly a key ahead', 'fifo', 0.8, fifoHitRatioNearly],
])('%s: of a million keys 10,000 fit: Che’s hits within 1 %', (_, eviction, alpha, nearly) => {
  const hits = hitRatios(looked(holding(eviction, 10_000, 1_000_000, alpha), MANY));
  expectTruth(hits, nearly(zipf(1_000_000, alpha), 10_000), 0.01);
});

test.each([
  ['every other life sees a request', 0.5],
  ['one request a life', 1],
  ['two', 2],
  ['five', 5],
  ['ten', 10],
])('a key that lives a second from its miss on, %s: x/(1 + x) within 1 %', (_, x) => {
  const look = { arrivalsPerSecond: x, requests: 110_000 };
  const results = looked('{ entries: 1, keys: { count: 1, zipf: 0 }, ttl: 1s }', look);
  expectTruth(hitRatios(results), ttlHitRatio(x), 0.01);
});

describe('a new cache with room for all', () => {
  const [KEYS, ALPHA, PER_SECOND, SECONDS, REPLICATIONS] = [1000, 0.8, 100, 50, 200];
  const HITS: Statistic = {
    name: 'hits',
    unit: 'ratio',
    of: ({ latencyMs: { counts, count } }) => counts[0]! / count,
  };
  let results: Results;

  beforeAll(() => {
    const cache = `{ entries: ${KEYS}, keys: { count: ${KEYS}, zipf: ${ALPHA} }, starts: empty }`;
    const look = { arrivalsPerSecond: PER_SECOND, requests: PER_SECOND * SECONDS };
    results = looked(cache, { ...look, arrivals: 'even' }, REPLICATIONS);
  });

  test.each([
    ['the first hundred requests', 0, 1, 0.04],
    ['the second and third', 1, 3, 0.02],
    ['those up to the first thousand', 3, 10, 0.01],
    ['the next two thousand', 10, 30, 0.01],
    ['the last two thousand', 30, 50, 0.01],
  ])('hits of %s: 1 − Σp(1 − p)^k after k', (_, from, to, share) => {
    const window = { name: 'stretch', startMs: 1000 * from, endMs: 1000 * to };
    const popularity = zipf(KEYS, ALPHA);
    let sum = 0;
    for (let k = PER_SECOND * from; k < PER_SECOND * to; k++) sum += coldHitRatio(popularity, k);
    const truth = sum / PER_SECOND / (to - from);
    expectTruth(valuesOf(results, 'visit', window, HITS), truth, share);
  });
});
