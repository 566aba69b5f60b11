/**
 * M/D/1 against Erlang's alternating sum of 1909, summed in fixed-point numbers of 160 digits, so
 * that the cancellation which ruins it in doubles does not matter: slow, plain and independent.
 */
import { expect, test } from 'vitest';
import {
  type ConstantService,
  md1SojournMsMean,
  md1SojournMsQuantile,
  md1WaitMsMean,
  md1WaitMsQuantile,
  md1WaitTail,
} from '../../simulator/theory/md1.ts';
import { mg1WaitMsMean } from '../../simulator/theory/mg1.ts';
import { expectDigits } from './digits.ts';

const ONE = 10n ** 160n;
/** Doubles down to 2⁻⁶⁰ convert exactly. */
const TWO_60 = 2n ** 60n;

function fixed(value: number): bigint {
  return (BigInt(value * 2 ** 60) * ONE) / TWO_60;
}

function times(a: bigint, b: bigint): bigint {
  return (a * b) / ONE;
}

function exponential(x: bigint): bigint {
  let sum = 0n;
  for (let term = ONE, k = 1n; term !== 0n; k++) {
    sum += term;
    term = times(term, x) / k;
  }
  return sum;
}

/** P(W > t) = 1 − (1 − ρ)·Σ_{k ≤ t} (−ρ(t − k))^k/k!·e^(ρ(t − k)), t in service times. */
function erlangsTail(rhoNumber: number, tNumber: number): number {
  const rho = fixed(rhoNumber);
  const t = fixed(tNumber);
  const shrink = exponential(-rho);
  let sum = 0n;
  let growth = exponential(times(rho, t));
  let factorial = 1n;
  for (let k = 0n; k * ONE <= t; k++) {
    factorial *= k === 0n ? 1n : k;
    const load = -times(rho, t - k * ONE);
    let power = ONE;
    for (let i = 0n; i < k; i++) power = times(power, load);
    sum += times(power / factorial, growth);
    growth = times(growth, shrink);
  }
  return Number(ONE - times(ONE - rho, sum)) / Number(ONE);
}

function station(rho: number): ConstantService {
  return { arrivalsPerSecond: rho, serviceMs: 1000 };
}

const LOADS = [0.1, 0.3, 0.5, 0.8, 0.9, 0.95];
const QUANTILES = [0.5, 0.9, 0.95, 0.99, 0.999, 0.9999];

test.each(LOADS)('at ρ %f every quantile leaves just that much beyond it', (rho) => {
  for (const quantile of QUANTILES) {
    const wait = md1WaitMsQuantile(station(rho), quantile) / 1000;
    const beyond = erlangsTail(rho, wait);
    if (wait === 0) expect(rho).toBeLessThanOrEqual(1 - quantile + 1e-12);
    else expect(Math.abs(beyond / (1 - quantile) - 1)).toBeLessThan(1e-9);
  }
});

test.each(LOADS)('at ρ %f the tail is right from the first moment to the far end', (rho) => {
  const tail = md1WaitTail(station(rho));
  for (const t of [0, 0.3, 0.999, 1, 1.5, 4, 7.25, 19.9, 20, 20.1, 31, 60]) {
    const exact = erlangsTail(rho, t);
    expect(Math.abs(tail(1000 * t) - exact)).toBeLessThan(1e-14 + 1e-9 * exact);
  }
});

test('the sojourn is the wait and one service', () => {
  const at80 = station(0.8);
  expect(md1SojournMsQuantile(at80, 0.99)).toBe(md1WaitMsQuantile(at80, 0.99) + 1000);
  expect(md1SojournMsMean(at80)).toBeCloseTo(3000, 9);
  expectDigits(md1WaitMsQuantile(at80, 0.99), '10355.8868');
});

test('the mean is the area under the tail', () => {
  const tail = md1WaitTail(station(0.8));
  let area = 0;
  for (let ms = 0; ms < 200_000; ms += 10) area += 5 * (tail(ms) + tail(ms + 10));
  expect(area).toBeCloseTo(md1WaitMsMean(station(0.8)), 1);
});

/** ρ, then the mean wait for c_s² = 0, 0.25, 1, 4, 10, 25 */
const POLLACZEK_KHINCHINE = [
  [0.5, '0.5', '0.625', '1', '2.5', '5.5', '13'],
  [0.8, '2', '2.5', '4', '10', '22', '52'],
  [0.9, '4.5', '5.625', '9', '22.5', '49.5', '117'],
] as const;

test.each(POLLACZEK_KHINCHINE)('Pollaczek–Khinchine at ρ %f gives the table', (rho, ...waits) => {
  const one = { arrivalsPerSecond: rho, serviceMsMean: 1000 };
  [0, 0.25, 1, 4, 10, 25].forEach((variation, index) => {
    expectDigits(mg1WaitMsMean(one, variation) / 1000, waits[index]!);
  });
  expectDigits(md1WaitMsMean(station(rho)) / 1000, waits[0]);
});

test('nobody waits for an idle server, all wait for ever at an overloaded one', () => {
  expect(md1WaitMsQuantile(station(0), 0.999)).toBe(0);
  expect(md1WaitMsMean(station(0))).toBe(0);
  expect(md1WaitMsMean(station(1))).toBe(Number.POSITIVE_INFINITY);
  expect(md1WaitMsQuantile(station(1), 0.1)).toBe(Number.POSITIVE_INFINITY);
  expect(md1WaitTail(station(1.2))(5000)).toBe(1);
});
