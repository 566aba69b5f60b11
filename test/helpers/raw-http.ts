/** Servers and clients that speak in bytes: what goes over the wire is what a test says. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export interface RawServer {
  readonly port: number;
  /** All bytes of each connection, Latin-1, in the order of the connections. */
  readonly received: string[];
  readonly sockets: Set<Socket>;
  readonly close: () => Promise<void>;
}

/** Listens on loopback and calls `onData` with a socket and all that has come on it so far. */
export async function rawServer(
  onData: (socket: Socket, text: string, chunk: Buffer) => void,
  onConnection: (socket: Socket) => void = () => {},
): Promise<RawServer> {
  const received: string[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const index = received.push('') - 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      received[index] += chunk.toString('latin1');
      onData(socket, received[index]!, chunk);
    });
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    received,
    sockets,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Answers every complete head with the same text. */
export function answering(text: string): (socket: Socket, all: string, chunk: Buffer) => void {
  const answered = new WeakMap<Socket, number>();
  return (socket, all) => {
    const heads = all.split('\r\n\r\n').length - 1;
    for (let count = answered.get(socket) ?? 0; count < heads; count++) socket.write(text);
    answered.set(socket, heads);
  };
}

/**
 * Sends pieces one after the other and gives back all that came until the other side ended, or
 * `until` was in it (a number: so many bytes). `closed` says how it ended.
 */
export async function rawExchange(
  port: number,
  pieces: readonly (string | Buffer)[],
  {
    until,
    pauseMs = 0,
  }: { readonly until?: string | RegExp | number; readonly pauseMs?: number } = {},
): Promise<{ readonly text: string; readonly closed: 'ended' | 'reset' | 'open' }> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  let text = '';
  const done = new Promise<'ended' | 'reset' | 'open'>((resolve) => {
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      const isThere =
        typeof until === 'number'
          ? text.length >= until
          : typeof until === 'string'
            ? text.includes(until)
            : until?.test(text);
      if (isThere) resolve('open');
    });
    socket.on('end', () => resolve('ended'));
    socket.on('error', () => resolve('reset'));
  });
  for (const piece of pieces) {
    socket.write(piece);
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  const closed = await done;
  socket.destroy();
  return { text, closed };
}
