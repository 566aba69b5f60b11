/** The staging twin as real processes. Times are only ever bounded from far above. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decideAgain } from '../../fixtures/staging/decide-again.ts';
import { parseMetrics } from '../../fixtures/staging/metrics-text.ts';
import { findStack, type Stack, startStack } from '../../fixtures/staging/stack.ts';
import { readState } from '../../fixtures/staging/state-file.ts';
import type { Distribution, Model } from '../../simulator/model/model.ts';
import { eventsOf, get, load, logOf, until } from '../helpers/live-stack.ts';
import { fixedSize, model, scalable, service } from '../helpers/models.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-staging-'));
const stateFolder = join(folder, 'state');
const ms = (value: number): Distribution => ({ type: 'constant', ms: value });

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** `shop` calls `stock`; `shop` grows above 40/s an instance, after one period of ten seconds. */
function shop(name: string): Model {
  const alarm = {
    metric: 'requests-per-instance',
    comparison: 'above',
    threshold: 40,
    periodMs: 10_000,
    evaluationPeriods: 1,
    datapointsToAlarm: 1,
    missingData: 'missing',
  } as const;
  const change = { type: 'change-in-capacity', by: 1 } as const;
  const steps = [{ lower: 0, upper: undefined, change }];
  const on = { type: undefined, dollarsPerHour: undefined, boot: ms(900), warmUpMs: 300 };
  return model(
    50,
    60_000,
    [
      service('shop', {
        time: ms(0),
        on,
        serves: { type: 'event-loop' },
        scaling: scalable(1, 3, [{ type: 'step-scaling', alarm, steps, minMagnitude: 1 }]),
        endpoints: [
          {
            name: 'work',
            steps: [
              { type: 'cpu', time: ms(1) },
              { type: 'call', service: 'stock', endpoint: 'take', timeoutMs: 5000 },
            ],
          },
          {
            name: 'hasty',
            steps: [{ type: 'call', service: 'stock', endpoint: 'slow', timeoutMs: 20 }],
          },
        ],
      }),
      service('stock', {
        time: ms(0),
        serves: { type: 'threads', count: 4 },
        scaling: fixedSize(1),
        endpoints: [
          { name: 'take', steps: [{ type: 'cpu', time: ms(3) }] },
          { name: 'slow', steps: [{ type: 'wait', time: ms(1500) }] },
        ],
      }),
    ],
    { name },
  );
}

function options(name: string) {
  const logPath = join(folder, `${name}.ndjson`);
  return { model: shop(name), digest: 'd1', seed: 1, logPath, attached: true, stateFolder };
}

/**
 * Processes of a controller's group that still run; a zombie does not, once its threads are gone
 * (until then they hold its ports open).
 */
function processesOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((entry) => {
      const fields = statFields(entry);
      const [state, , group] = fields;
      const threads = Number(fields[17]);
      return group === String(pid) && !(state === 'Z' && threads <= 1);
    })
    .map(Number);
}

function statFields(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
  } catch {
    return [];
  }
}

function isOpen(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

async function expectNothingLeft(pid: number, urls: readonly string[]): Promise<void> {
  await until('processes to end', () => processesOf(pid).length === 0, 3000);
  const allClosed = async () => !(await Promise.all(urls.map(isOpen))).includes(true);
  await until('ports to close', allClosed, 3000);
}

let stack: Stack;
beforeAll(async () => {
  stack = await startStack(options('live-shop'));
});
afterAll(async () => {
  await stack.stop();
});

test('a request goes through both balancers and both services', async () => {
  expect(await get(`${stack.entryUrl}/work`)).toEqual({ status: 200, text: 'ok\n' });
  expect((await get(`${stack.urls['stock']}/take`)).status).toBe(200);
  expect((await get(`${stack.entryUrl}/nonsense`)).status).toBe(404);
});

test('a caller gives up at its timeout with 504, and the callee works on', async () => {
  const [, stock] = (await stack.status()).services;
  const metrics = `http://127.0.0.1:${stock!.instances[0]!.port}/metrics`;
  const inside = async () => metricOf((await get(metrics)).text, 'plimsoll_requests_inside');
  expect((await get(`${stack.entryUrl}/hasty`)).status).toBe(504);
  expect(await inside()).toBe(1);
  await until('zombie work to end', async () => (await inside()) === 0);
});

function metricOf(text: string, metric: string): number {
  return parseMetrics(text).find(({ name }) => name === metric)!.value;
}

test('every instance tells health and metrics, with its name on them', async () => {
  const { services } = await stack.status();
  const { port } = services[0]!.instances[0]!;
  expect(await get(`http://127.0.0.1:${port}/health`)).toEqual({ status: 200, text: 'ready\n' });
  const samples = parseMetrics((await get(`http://127.0.0.1:${port}/metrics`)).text);
  expect(samples.map(({ name }) => name)).toEqual([
    'plimsoll_requests_total',
    'plimsoll_busy_seconds_total',
    'plimsoll_servers',
    'plimsoll_requests_inside',
    'plimsoll_inside_seconds_total',
    'plimsoll_requests_queued',
    'process_cpu_seconds_total',
  ]);
  for (const { labels } of samples) expect(labels).toEqual({ service: 'shop', instance: 'shop-1' });
});

test('the status shows each service, and the state file is for its owner alone', async () => {
  const { phase, services } = await stack.status();
  expect(phase).toBe('up');
  expect(services.map(({ name, desired }) => [name, desired])).toEqual([
    ['shop', 1],
    ['stock', 1],
  ]);
  expect(statSync(join(stateFolder, 'live-shop.json')).mode & 0o777).toBe(0o600);
  expect(findStack('live-shop', stateFolder)).toMatchObject({ pid: stack.pid });
});

test('the control interface answers to nobody without the token', async () => {
  const pool = new Pool(stack.controlUrl);
  const stop = { method: 'POST', path: '/stop' } as const;
  const tries = [{}, { 'x-plimsoll-token': 'x'.repeat(64) }].map((headers) =>
    pool.request({ ...stop, headers }),
  );
  const elsewhere = { 'x-plimsoll-token': stack.token, host: 'evil.example' };
  tries.push(pool.request({ ...stop, headers: elsewhere }));
  for (const answer of await Promise.all(tries)) {
    expect(answer.statusCode).toBe(403);
    await answer.body.dump();
  }
  await pool.close();
});

test('a second one of the same name is refused, with the way to stop the first', async () => {
  await expect(startStack(options('live-shop'))).rejects.toThrow(
    /^live-shop runs already at .* to stop it: plimsoll staging down live-shop$/,
  );
});

test('scaling out and in loses no request, and the log explains each decision', async () => {
  const startAtMs = Date.now() + 200;
  await stack.run(startAtMs);
  const endLoad = load(stack.entryUrl, 60);
  await until('a second instance to serve', () => eventsOf(stack, 'shop-2').includes('warmed-up'));
  // Back to one instance under load: the balancer drops it first, then it finishes what it has.
  await stack.prepare();
  await until('the first instance to drain', () => eventsOf(stack, 'shop-1').includes('gone'));
  const statuses = await endLoad();
  expect(statuses.length).toBeGreaterThan(300);
  expect(new Set(statuses)).toEqual(new Set([200]));

  const lines = logOf(stack);
  const run = lines.find(({ type }) => type === 'run');
  expect(run).toMatchObject({ startAtMs });
  const [first] = decideAgain(lines);
  expect(first!.line.observation).toMatchObject({ nowMs: 10_000, desired: 1, booting: 0 });
  expect(first!.line.desired).toBe(2);
  for (const { line, again } of decideAgain(lines)) {
    expect(again).toEqual({ desired: line.desired, reason: line.reason });
  }
  expect(eventsOf(stack, 'shop-1').slice(-2)).toEqual(['draining', 'gone']);
});

test('samples come once a second, with sizes and the busy share', async () => {
  const samples = logOf(stack).filter(({ type }) => type === 'sample');
  const latest = samples.at(-1);
  if (latest?.type !== 'sample') throw new Error('no sample');
  expect(Object.keys(latest.services)).toEqual(['shop', 'stock']);
  expect(latest.atMs % 1000).toBe(0);
  const { utilizationRatio, ...sizes } = latest.services['stock']!;
  expect(sizes).toEqual({ booting: 0, serving: 1, draining: 0, desired: 1 });
  expect(utilizationRatio).toBeGreaterThanOrEqual(0);
});

test('an instance that is killed is logged and replaced', async () => {
  const [, stock] = (await stack.status()).services;
  const { name, pid } = stock!.instances[0]!;
  process.kill(pid!, 'SIGKILL');
  await until('its death to be seen', () => eventsOf(stack, name).includes('died'));
  await until('another to serve', () => eventsOf(stack, 'stock-2').includes('serving'));
  expect((await get(`${stack.entryUrl}/work`)).status).toBe(200);
});

test('a run that cannot begin at its moment is refused', async () => {
  await expect(stack.run(Date.now() - 60_000)).rejects.toMatchObject({ code: 'ERR_STAGING_RUN' });
});

test('after a stop no process, no port and no state is left', async () => {
  const urls = [...Object.values(stack.urls), stack.controlUrl];
  await stack.stop();
  await expectNothingLeft(stack.pid, urls);
  expect(findStack('live-shop', stateFolder)).toBeUndefined();
  await stack.stop();
});

test('a controller that is killed takes everything with it', async () => {
  const victim = await startStack({ ...options('live-victim'), attached: false });
  const urls = [...Object.values(victim.urls), victim.controlUrl];
  expect(processesOf(victim.pid)).toHaveLength(4);
  process.kill(victim.pid, 'SIGKILL');
  await expectNothingLeft(victim.pid, urls);
  expect(findStack('live-victim', stateFolder)).toBeUndefined();
});

test('an interrupt during the start leaves nothing', async () => {
  const interrupt = new AbortController();
  const started = startStack({ ...options('live-interrupted'), signal: interrupt.signal });
  let pid = 0;
  await until('the start to be under way', () => {
    pid = readState('live-interrupted', stateFolder)?.pid ?? 0;
    return pid !== 0 && processesOf(pid).length > 1;
  });
  interrupt.abort(new Error('interrupted'));
  await expect(started).rejects.toThrow('interrupted');
  await expectNothingLeft(pid, []);
  expect(readdirSync(stateFolder).filter((file) => file.includes('interrupted'))).toEqual([]);
});

test('a port in use is one clear line', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as AddressInfo;
  await expect(startStack({ ...options('live-port'), port })).rejects.toMatchObject({
    name: 'UsageError',
    message: `port ${port} of 127.0.0.1 is in use; choose another one, or none for a free one`,
  });
  other.close();
});

test('the command stays until Ctrl-C, then exits with 130 and leaves nothing', async () => {
  const file = join(folder, 'live-command.yaml');
  writeFileSync(file, COMMAND_MODEL);
  const child = spawn(
    process.execPath,
    ['bin/plimsoll.ts', 'staging', 'up', file, '--attach', '--json'],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  await until('the command to be up', () => output.trimEnd().endsWith('}'));
  const { pid, entryUrl } = JSON.parse(output) as { pid: number; entryUrl: string };
  expect((await get(`${entryUrl}/page`)).status).toBe(200);
  child.kill('SIGINT');
  expect(await ended).toBe(130);
  await expectNothingLeft(pid, [entryUrl]);
  rmSync('.cache/staging/live-command.ndjson');
});

const COMMAND_MODEL = `name: live-command
duration: 60s
traffic: { guests: { does: visit, rate: 1/s } }
journeys: { visit: [{ call: web.page }] }
services:
  web:
    serves: { threads: 2 }
    instances: 1
    endpoints: { page: [{ cpu: 1ms }] }
`;
