/**
 * The first requests of a run would be late: V8 has compiled nothing of their way yet. So a shard
 * plays something beforehand, at a server inside its own thread; the target sees nothing of it.
 */
import { startPracticeServer } from '../warm-up.ts';
import { CONTROL_CELLS, type ShardOrder } from './messages.ts';
import { type Planned, pack } from './packet.ts';
import { Shard } from './shard.ts';

/**
 * Packets of the first round, and of the second at least and at most: what closes for the first
 * time makes V8 throw away all that it has compiled for streams and sockets.
 */
const FIRST_ROUND = 4;
const MOST_PACKETS = 36;
const REQUESTS_A_PACKET = 400;
const GAP_MS = 0.1;
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

/** Resolves when it is over, a long run's after a second or two; what goes wrong is no matter. */
export async function practise(order: ShardOrder): Promise<void> {
  const untilMs = Date.now() + MOST_MS;
  const packets = Math.ceil(order.requests / REQUESTS_A_PACKET);
  await playOnce(order, FIRST_ROUND, untilMs);
  await playOnce(order, Math.min(Math.max(packets, FIRST_ROUND), MOST_PACKETS), untilMs);
}

async function playOnce(order: ShardOrder, packets: number, untilMs: number): Promise<void> {
  const server = await startPracticeServer();
  const shard = new Shard(
    {
      ...order,
      target: server.url,
      control: new Int32Array(new SharedArrayBuffer(4 * CONTROL_CELLS)),
      mostInFlight: 64,
      mostAnswerBytes: undefined,
      second: undefined,
    },
    { tell: () => {}, interceptors: [] },
  );
  for (let i = 0; i < packets; i++) {
    // As it comes out of a message: an object with the same fields is another thing to V8.
    shard.add(structuredClone(pack(requests(i * REQUESTS_A_PACKET))));
  }
  shard.complete();
  const patience = setTimeout(() => shard.stop(), untilMs - Date.now());
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
