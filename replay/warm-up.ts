/**
 * A generator's first second would be its slowest: V8 has compiled nothing yet, the first request
 * takes 30 ms, and the ones behind it are late. So the sender practises beforehand, on a server
 * inside its own process; the target sees nothing of it.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { type Outgoing, Sender } from './send.ts';

/**
 * Requests of each round: what closes for the first time makes V8 throw away all that it has
 * compiled for streams and sockets.
 */
const ROUNDS: readonly number[] = [500, 2000];
const AT_ONCE = 20;
const PRACTICE: Outgoing = { method: 'GET', path: '/', headers: ['a', 'b'], timeoutMs: 1000 };
const ANSWER = Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfine');

/** @param untilMs epoch time by which it has to end, done or not */
export async function warmUp(untilMs: number, signal: AbortSignal): Promise<void> {
  for (const requests of ROUNDS) {
    const server = await startPracticeServer();
    const sender = new Sender(server.url, { allowedHosts: [], connectTimeoutMs: 1000 });
    for (let sent = 0; sent < requests && Date.now() < untilMs && !signal.aborted; ) {
      for (let i = 0; i < AT_ONCE; i++, sent++) sender.send(PRACTICE, () => {});
      await sender.idle();
    }
    await sender.close();
    server.close();
  }
}

export interface PracticeServer {
  readonly url: string;
  readonly close: () => void;
}

/** Answers whatever comes, in the thread of its caller; with as little work as can be. */
export async function startPracticeServer(): Promise<PracticeServer> {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('data', () => socket.write(ANSWER)).on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on a port has an address of this kind.
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}
