/** The power of d choices: infinitely many servers, and two or three exactly. */
import { expect, test } from 'vitest';
import { jsqAtLeast, jsqSojournMean } from '../../simulator/theory/jsq.ts';
import { jsqChainSojournMean } from '../../simulator/theory/jsq-chain.ts';
import { mmcSojournMsMean } from '../../simulator/theory/mmc.ts';
import { expectDigits } from './digits.ts';

const LOADS = [0.5, 0.7, 0.8, 0.9, 0.95, 0.99];

test.each([
  [1, '2', '3.33333', '5', '10', '20', '100'],
  [2, '1.26568604', '1.61445377', '1.94736339', '2.61405738', '3.383046', '5.43199658'],
  [3, '1.12524414', '1.3568422', '1.58088563', '2.02785597', '2.53513348', '3.85784652'],
  [5, '1.03125', '1.16809254', '1.32891794', '1.63288124', '1.9887722', '2.90168283'],
])('the shortest of %i among very many: the table’s times at ρ 0.5 … 0.99', (choices, ...times) => {
  LOADS.forEach((rho, index) => {
    expectDigits(jsqSojournMean(choices, rho), times[index]!);
  });
});

test('shares of servers with at least k requests: ρ^((d^k − 1)/(d − 1))', () => {
  const [, one, two, three, four] = jsqAtLeast(2, 0.9);
  expect([one, two, three, four].map((share) => Number(share!.toFixed(9)))).toEqual([
    0.9,
    Number((0.9 ** 3).toFixed(9)),
    Number((0.9 ** 7).toFixed(9)),
    Number((0.9 ** 15).toFixed(9)),
  ]);
  expect(jsqSojournMean(3, 0)).toBe(1);
  expect(() => jsqAtLeast(2, 1)).toThrow(/no stationary queues/);
});

test.each([
  [2, 2, 0.5, '1.42632075'],
  [2, 2, 0.8, '2.95573662'],
  [2, 2, 0.9, '5.47491282'],
  [3, 2, 0.8, '2.50999979'],
  [3, 3, 0.8, '2.28554761'],
])('%i servers, the shortest of %i different ones, ρ %f: exactly %s', (...row) => {
  const [servers, choices, rho, time] = row;
  expectDigits(jsqChainSojournMean({ servers, choices, replacement: false }, rho), time);
});

test('one choice is M/M/1 each; more are never as good as one queue for all', () => {
  const alone = { servers: 2, choices: 1, replacement: true };
  expect(jsqChainSojournMean(alone, 0.5)).toBeCloseTo(2, 9);
  const pooled = { servers: 3, arrivalsPerSecond: 2.4, serviceMsMean: 1000 };
  const all = jsqChainSojournMean({ servers: 3, choices: 3, replacement: false }, 0.8);
  const drawn = jsqChainSojournMean({ servers: 3, choices: 3, replacement: true }, 0.8);
  expect(mmcSojournMsMean(pooled) / 1000).toBeLessThan(all);
  expect(all).toBeLessThan(drawn);
});
