/**
 * A generator's first second would be its slowest: V8 has compiled nothing yet, the first request
 * takes 30 ms, and the ones behind it are late. So the sender practises beforehand, on a server
 * inside its own process; the target sees nothing of it.
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Outgoing, Sender } from './send.ts';

const REQUESTS = 2000;
const AT_ONCE = 20;
const PRACTICE: Outgoing = { method: 'GET', path: '/', headers: ['a', 'b'], timeoutMs: 1000 };

/** @param untilMs epoch time by which it has to end, done or not */
export async function warmUp(untilMs: number, signal: AbortSignal): Promise<void> {
  const server = createServer((_request, answer) => answer.end('warm'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sender = new Sender(urlOf(server), { allowedHosts: [], connectTimeoutMs: 1000 });
  for (let sent = 0; sent < REQUESTS && Date.now() < untilMs && !signal.aborted; sent += AT_ONCE) {
    for (let i = 0; i < AT_ONCE; i++) sender.send(PRACTICE, () => {});
    await sender.idle();
  }
  await sender.close();
  server.close();
}

function urlOf(server: Server): string {
  // A server that listens on a port has an address of this kind.
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
