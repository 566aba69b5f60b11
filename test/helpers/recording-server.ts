/** A server that keeps every byte that it gets: the wire, and not what a parser made of it. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

export interface WireRequest {
  /** Without line end, Latin-1. */
  readonly requestLine: string;
  /** Name, value, name, value, … as sent. */
  readonly headers: readonly string[];
  readonly body: Buffer;
  /** Counts connections from 0 on. */
  readonly connection: number;
  readonly atMs: number;
}

export interface RecordingServer {
  readonly url: string;
  readonly port: number;
  readonly requests: WireRequest[];
  /** Connections that were made. */
  connections: number;
  readonly close: () => Promise<void>;
}

type Answer = (request: WireRequest, socket: Socket) => void;

const FINE = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
const FINE_HEAD = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: keep-alive\r\n\r\n';

/** Answers 200 to everything, unless told otherwise. */
export async function startRecording(
  answer: Answer = answerFine,
  host = '127.0.0.1',
  port = 0,
): Promise<RecordingServer> {
  const sockets = new Set<Socket>();
  const requests: WireRequest[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    const connection = recording.connections++;
    read(socket, (request) => {
      const seen = { ...request, connection, atMs: Date.now() };
      requests.push(seen);
      answer(seen, socket);
    });
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
  });
  server.listen(port, host);
  await once(server, 'listening');
  const bound = portOf(server);
  const recording: RecordingServer = {
    url: `http://${host}:${bound}`,
    port: bound,
    requests,
    connections: 0,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  return recording;
}

function portOf(server: Server): number {
  // A server that listens on a port has an address of this kind.
  return (server.address() as AddressInfo).port;
}

export function answerFine({ requestLine }: WireRequest, socket: Socket): void {
  socket.write(requestLine.startsWith('HEAD ') ? FINE_HEAD : FINE);
}

/** Splits what comes in by Content-Length; anything chunked is a mistake of ours. */
function read(
  socket: Socket,
  onRequest: (request: Omit<WireRequest, 'connection' | 'atMs'>) => void,
): void {
  let left = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    left = Buffer.concat([left, chunk]);
    for (let end = left.indexOf('\r\n\r\n'); end >= 0; end = left.indexOf('\r\n\r\n')) {
      const [requestLine = '', ...lines] = left.subarray(0, end).toString('latin1').split('\r\n');
      const headers = lines.flatMap((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon), line.slice(colon + 1).trim()];
      });
      const lengths = headers.filter((_, i) => headers[i - 1]?.toLowerCase() === 'content-length');
      const length = Number(lengths[0] ?? 0);
      if (left.length < end + 4 + length) return;
      const body = Buffer.from(left.subarray(end + 4, end + 4 + length));
      left = left.subarray(end + 4 + length);
      onRequest({ requestLine, headers, body });
    }
  });
}
