/**
 * The loopback server that everybody is measured at: answers as fast as Node.js can and notes when
 * each request came, by the number at the end of its path. Times are of the system's monotonic
 * clock, the same in every process. Says its port, when the last of all has come, and on SIGTERM
 * what it has seen.
 *
 * Argument: how many requests there are.
 */
import { type AddressInfo, createServer } from 'node:net';

const ANSWER = Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
const END = '\r\n\r\n';
const INDEX = /^GET [^ ]*\/(\d+) /;

/** What the server has seen, as it tells it in the end. */
export interface Sightings {
  readonly connections: number;
  readonly requests: number;
  /** By number, in ms of `monotonicMs`; NaN where none came. */
  readonly arrivedMs: Float64Array;
}

/** The system's monotonic clock, in ms. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

function serve(count: number): void {
  const arrivedMs = new Float64Array(count).fill(Number.NaN);
  let connections = 0;
  let requests = 0;
  const note = (head: string, nowMs: number) => {
    const index = Number(INDEX.exec(head)?.[1]);
    if (index < count && Number.isNaN(arrivedMs[index]!)) arrivedMs[index] = nowMs;
    if (++requests === count) process.send?.('all');
  };
  const server = createServer({ noDelay: true }, (socket) => {
    connections++;
    let rest = '';
    socket.on('data', (chunk) => {
      const nowMs = monotonicMs();
      const heads = (rest + chunk.toString('latin1')).split(END);
      rest = heads.pop()!;
      for (const head of heads) {
        note(head, nowMs);
        socket.write(ANSWER);
      }
    });
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1', () => {
    process.send?.({ port: (server.address() as AddressInfo).port });
  });
  process.on('SIGTERM', () => {
    process.send?.({ connections, requests, arrivedMs } satisfies Sightings, () => process.exit());
  });
  process.on('disconnect', () => process.exit());
}

if (process.send !== undefined) serve(Number(process.argv[2]));
