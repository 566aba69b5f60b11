/** What was recorded stays readable, however the recorder ends. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { crashCapture } from '../helpers/crash-capture.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-crash-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each([300, 1430, 2570])(
  'killed after %i ms: whole records, at most a second lost',
  async (aliveMs) => {
    const outcome = await crashCapture(folder, { aliveMs, perSecond: 300, signal: 'SIGKILL' });
    expect(outcome).toMatchObject({ lostEarly: 0, broken: 0, failed: 0 });
    expect(outcome.answered).toBeGreaterThan(10);
  },
);

test.each(['SIGTERM', 'SIGINT'] as const)('%s loses nothing', async (signal) => {
  const outcome = await crashCapture(folder, { aliveMs: 1200, perSecond: 300, signal });
  expect(outcome).toMatchObject({ lost: 0, broken: 0, failed: 0 });
  expect(outcome.answered).toBeGreaterThan(100);
});
