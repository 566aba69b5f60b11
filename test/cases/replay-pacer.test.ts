/** When recorded requests are sent: tempo, gaps and passes. */
import { expect, test } from 'vitest';
import { Pacer, type PacerOptions, parsePace } from '../../replay/run/pacer.ts';
import { UsageError } from '../../simulator/model/usage-error.ts';

const START_NS = 1_795_666_439_718_000_001n;

function moments(options: PacerOptions, timesMs: readonly number[]): number[] {
  const pacer = new Pacer(options);
  return timesMs.map((atMs) => pacer.dueMs(START_NS + BigInt(Math.round(atMs * 1e6))));
}

const AS_RECORDED = { tempo: { type: 'speed', factor: 1 } } as const;
const phases = (text: string) => ({ tempo: { type: 'phases', phases: parsePace(text) } }) as const;

const CASES: readonly [string, PacerOptions, readonly number[], readonly number[]][] = [
  ['as recorded, from the first one on', AS_RECORDED, [0, 1.5, 1000], [0, 1.5, 1000]],
  ['to the nanosecond', AS_RECORDED, [0, 0.000001], [0, 0.000001]],
  ['twice the speed', { tempo: { type: 'speed', factor: 2 } }, [0, 10, 30], [0, 5, 15]],
  ['half the speed', { tempo: { type: 'speed', factor: 0.5 } }, [0, 10], [0, 20]],
  [
    'at a rate, whatever was recorded',
    { tempo: { type: 'rate', perSecond: 500 } },
    [0, 9e6, 9e6],
    [0, 2, 4],
  ],
  ['gaps cut', { ...AS_RECORDED, mostGapMs: 100 }, [0, 50, 5050, 5060], [0, 50, 150, 160]],
  [
    'gaps are cut before the speed',
    { tempo: { type: 'speed', factor: 2 }, mostGapMs: 100 },
    [0, 900],
    [0, 50],
  ],
  ['an earlier one goes with the one before', AS_RECORDED, [0, 20, 10, 30], [0, 20, 20, 30]],
  [
    'phases: one second at half the speed, then at twice',
    phases('1s@0.5 @2'),
    [0, 250, 500, 700],
    [0, 500, 1000, 1100],
  ],
  [
    'what comes after the last phase is never due',
    phases('1s@1 1s@2'),
    [0, 999, 2999, 3000],
    [0, 999, 1999.5, Infinity],
  ],
];

test.each(CASES)('%s', (_claim, options, times, due) => {
  const found = moments(options, times);
  for (const [i, wanted] of due.entries()) expect(found[i]).toBeCloseTo(wanted, 6);
});

test('records that go back in time are counted', () => {
  const pacer = new Pacer(AS_RECORDED);
  for (const at of [0n, 20n, 10n, 15n, 30n]) pacer.dueMs(at);
  expect(pacer.wentBack).toBe(2);
});

test('the next pass begins a mean gap after the last record, and again after that', () => {
  const pacer = new Pacer(AS_RECORDED);
  const pass = () => [0n, 10n, 40n].map((ms) => pacer.dueMs(START_NS + ms * 1_000_000n));
  expect(pass()).toEqual([0, 10, 40]);
  expect(pacer.durationMs(1)).toBe(40);
  expect(pacer.durationMs(3)).toBe(40 + 20 + 40 + 20 + 40);
  pacer.nextPass();
  expect(pass()).toEqual([60, 70, 100]);
  pacer.nextPass();
  expect(pass()).toEqual([120, 130, 160]);
});

test('a day of records ends when it should, to the microsecond', () => {
  const pacer = new Pacer({ ...AS_RECORDED, mostGapMs: 1000 });
  let dueMs = 0;
  // 86,400 gaps of 1000.000001 ms, each cut by a nanosecond.
  for (let i = 0n; i <= 86_400n; i++) dueMs = pacer.dueMs(START_NS + i * 1_000_000_001n);
  expect(dueMs).toBeCloseTo(86_400_000, 3);
});

test.each(['', '5m', '@', 'x@1', '5m@0', '5m@-1', '@1 5m@1', '5m@1@2', '5m@1e9', '0s@1'])(
  'no pace: %s',
  (text) => expect(() => parsePace(text)).toThrow(UsageError),
);

test('phases as they are written', () => {
  expect(parsePace('1m@0.5 5m@1, @2')).toEqual([
    { durationMs: 60_000, speed: 0.5 },
    { durationMs: 300_000, speed: 1 },
    { durationMs: Infinity, speed: 2 },
  ]);
});
