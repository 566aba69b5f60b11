/**
 * The real k6 against a real server: it plays the plan's own arrivals, and both of its outputs are
 * read alike. Without k6 and Go there is none to test; the tests are skipped and say so.
 */
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { findK6, type K6 } from '../../bin/k6.ts';
import { type PlayedLoad, type PlayOptions, playWithK6 } from '../../bin/load-k6.ts';
import { makePlan } from '../../reports/make-plan.ts';
import type { JourneyLoad, LoadPlan } from '../../simulator/traffic/load-plan.ts';
import { predictedBy } from '../helpers/measured.ts';
import { model, service } from '../helpers/models.ts';

const k6 = await findK6();

describe.skipIf(k6 === undefined)('k6', () => {
  let server: Server;
  let target: string;
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-k6-'));
  const seen: { url: string; run: string | undefined }[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      seen.push({ url: request.url!, run: request.headers['x-plimsoll-run'] as string });
      // Every tenth request fails, so that errors are there to be counted.
      const status = seen.length % 10 === 0 ? 503 : 200;
      setTimeout(() => response.writeHead(status).end('ok'), 5);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    target = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function planned(pacing: JourneyLoad['pacing']): LoadPlan {
    const what = model(40, 5_000, [service('s', { time: { type: 'constant', ms: 5 } })], {
      timeoutMs: 1000,
    });
    const arrivals = pacing === 'even' ? 'even' : 'poisson';
    const traffic = what.traffic.map((one) => ({ ...one, arrivals }) as const);
    return makePlan(predictedBy({ ...what, traffic }, 4), { target, pacing, toleranceRatio: 0.15 });
  }

  async function play(
    name: string,
    pacing: JourneyLoad['pacing'],
    tool: K6,
    elsewhere: Partial<Pick<PlayOptions, 'target' | 'allowedHosts'>> = {},
  ): Promise<PlayedLoad> {
    const planFile = join(folder, `${name}.plan.json`);
    const plan = planned(pacing);
    const { writeJson } = await import('../../bin/files.ts');
    writeJson(planFile, plan);
    seen.length = 0;
    return playWithK6(tool, plan, {
      planFile,
      target,
      allowedHosts: [],
      startAtMs: Date.now() + 3000,
      log: join(folder, `${name}.ndjson`),
      signal: new AbortController().signal,
      ...elsewhere,
    });
  }

  const CROSSED = 'plimsoll_errors{journey:visit} rate<0.001000';

  test('every planned arrival is sent once, in its second, and counted by outcome', async () => {
    const { totals, doubts } = await play('exact', 'exact', k6!);
    const count = planned('exact').loads[0]!.arrivalCount;
    expect(seen).toHaveLength(count);
    expect(seen.every(({ url, run }) => url === '/work' && /^test-1-/.test(run ?? ''))).toBe(true);
    const seconds = [...totals.journeys.get('visit')!.values()];
    const sum = (outcome: 'ok' | 'error' | 'timeout') =>
      seconds.reduce((total, second) => total + second[outcome].count, 0);
    expect([sum('ok') + sum('error'), sum('error'), sum('timeout')]).toEqual([
      count,
      Math.floor(count / 10),
      0,
    ]);
    expect(totals.latenessMs.count).toBe(count);
    // One in ten fails where none was predicted: the plan's threshold notices.
    expect(doubts).toContain(`threshold crossed while it ran: ${CROSSED}`);
  });

  test('the JSON output of a plain k6 tells the same', async () => {
    const plain = { ...k6!, hasPlimsollOutput: false };
    const { totals, machine } = await play('plain', 'exact', plain);
    const count = planned('exact').loads[0]!.arrivalCount;
    const seconds = [...totals.journeys.get('visit')!.values()];
    const ended = seconds.reduce((total, { ok, error }) => total + ok.count + error.count, 0);
    expect([ended, totals.latenessMs.count]).toEqual([count, count]);
    // A plain k6 does not report its CPU; it was watched instead.
    expect(machine.cpuRatio).toBeGreaterThan(0);
  });

  test('evenly spaced executors send as many, and their lateness is known', async () => {
    const { totals } = await play('even', 'even', k6!);
    const { arrivalCount } = planned('even').loads[0]!;
    expect(Math.abs(seen.length - arrivalCount)).toBeLessThanOrEqual(1);
    expect(totals.latenessMs.count).toBe(seen.length);
    // Not a bound on the machine: a wrong schedule would be off by a whole gap of 25 ms.
    expect(totals.latenessMs.quantile(0.5)).toBeLessThan(20);
  });

  test('a scenario sends nothing to a host that is not this machine', async () => {
    const planFile = join(folder, 'elsewhere.plan.json');
    const { writeJson } = await import('../../bin/files.ts');
    writeJson(planFile, { ...planned('exact'), target: 'http://staging.invalid' });
    const refused = playWithK6(k6!, planned('exact'), {
      planFile,
      target: 'http://staging.invalid',
      allowedHosts: [],
      startAtMs: Date.now() + 1000,
      log: join(folder, 'elsewhere.ndjson'),
      signal: new AbortController().signal,
    });
    await expect(refused).rejects.toThrow(/staging\.invalid is not this machine/);
  });

  test('a host whose owner was asked is connected to there, and looked up nowhere', async () => {
    // No look-up knows such a name (RFC 6761, section 6.4).
    const host = 'staging.invalid';
    const pinned = { host, addresses: ['127.0.0.1'] };
    const away = { target: target.replace('127.0.0.1', host), allowedHosts: [pinned] };
    await play('pinned', 'exact', k6!, away);
    expect(seen).toHaveLength(planned('exact').loads[0]!.arrivalCount);
  });

  test('what is written holds no program, no environment and no secret of it', async () => {
    const canary = 'c4nary-of-the-environment';
    vi.stubEnv('PLIMSOLL_TOKEN', canary);
    vi.stubEnv('API_PASSWORD', canary);
    // What would be another load, or another way: k6 puts its environment above a scenario.
    vi.stubEnv('K6_ITERATIONS', '3');
    vi.stubEnv('K6_VUS', '1');
    vi.stubEnv('HTTP_PROXY', 'http://127.0.0.2:9');
    rmSync('dist/scenarios/generic.js', { force: true });
    await play('secrets', 'exact', k6!).finally(() => vi.unstubAllEnvs());
    expect(seen).toHaveLength(planned('exact').loads[0]!.arrivalCount);
    const written = readdirSync(folder).filter((name) => name.startsWith('secrets.'));
    expect(written).toContain('secrets.summary.json');
    const files = [...written.map((name) => join(folder, name)), 'dist/scenarios/generic.js'];
    for (const file of files) expect(readFileSync(file, 'utf8'), file).not.toContain(canary);
    const summary = readFileSync(join(folder, 'secrets.summary.json'), 'utf8');
    expect(Object.keys(JSON.parse(summary))).toEqual(['metrics']);
    expect(summary).not.toMatch(/function|import |handleSummary/);
  });

  test('bundles are small and hold no generator of test data', () => {
    const bundle = readFileSync('dist/scenarios/generic.js', 'utf8');
    expect(bundle.length).toBeLessThan(150_000);
    expect(bundle).not.toContain('faker');
  });
});
