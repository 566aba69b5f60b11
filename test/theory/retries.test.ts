/** What retries cost, and when an outage outlives itself. */
import { expect, test } from 'vitest';
import { allFailRatio, attemptsMean, outageRecoveryMs } from '../../simulator/theory/retries.ts';
import { expectDigits } from './digits.ts';

test.each([
  [1, '1.1', '1.5', '1.9'],
  [2, '1.11', '1.75', '2.71'],
  [3, '1.111', '1.875', '3.439'],
  [5, '1.11111', '1.96875', '4.68559'],
])('%i retries make so many attempts where 10, 50, 90 % fail', (retries, ...means) => {
  [0.1, 0.5, 0.9].forEach((failing, index) => {
    expectDigits(attemptsMean(retries + 1, failing), means[index]!);
    expect(allFailRatio(retries + 1, failing)).toBeCloseTo(failing ** (retries + 1), 15);
  });
  expect(attemptsMean(retries + 1, 1)).toBe(retries + 1);
  expect(attemptsMean(retries + 1, 0)).toBe(1);
});

const SERVER = { timeoutMs: 1000, servedPerSecond: 100, outageMs: 10_000 };

test.each([
  [30, 1, '2.9'],
  [30, 2, '11.8'],
  [45, 2, '75.5'],
  [30, 3, '71'],
  [32, 3, '191'],
  [24, 4, '179'],
])('ten seconds down, %i/s with %i attempts of one second: well after %s s', (...row) => {
  const [arrivalsPerSecond, attempts, seconds] = row;
  const recoveryMs = outageRecoveryMs({ ...SERVER, arrivalsPerSecond, attempts });
  expectDigits(recoveryMs / 1000, seconds);
});

test.each([
  [26, 4],
  [36, 3],
  [52, 2],
])('ten seconds down, %i/s with %i attempts: never well again', (arrivalsPerSecond, attempts) => {
  const recoveryMs = outageRecoveryMs({ ...SERVER, arrivalsPerSecond, attempts });
  expect(recoveryMs).toBe(Number.POSITIVE_INFINITY);
});
