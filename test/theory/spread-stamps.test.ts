/** Stamps of whole seconds: requests are spread as they come, no burst is made that never was. */
import { expect, test } from 'vitest';
import type { RecordedRequest } from '../../replay/formats/capture.ts';
import { combined } from '../../replay/formats/logs/combined.ts';
import { orderStatistics } from '../../replay/formats/text/order-statistics.ts';
import { readWhole } from '../helpers/text-captures.ts';

test('order statistics of n uniform moments have the means k/(n + 1)', () => {
  const [count, draws] = [4, 20_000];
  const sums = new Float64Array(count);
  for (let draw = 0; draw < draws; draw++) {
    orderStatistics(count, 1, `second/${draw}`).forEach((at, k) => {
      sums[k]! += at;
    });
  }
  // Var = k(n + 1 − k)/((n + 1)²(n + 2)) ≤ 0.04: four standard errors are 0.0057.
  for (let k = 0; k < count; k++) expect(sums[k]! / draws).toBeCloseTo((k + 1) / (count + 1), 2);
});

function line(second: number, path: number, rest = ''): string {
  const at = new Date(second * 1000).toUTCString().split(' ');
  const stamp = `${at[1]}/${at[2]}/${at[3]}:${at[4]} +0000`;
  return `10.0.0.1 - - [${stamp}] "GET /${path} HTTP/1.1" 200 5 "-" "-"${rest}\n`;
}

const START = 1_600_000_000;
const SECOND_NS = 1_000_000_000n;

test('every request stays in its second, those of one second in the order of the log', async () => {
  const lines = Array.from({ length: 5000 }, (_, i) => line(START + Math.floor(i / 100), i));
  const { requests } = await readWhole(combined, lines.join(''));
  expect(requests.map(({ target }) => target)).toEqual(lines.map((_, i) => `/${i}`));
  requests.forEach(({ atNs }, i) => {
    expect(Number(atNs / SECOND_NS)).toBe(START + Math.floor(i / 100));
  });
});

test('the same seed gives the same moments, another one others', async () => {
  const text = Array.from({ length: 50 }, (_, i) => line(START, i)).join('');
  const times = async (seed: number) =>
    (await readWhole(combined, text, { seed })).requests.map(({ atNs }) => atNs);
  expect(await times(7)).toEqual(await times(7));
  expect(await times(7)).not.toEqual(await times(8));
});

test('a log that is written at the end of requests is read in the order of arrivals', async () => {
  // Of three workers, each with lines up to 40 s late.
  const seconds = Array.from(
    { length: 3000 },
    (_, i) => START + Math.floor(i / 20) - (i % 7 === 0 ? 40 : 0),
  );
  const { requests, report } = await readWhole(
    combined,
    seconds.map((s, i) => line(s, i)).join(''),
  );
  expect(inOrder(requests)).toBe(true);
  expect(report.noted).toEqual({ 'stamp of a whole second: spread inside it': 3000 });
});

test('one absurd stamp does not take the others out of their order', async () => {
  const late = (i: number) => (i % 5 === 0 ? 3 : 0);
  const seconds = Array.from({ length: 2000 }, (_, i) => START + Math.floor(i / 20) - late(i));
  const text = line(START + 2e9, 0) + seconds.map((s, i) => line(s, i)).join('');
  const { requests, report } = await readWhole(combined, text);
  expect(inOrder(requests)).toBe(true);
  expect(report.used).toBe(2001);
});

test('more than is held back is given out, late ones are counted', async () => {
  const seconds = Array.from({ length: 1000 }, (_, i) => START + i).concat(START);
  const text = seconds.map((s, i) => line(s, i)).join('');
  const { requests, report } = await readWhole(combined, text, { mostHeld: 100 }, 512);
  expect(requests).toHaveLength(1001);
  expect(report.noted).toMatchObject({ 'out of order by more than is held back': 1 });
});

test('durations move arrivals, and each stays at its distance from the end', async () => {
  const text = Array.from({ length: 500 }, (_, i) => line(START + i, i, ` ${i % 7}.250`)).join('');
  const { requests } = await readWhole(combined, text);
  expect(inOrder(requests)).toBe(true);
  for (const { atNs, answer, target } of requests) {
    const end = atNs + answer!.latencyNs!;
    expect(Number(end / SECOND_NS)).toBe(START + Number(target.slice(1)));
  }
});

function inOrder(requests: readonly RecordedRequest[]): boolean {
  return requests.every(({ atNs }, i) => i === 0 || atNs >= requests[i - 1]!.atNs);
}
