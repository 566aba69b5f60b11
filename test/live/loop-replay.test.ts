/** `plimsoll loop --replay`, short, on a system of one service. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parseResults } from '../../reports/read-results.ts';
import { readAll } from '../helpers/captures.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-loop-replay-'));
afterAll(() => rmSync(folder, { recursive: true }));

const MODEL = `name: replayed-shop
duration: 4s
traffic:
  guests: { does: buy, rate: 40/s, arrivals: { bursts: { every: 1s, for: 200ms, times: 3 } } }
journeys: { buy: [{ call: web.buy, timeout: 2s }] }
services: { web: { serves: { threads: 8 }, instances: 2, endpoints: { buy: [{ cpu: 5ms }] } } }
`;

test('what was recorded is replayed at three speeds, and the model has its arrivals', async () => {
  const model = join(folder, 'shop.yaml');
  writeFileSync(model, MODEL);
  const out = join(folder, 'out');
  const flags = ['--replay', '--engine', 'built-in', '--replications', '3', '-o', out, '--json'];
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', 'bin/plimsoll.ts', 'loop', model, ...flags],
    { encoding: 'utf8' },
  );
  const { verdict, load, replays } = JSON.parse(stdout);
  expect(replays, stderr).toMatchObject([{ speed: 1 }, { speed: 2 }, { speed: 5 }]);
  // A busy machine is no failure of the loop: but then nothing passes.
  const all = [load.verdict, ...replays.map((round: { verdict: string }) => round.verdict)];
  expect(verdict === 'pass').toBe(all.every((one) => one === 'pass'));
  expect(status).toBe(verdict === 'pass' ? 0 : 1);
  const written = JSON.parse(readFileSync(join(out, 'comparison.json'), 'utf8'));
  expect(written).toEqual(JSON.parse(stdout));
  const { requests } = await readAll([join(out, 'capture.gor')]);
  expect(requests.length).toBeGreaterThan(80);
  for (const speed of [1, 2, 5]) {
    const read = (name: string) => {
      const path = join(out, `replay-x${speed}`, name);
      return parseResults(path, readFileSync(path, 'utf8'));
    };
    const [predicted, measured] = [read('predicted.json'), read('measured.json')];
    expect(predicted.durationMs).toBe(4000 / speed);
    for (const run of [...predicted.runs, ...measured.runs]) {
      expect(run.journeys['buy']!.counters.arrived).toBe(requests.length);
    }
    expect(predicted.warnings.join()).toContain('every replication has the same');
    expect(measured.generator!.plannedArrivals).toBe(requests.length);
  }
  expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('replay-x5/report.html');
  expect(readFileSync(join(out, 'junit.xml'), 'utf8')).toContain('name="replay ×5: Gates"');
}, 120_000);
