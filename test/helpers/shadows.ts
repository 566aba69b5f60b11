/** Shadows of every kind, and a primary, for the mirror's tests and bench. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Worker } from 'node:worker_threads';
import { rawServer } from './raw-http.ts';

export const SHADOWS = ['healthy', 'slow', 'refusing', 'silent', 'garbage', 'endless'] as const;
export type ShadowKind = (typeof SHADOWS)[number];

export interface TestServer {
  readonly port: number;
  readonly close: () => Promise<void>;
}

const FINE = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine';

/** A shadow of a kind, on a port of its own. */
export async function shadowOf(kind: ShadowKind): Promise<TestServer> {
  switch (kind) {
    case 'healthy':
      return rawServer((socket) => socket.write(FINE));
    case 'slow':
      return rawServer((socket) => {
        setTimeout(() => socket.write(FINE), 800);
      });
    case 'refusing': {
      const server = await rawServer(() => {});
      await server.close();
      return { port: server.port, close: async () => {} };
    }
    case 'silent':
      return rawServer(() => {});
    case 'garbage':
      return rawServer((socket) =>
        socket.write('\u0000\u00ff!! no HTTP at all\r\n\r\n'.repeat(50)),
      );
    case 'endless':
      return rawServer((socket) => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        const more = () => {
          while (!socket.destroyed && socket.write(Buffer.alloc(65_536)));
        };
        socket.on('drain', more);
        more();
      });
    default:
      return kind satisfies never;
  }
}

/** The same in a thread of its own. */
export async function shadowInThread(kind: ShadowKind): Promise<TestServer> {
  const program = new URL('./shadow-thread-worker.ts', import.meta.url);
  const worker = new Worker(program, { workerData: kind });
  const [port]: number[] = await once(worker, 'message');
  return {
    port: port!,
    close: async () => {
      await worker.terminate();
    },
  };
}

/** A server that answers `primary` and remembers what it was asked. */
export async function primaryServer(): Promise<TestServer & { readonly seen: string[] }> {
  const seen: string[] = [];
  const server = createServer((request, answer) => {
    seen.push(`${request.method} ${request.url}`);
    request.resume();
    request.on('end', () => answer.end('primary'));
  });
  return { ...(await listening(server)), seen };
}

/** A server on a free port of loopback. */
export async function listening(server: Server): Promise<TestServer> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export interface Got {
  readonly line: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A shadow that remembers what it has got. */
export async function listeningShadow(): Promise<TestServer & { readonly got: readonly Got[] }> {
  const got: Got[] = [];
  const server = createServer((request, answer) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      got.push({ line: `${request.method} ${request.url}`, headers: request.headers, body });
      answer.end('shadow');
    });
  });
  return { ...(await listening(server)), got };
}
