/**
 * The first requests of a run would be late: V8 has compiled nothing of their way yet. So a shard
 * plays something beforehand, at a server inside its own thread; the target sees nothing of it.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CONTROL_CELLS, type ShardOrder } from './messages.ts';
import { type Planned, pack } from './packet.ts';
import { Shard } from './shard.ts';

const PACKETS = 6;
const REQUESTS_A_PACKET = 400;
const GAP_MS = 0.25;
/** Long enough for a slow machine, short enough for a patient user. */
const MOST_MS = 3000;
const HEADERS = [
  'User-Agent',
  'practice',
  'Accept',
  '*/*',
  'Accept-Encoding',
  'gzip',
  'Cookie',
  'a=b',
];

/** Resolves when it is over; nothing that goes wrong here matters. */
export async function practise(order: ShardOrder): Promise<void> {
  const server = createServer((request, answer) => {
    request.resume();
    answer.end('fine');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on a port has an address of this kind.
  const { port } = server.address() as AddressInfo;
  const shard = new Shard(
    {
      ...order,
      target: `http://127.0.0.1:${port}`,
      control: new Int32Array(new SharedArrayBuffer(4 * CONTROL_CELLS)),
      mostInFlight: 64,
      mostAnswerBytes: undefined,
      second: undefined,
    },
    { tell: () => {}, interceptors: [] },
  );
  for (let i = 0; i < PACKETS; i++) shard.add(pack(requests(i * REQUESTS_A_PACKET)));
  shard.complete();
  const patience = setTimeout(() => shard.stop(), MOST_MS);
  await shard.run(Date.now());
  clearTimeout(patience);
  server.close();
}

function requests(from: number): Planned[] {
  return Array.from({ length: REQUESTS_A_PACKET }, (_, i) => ({
    dueMs: (from + i) * GAP_MS,
    sequence: from + i,
    id: 'practice',
    endpoint: i % 10,
    session: i % 50,
    recordedStatus: 200,
    login: -1,
    wire: {
      method: i % 8 === 0 ? 'POST' : 'GET',
      path: `/practice/${i}`,
      headers: HEADERS,
      body: i % 8 === 0 ? new Uint8Array(100) : undefined,
    },
  }));
}
