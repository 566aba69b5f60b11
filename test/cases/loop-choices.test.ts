/** What `loop` and `load` choose by themselves. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { playWithK6 } from '../../bin/load-k6.ts';
import { staged } from '../../bin/loop.ts';
import type { LoadPlan } from '../../simulator/traffic/load-plan.ts';

const SYSTEM = 'unacademy-feed';

test('without an overlay the one for this machine is taken', () => {
  expect(staged(SYSTEM, { set: ['a=1'] })).toEqual({ overlay: ['staging'], set: ['a=1'] });
});

test('an overlay that was named is the only one', () => {
  const named = { overlay: ['other'] };
  expect(staged(SYSTEM, named)).toBe(named);
});

test('a system without an overlay for this machine is taken as it is', () => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-staged-'));
  writeFileSync(join(folder, 'model.yaml'), 'name: alone\n');
  const options = {};
  expect(staged(folder, options)).toBe(options);
  rmSync(folder, { recursive: true });
});

test('a load that was interrupted before k6 was started never starts it', async () => {
  const stopped = new Error('stopped');
  // Starting this k6 would end in another error: there is none.
  const k6 = { path: '/nowhere/k6', version: '2.0.0', hasPlimsollOutput: true };
  const plan = { name: 'no-scenario-of-its-own' } as LoadPlan;
  const options = {
    planFile: 'plan.json',
    target: 'http://127.0.0.1:1',
    allowedHosts: [],
    startAtMs: 0,
    log: '/nowhere/log.ndjson',
    signal: AbortSignal.abort(stopped),
  };
  await expect(playWithK6(k6, plan, options)).rejects.toBe(stopped);
});
