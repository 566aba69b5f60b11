/** The balancer's listener in this process, before made-up instances. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'undici';
import { afterEach, expect, test } from 'vitest';
import { ServiceProxy } from '../../fixtures/staging/balancer/proxy.ts';
import { guardAgain } from '../../fixtures/staging/decide-again.ts';
import { guardsOf } from '../../fixtures/staging/guards/settings.ts';
import { RunClock } from '../../fixtures/staging/run-clock.ts';
import type { Service } from '../../simulator/model/model.ts';
import { outlierSettings } from '../../simulator/model/outlier-settings.ts';
import type { Guarded } from '../../simulator/results/staging-guards.ts';
import { until } from '../helpers/live-stack.ts';
import { model, NO_TIME, service } from '../helpers/models.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** An instance that answers; by default with its name. */
async function instance(name: string, answer?: Answer): Promise<{ name: string; origin: string }> {
  const origin = await listening(createServer(answer ?? ((_, response) => response.end(name))));
  return { name, origin };
}

interface Front {
  readonly proxy: ServiceProxy;
  readonly said: Guarded[];
  readonly ask: (headers?: Record<string, string>) => Promise<{ status: number; text: string }>;
}

async function front(
  own: Partial<Service>,
  instances: readonly { name: string; origin: string }[],
): Promise<Front> {
  const said: Guarded[] = [];
  const proxy = new ServiceProxy({
    service: { ...service('web', { time: NO_TIME }), ...own },
    seed: 1,
    clock: new RunClock(Date.now()),
    onGuarded: (guarded) => void said.push(guarded),
    callerOf: () => undefined,
  });
  const url = await listening(proxy.server);
  proxy.setTargets(
    instances.map((one, ordinal) => ({ ...one, ordinal, zone: -1 })),
    true,
  );
  const pool = new Pool(url, { connections: 50 });
  ends.push(() => {
    proxy.finish();
    pool.destroy();
  });
  const ask = async (headers: Record<string, string> = {}) => {
    const answer = await pool.request({ method: 'GET', path: '/work', headers });
    return { status: answer.statusCode, text: await answer.body.text() };
  };
  return { proxy, said, ask };
}

test('a key goes to one instance, and goes no further than the balancer', async () => {
  const seen = new Set<string>();
  const answer: Answer = (request, response) => {
    for (const name of Object.keys(request.headers)) seen.add(name);
    response.end(String(request.socket.localPort));
  };
  const instances = await Promise.all(['a', 'b', 'c'].map((name) => instance(name, answer)));
  const keys = { count: 50, zipf: 0 };
  const { ask } = await front({ balancing: { type: 'maglev', keys, size: 1009 } }, instances);
  const placeOf = async (key: number) => (await ask({ 'x-plimsoll-key': String(key) })).text;
  const first = await Promise.all(Array.from({ length: 50 }, (_, key) => placeOf(key)));
  const again = await Promise.all(Array.from({ length: 50 }, (_, key) => placeOf(key)));
  expect(again).toEqual(first);
  expect(new Set(first).size).toBe(3);
  // What is no key of this service's is as none.
  expect((await ask({ 'x-plimsoll-key': '50' })).status).toBe(200);
  expect([...seen].filter((name) => name.startsWith('x-plimsoll'))).toEqual([]);
});

test('limits of what all ask count what is under way, and retries apart', async () => {
  const waiting: ServerResponse[] = [];
  const slow = await instance('a', (_, response) => void waiting.push(response));
  const limits = { maxRequests: 3, maxRetries: 1 };
  const { ask } = await front({ limits }, [slow]);
  const inside = [ask(), ask({ 'x-plimsoll-attempt': '2' })];
  await until('two to be inside', () => waiting.length === 2);
  expect(await ask({ 'x-plimsoll-attempt': '3' })).toMatchObject({ status: 503 });
  inside.push(ask());
  await until('three to be inside', () => waiting.length === 3);
  expect(await ask()).toEqual({ status: 503, text: 'too many at once\n' });
  for (const response of waiting.splice(0)) response.end('ok');
  expect((await Promise.all(inside)).map(({ status }) => status)).toEqual([200, 200, 200]);
  const retry = ask({ 'x-plimsoll-attempt': '2' });
  await until('a retry to be inside', () => waiting.length === 1);
  waiting[0]!.end('ok');
  expect((await retry).status).toBe(200);
});

test('each instance has its own limit; one more is refused with 429', async () => {
  const rule = {
    type: 'fixed-window',
    limit: 2,
    windowMs: 3_600_000,
    countsRefused: false,
  } as const;
  const instances = [await instance('a'), await instance('b')];
  const { ask } = await front({ rateLimit: { rule, per: 'instance' } }, instances);
  const statuses = [];
  for (let i = 0; i < 6; i++) statuses.push((await ask()).status);
  expect(statuses).toEqual([200, 200, 200, 200, 429, 429]);
});

test('nginx holds back what is in the burst, and lets all of it pass', async () => {
  const rule = { type: 'nginx', ratePerSecondMilli: 20_000, burst: 4, delay: 0 } as const;
  const { ask } = await front({ rateLimit: { rule, per: 'service' } }, [await instance('a')]);
  const startMs = performance.now();
  const answers = await Promise.all(Array.from({ length: 6 }, () => ask()));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
  // The fourth of the burst waits for 4/20 s.
  expect(performance.now() - startMs).toBeGreaterThanOrEqual(195);
});

test('errors, no connection and callers who give up eject an instance; others go on', async () => {
  const outlierDetection = outlierSettings({ consecutive5xx: 3, maxEjectionPercent: 50 });
  const web = service('web', { time: NO_TIME, outlierDetection });
  const bad = await instance('bad', (_, response) => {
    response.statusCode = 504;
    response.end();
  });
  const silent = await instance('silent', () => {});
  const gone = { name: 'gone', origin: 'http://127.0.0.1:1' };
  for (const ill of [bad, gone, silent]) {
    const { ask, said, proxy } = await front({ outlierDetection }, [ill, await instance('well')]);
    if (ill === silent) await giveUp(proxy, 6);
    else for (let i = 0; i < 6; i++) await ask();
    await until('an ejection', () => JSON.stringify(said).includes(`eject ${ill.name}: 3 times`));
    expect((await ask()).text).toBe('well');
    proxy.finish();
    const run = { type: 'run', startAtMs: said[0]!.originMs, scaling: {}, seed: 1 } as const;
    const lines = said.map((one) => ({ type: 'guarded', ...one }) as const);
    const guards = guardsOf(model(1, 1000, [web]));
    for (const one of guardAgain([{ ...run, guards }, ...lines]))
      expect(one.again).toEqual(one.said);
  }
});

/** Requests whose callers leave after a while. */
async function giveUp({ server }: ServiceProxy, count: number): Promise<void> {
  const { port } = server.address() as AddressInfo;
  for (let i = 0; i < count; i++) {
    const pool = new Pool(`http://127.0.0.1:${port}`);
    const signal = AbortSignal.timeout(60);
    const asked = pool.request({ method: 'GET', path: '/work', signal });
    await asked.then(({ body }) => body.text()).catch(() => {});
    await pool.destroy();
  }
}

test('without an instance it is 503, and counted until moment 0', async () => {
  const { ask, proxy } = await front({}, []);
  expect((await ask()).status).toBe(503);
  expect(proxy.turnedAway).toBe(1);
  proxy.restart();
  expect(proxy.turnedAway).toBe(0);
});
