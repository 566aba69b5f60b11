/** Health checks of the twin's balancer, and who answers them. */
import { createServer, get, type RequestListener } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { probe } from '../../fixtures/staging/balancer/probe.ts';
import { healthServer } from '../../fixtures/staging/grpc-health.ts';
import { bothProtocols } from '../../fixtures/staging/service/both-protocols.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('a probe is judged by its status, its time and whether anybody is there', async () => {
  const status =
    (code: number): RequestListener =>
    (_, response) => {
      response.statusCode = code;
      response.end();
    };
  const of = (answer: RequestListener) => listening(createServer(answer));
  expect(await probe(await of(status(200)), { timeoutMs: 5000 })).toBe('success');
  expect(await probe(await of(status(500)), { timeoutMs: 5000 })).toBe('bad-answer');
  expect(await probe(await of(() => {}), { timeoutMs: 50 })).toBe('timeout');
  expect(await probe(await of((request) => request.socket.destroy()), { timeoutMs: 5000 })).toBe(
    'network',
  );
  expect(await probe('http://127.0.0.1:1', { timeoutMs: 5000 })).toBe('network');
});

test('to a probe over TCP a connection is enough', async () => {
  const hangs = await listening(createServer(() => {}));
  expect(await probe(hangs, { probe: 'tcp', timeoutMs: 5000 })).toBe('success');
  expect(await probe('http://127.0.0.1:1', { probe: 'tcp', timeoutMs: 5000 })).toBe('network');
});

describe('a probe of gRPC', () => {
  const ask = (origin: string, timeoutMs = 5000) => probe(origin, { probe: 'grpc', timeoutMs });

  test.each([
    ['SERVING', 'success'],
    ['NOT_SERVING', 'bad-answer'],
    ['UNKNOWN', 'bad-answer'],
    ['SERVICE_UNKNOWN', 'bad-answer'],
  ] as const)('%s is a %s', async (status, verdict) => {
    expect(await ask(await listening(healthServer(async () => status)))).toBe(verdict);
  });

  test('without an answer, without gRPC and without anybody', async () => {
    expect(await ask(await listening(healthServer(() => new Promise(() => {}))), 50)).toBe(
      'timeout',
    );
    const web = createServer((_, response) => void response.end('hello'));
    expect(await ask(await listening(web))).toBe('network');
    const other = createHttp2Server();
    other.on('stream', (stream) => {
      stream.respond({ ':status': 404 });
      stream.end('no such thing');
    });
    expect(await ask(await listening(other))).toBe('network');
    expect(await ask('http://127.0.0.1:1')).toBe('network');
  });

  test('comes over the port of HTTP/1.1, which goes on answering', async () => {
    const http = createServer((_, response) => void response.end('hello'));
    const both = bothProtocols(
      http,
      healthServer(async () => 'SERVING'),
    );
    const origin = await listening(both);
    const text = () =>
      new Promise<string>((resolve, reject) => {
        get(origin, { agent: false }, (response) => {
          response.setEncoding('utf8').on('data', resolve);
        }).on('error', reject);
      });
    expect(await Promise.all([text(), ask(origin), text(), ask(origin)])).toEqual([
      'hello',
      'success',
      'hello',
      'success',
    ]);
    await new Promise((resolve) => both.close(resolve));
    expect(await ask(origin)).toBe('network');
  });
});
