/**
 * The closed forms against tables of 30–40 digits, and against what others have published. Service
 * takes 1 s in the mean, so that times are in service times.
 */
import { expect, test } from 'vitest';
import { erlangB, erlangC, offeredErlangAt } from '../../simulator/theory/erlang.ts';
import {
  mmcSojournMsMean,
  mmcSojournMsQuantile,
  mmcSojournTail,
  mmcWaitMsMean,
  mmcWaitMsQuantile,
} from '../../simulator/theory/mmc.ts';
import { type Station, utilizationRatio } from '../../simulator/theory/station.ts';
import { expectDigits } from './digits.ts';

function station(servers: number, rho: number): Station {
  return { servers, arrivalsPerSecond: rho * servers, serviceMsMean: 1000 };
}

/** c, ρ, P(wait), mean wait, wait p99, sojourn p50, p95, p99, p99.9 */
const ERLANG_C = `
   1 0.5  0.5         1           7.82404601  1.38629436  5.99146455 9.21034037 13.8155106
   1 0.8  0.8         4           21.9101332  3.4657359   14.9786614 23.0258509 34.5387764
   1 0.9  0.9         9           44.9980967  6.93147181  29.9573227 46.0517019 69.0775528
   1 0.95 0.95        19          91.0775378  13.8629436  59.9146455 92.1034037 138.155106
   2 0.8  0.711111111 1.777777778 10.660609   2.04003145  7.91068425 11.9373702 17.6941262
   4 0.8  0.596432472 0.745540590 5.11047617  1.34619905  4.7380195  6.89320375 9.8796669
   5 0.9  0.762493221 1.524986441 8.66801705  1.95244921  6.81246911 10.0497812 14.65903
  10 0.5  0.036105359 0.007221072 0.256771243 0.701592352 3.00471807 4.61415603 6.91674112
  10 0.8  0.409180151 0.204590075 1.85578522  0.912144611 3.32827468 4.94611133 7.25055724
  10 0.9  0.668731524 0.668731524 4.20279758  1.32909187  4.36086657 6.2498767  8.84105675
  50 0.9  0.363864467 0.072772893 0.718839272 0.776469597 3.08279556 4.69223383 6.99481893
 100 0.9  0.216940481 0.021694048 0.307703794 0.716928637 3.01955084 4.62898876 6.93157385
 100 0.95 0.506456854 0.101291371 0.784970808 0.807915897 3.1149487  4.72438705 7.02697214
1000 0.95 0.068253415 0.001365068 0.038412848 0.694539138 2.99712423 4.60656214 6.90914724
1000 0.99 0.659080422 0.065908042 0.418826047 0.763750456 3.06640615 4.67584406 6.97842915`;

const ROWS = ERLANG_C.trim()
  .split('\n')
  .map((line) => line.trim().split(/ +/));

test.each(ROWS)('M/M/%s at ρ %s has the tables’ waits and sojourns, to every digit', (...row) => {
  const [servers, rho, waiting, wait, waitP99, ...sojourns] = row;
  const group = station(Number(servers), Number(rho));
  expectDigits(erlangC(group.servers, group.arrivalsPerSecond), waiting!);
  expectDigits(mmcWaitMsMean(group) / 1000, wait!);
  expectDigits(mmcWaitMsQuantile(group, 0.99) / 1000, waitP99!);
  [0.5, 0.95, 0.99, 0.999].forEach((quantile, index) => {
    expectDigits(mmcSojournMsQuantile(group, quantile) / 1000, sojourns[index]!);
  });
});

test.each([
  [5, 3, '0.11005434782609'],
  [10, 5, '0.018384570336648'],
  [10, 8, '0.12166106425295'],
  [15, 12, '0.0857292494953'],
  [20, 15, '0.045593215589812'],
  [50, 40, '0.018690671109632'],
  [100, 90, '0.026957380464359'],
  [100, 100, '0.075700452710861'],
  [1000, 1000, '0.02481191764616'],
])('Erlang B of %i servers at %i Erlang is %s', (servers, erlang, blocked) => {
  expectDigits(erlangB(servers, erlang), blocked);
});

test.each([
  [5, '1.3607868'],
  [10, '4.4611769'],
  [15, '8.1080428'],
  [20, '12.030615'],
  [50, '37.901398'],
  [100, '84.064159'],
])('%i servers block 1 % at %s Erlang', (servers, erlang) => {
  expectDigits(offeredErlangAt(servers, 0.01), erlang);
});

test('Erlang C is what two published packages compute', () => {
  // pyworkforce and the R package ErlangC: 10 Erlang, 14 agents, 180 s a call, 20 s to answer.
  const agents = { servers: 14, arrivalsPerSecond: 10 / 180, serviceMsMean: 180_000 };
  const waiting = erlangC(14, 10);
  const late = waiting * Math.exp((-(14 - 10) * 20) / 180);
  expectDigits(waiting, '0.17413193359505');
  expectDigits(1 - late, '0.88835001917947');
  expectDigits(utilizationRatio(agents), '0.71428571428571');
  expectDigits(mmcWaitMsMean(agents) / 1000, '7.83593701177724');
});

test('where the spare capacity is one server, the sojourn has no gap', () => {
  // θ = c − a = 1 divides by zero in the textbook form; its neighbours do so nearly.
  const tails = [-1e-9, 0, 1e-9].map((nudge) => {
    const tail = mmcSojournTail({ servers: 4, arrivalsPerSecond: 3 + nudge, serviceMsMean: 1000 });
    return tail(2500);
  });
  const waiting = erlangC(4, 3);
  expect(tails[1]).toBeCloseTo(Math.exp(-2.5) * (1 + 2.5 * waiting), 14);
  expect(tails[0]).toBeCloseTo(tails[1]!, 8);
  expect(tails[2]).toBeCloseTo(tails[1]!, 8);
});

test('an idle group makes nobody wait, an overloaded one makes all wait for ever', () => {
  const idle = station(3, 0);
  expect([mmcWaitMsMean(idle), mmcWaitMsQuantile(idle, 0.999)]).toEqual([0, 0]);
  expect(mmcSojournMsMean(idle)).toBe(1000);
  expect(mmcSojournMsQuantile(idle, 0.5)).toBeCloseTo(1000 * Math.LN2, 9);
  const full = station(3, 1);
  expect(erlangC(3, 3)).toBe(1);
  for (const value of [mmcWaitMsMean(full), mmcWaitMsQuantile(full, 0.5)]) {
    expect(value).toBe(Number.POSITIVE_INFINITY);
  }
  expect(mmcSojournMsQuantile(full, 0.5)).toBe(Number.POSITIVE_INFINITY);
});

test('the edges of blocking are 0 and 1', () => {
  expect(erlangB(0, 5)).toBe(1);
  expect(erlangB(5, 0)).toBe(0);
  expect(offeredErlangAt(5, 0)).toBe(0);
  expect(offeredErlangAt(5, 1)).toBe(Number.POSITIVE_INFINITY);
});

test.each([
  [1.5, 1],
  [-1, 1],
  [2, -1],
  [2, Number.NaN],
])('%f servers at %f Erlang are refused', (servers, erlang) => {
  expect(() => erlangB(servers, erlang)).toThrow(RangeError);
});
