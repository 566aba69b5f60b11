/**
 * Calls at once, through the model file: forks that are joined behind queues (Nelson & Tantawi),
 * and fans of calls that wait for nobody, where the k-th answer of n is an order statistic of
 * exponential times. How close a number must come is in each table.
 */
import { expect, test } from 'vitest';
import {
  ERROR_RATE,
  MEAN,
  quantileOf,
  type Statistic,
} from '../../simulator/analysis/statistics.ts';
import { bucketOf } from '../../simulator/results/histogram.ts';
import { fanOutBeyondRatio, harmonic } from '../../simulator/theory/fan-out.ts';
import { forkJoinMsMean } from '../../simulator/theory/fork-join.ts';
import { expectTruth, mean, measured, run } from './stations.ts';
import { gate, inside, serving, systemText } from './systems.ts';

const SERVICE_MS = 10;
const PART_STEPS = `[{ cpu: { exponential: ${SERVICE_MS}ms } }]`;

test.each([
  ['half loaded, the two take 2.875 services', 0.5, 85_000, 0.01],
  ['at 80 % they take 7', 0.8, 180_000, 0.02],
])('all of two M/M/1, exactly: %s', (_, rho, requests, share) => {
  const arrivalsPerSecond = (rho * 1000) / SERVICE_MS;
  const part = serving('{ threads: 1 }', PART_STEPS);
  const visit = '[{ all: [{ call: left.work }, { call: right.work }] }]';
  const services = { left: part, right: part };
  const results = run(systemText({ visit, services, arrivalsPerSecond, requests }));
  const truth = forkJoinMsMean({ arrivalsPerSecond, serviceMsMean: SERVICE_MS }, 2);
  expectTruth(measured(results, MEAN), truth, share);
});

test.each([
  ['four parts', 4, 6000],
  ['eight parts', 8, 3000],
])('all of more, an instance each, at ρ 0.5: %s are within the approximation’s 5 %', (...row) => {
  const [, parts, requests] = row;
  const arrivalsPerSecond = 500 / SERVICE_MS;
  // In turn, so that every instance has one part of each request.
  const services = { part: serving('{ threads: 1 }', PART_STEPS, parts) };
  const visit = `[{ all: [{ call: part.work, copies: ${parts} }] }]`;
  const results = run(systemText({ visit, services, arrivalsPerSecond, requests }));
  const nearly = forkJoinMsMean({ arrivalsPerSecond, serviceMsMean: SERVICE_MS }, parts);
  expect(Math.abs(mean(measured(results, MEAN)) / nearly - 1)).toBeLessThan(0.05);
});

const LEAF_MS = 100;
const PER_SECOND = 100;
const LEAF_STEPS = `[{ wait: { exponential: ${LEAF_MS}ms } }]`;

/** What a journey does with leaves that nobody has to wait for. */
function fan(visit: string, requests: number, leaf = serving('delay', LEAF_STEPS)) {
  const services = { leaf };
  return run(systemText({ visit, services, arrivalsPerSecond: PER_SECOND, requests, warmUp: 0 }));
}

/** P(at least k of n are there by t), t in mean times. */
function answeredBy(t: number, k: number, n: number): number {
  let ways = 1;
  let sum = 0;
  for (let answers = n; answers >= k; answers--) {
    sum += ways * (1 - Math.exp(-t)) ** answers * Math.exp(-t * (n - answers));
    ways *= answers / (n - answers + 1);
  }
  return sum;
}

/** The time, in mean times, by which k of n have answered with a probability. */
function answeredQuantile(quantile: number, k: number, n: number): number {
  let [low, high] = [0, 64];
  for (let halving = 0; halving < 60; halving++) {
    const middle = (low + high) / 2;
    if (answeredBy(middle, k, n) < quantile) low = middle;
    else high = middle;
  }
  return high;
}

// The k-th of n comes after H_n − H_(n−k) mean times: Rényi's spacings.
test.each([
  ['the last of two', '{ all: [{ call: leaf.work, copies: 2 }] }', 2, 2, 20_000],
  ['the last of ten', '{ all: [{ call: leaf.work, copies: 10 }] }', 10, 10, 7000],
  ['the last of a hundred', '{ all: [{ call: leaf.work, copies: 100 }] }', 100, 100, 1200],
  ['the first of two', '{ any: [{ call: leaf.work, copies: 2 }] }', 1, 2, 20_000],
  ['the first of ten', '{ any: [{ call: leaf.work, copies: 10 }] }', 1, 10, 16_000],
  ['two of three', '{ quorum: 2, of: [{ call: leaf.work, copies: 3 }] }', 2, 3, 12_000],
  ['three of five', '{ quorum: 3, of: [{ call: leaf.work, copies: 5 }] }', 3, 5, 10_000],
  ['nine of ten', '{ quorum: 9, of: [{ call: leaf.work, copies: 10 }] }', 9, 10, 6000],
  ['95 of a hundred', '{ quorum: 95, of: [{ call: leaf.work, copies: 100 }] }', 95, 100, 1000],
])('%s: the mean within 1 %, p99 within 3 %', (_, step, k, n, requests) => {
  const results = fan(`[${step}]`, requests);
  expectTruth(measured(results, MEAN), LEAF_MS * (harmonic(n) - harmonic(n - k)), 0.01);
  const p99 = LEAF_MS * answeredQuantile(0.99, k, n);
  expectTruth(measured(results, quantileOf(0.99)), p99, 0.03);
});

/** An edge between two of the histogram's buckets, so that nothing has to be interpolated. */
const SLOW_MS = 1024;

const SLOW: Statistic = {
  name: 'slow',
  unit: 'ratio',
  of: ({ latencyMs: { counts, count } }) =>
    counts.subarray(bucketOf(SLOW_MS)).reduce((sum, one) => sum + one, 0) / count,
};

test.each([
  ['one leaf is slow in one of a hundred', 1, 30_000, 0.05],
  ['of a hundred one is in 63 %', 100, 1500, 0.03],
])('The Tail at Scale: %s', (_, leaves, requests, share) => {
  const leafMs = (SLOW_MS / Math.log(100)).toFixed(9);
  const leaf = serving('delay', `[{ wait: { exponential: ${leafMs}ms } }]`);
  const results = fan(`[{ all: [{ call: leaf.work, copies: ${leaves} }] }]`, requests, leaf);
  expectTruth(measured(results, SLOW), fanOutBeyondRatio(leaves, 0.99), share);
});

// Two exponential times, each given up at t: both are late with e^(−2t); the first that is not
// comes after (1/2 − t·e^(−2t)/(1 − e^(−2t))); either is at work for 1 − e^(−t), or for 1 if
// nobody tells it; all in mean times.
test.each([
  ['given up at half of the mean, and called off', 0.5, true],
  ['given up at the mean, and called off', 1, true],
  ['given up at the mean, which nobody tells them', 1, false],
])('any of two, %s: errors within 3 %, mean and work within 1.25 %', (_, t, cancels) => {
  const call = `{ call: leaf.work, copies: 2, timeout: ${t * LEAF_MS}ms, cancels: ${cancels} }`;
  const results = fan(`[{ any: [${call}] }]`, 15_000, gate(LEAF_STEPS));
  const late = Math.exp(-2 * t);
  expectTruth(measured(results, ERROR_RATE), late, 0.03);
  expectTruth(measured(results, MEAN), LEAF_MS * (0.5 - (t * late) / (1 - late)), 0.0125);
  const workMs = LEAF_MS * (cancels ? 1 - Math.exp(-t) : 1);
  expectTruth(inside(results, 'leaf'), (2 * PER_SECOND * workMs) / 1000, 0.0125);
});

test('a hedge after the 95th percentile: mean within 1 %, p99 within 3 %', () => {
  const afterMs = LEAF_MS * Math.log(20);
  const later = serving('delay', `[{ wait: ${afterMs.toFixed(9)}ms }, { call: leaf.work }]`);
  const services = { leaf: serving('delay', LEAF_STEPS), later };
  const visit = '[{ any: [{ call: leaf.work }, { call: later.work }] }]';
  const text = { visit, services, arrivalsPerSecond: PER_SECOND, requests: 20_000, warmUp: 0 };
  const results = run(systemText(text));
  // One of twenty is still out by then, and from there on two race.
  expectTruth(measured(results, MEAN), LEAF_MS * (0.95 + 0.05 / 2), 0.01);
  expectTruth(measured(results, quantileOf(0.99)), afterMs + (LEAF_MS * Math.log(5)) / 2, 0.03);
});
