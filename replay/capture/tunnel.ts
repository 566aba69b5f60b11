/**
 * Passes connections on, byte for byte: what the client sends is what the server gets, and the
 * other way round, whatever it is. One connection to the server for each of a client's; ends,
 * half-closes and resets are passed on as well. Whoever listens gets the bytes after they were
 * written.
 *
 *     client ◄──────── bytes ────────► server
 *                       └─► tap (a look, after the write)
 */
import { connect, createServer, type Server, type Socket } from 'node:net';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A listener's view of one connection; it must not throw, and never waits. */
export interface ConnectionTap {
  readonly isIdle: boolean;
  readonly clientData: (bytes: Uint8Array) => void;
  readonly serverData: (bytes: Uint8Array) => void;
  readonly serverEnd: () => void;
  readonly close: () => void;
}

export interface TunnelCounts {
  connections: number;
  /** Connections for which the server could not be reached. */
  unreachable: number;
  /** Taps that broke, which is a fault of ours: the connection went on. */
  brokenTaps: number;
}

export class Tunnel {
  readonly counts: TunnelCounts = { connections: 0, unreachable: 0, brokenTaps: 0 };
  private readonly server: Server;
  private readonly upstream: Address;
  private readonly open = new Map<Socket, SafeTap>();
  private readonly newTap: (client: Socket) => ConnectionTap;
  private onEmpty: (() => void) | undefined;
  private isDraining = false;

  constructor(upstream: Address, newTap: (client: Socket) => ConnectionTap) {
    this.upstream = upstream;
    this.newTap = newTap;
    const options = { allowHalfOpen: true, noDelay: true, keepAlive: true };
    this.server = createServer(options, (client) => this.accept(client));
  }

  /** Resolves with the port when connections are taken. Rejects where the address is taken. */
  async listen({ host, port }: Address): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen({ host, port, backlog: 4096 }, () => {
        this.server.off('error', reject);
        // Out of descriptors for a moment: the next connection is taken again.
        this.server.on('error', () => {});
        resolve();
      });
    });
    const address = this.server.address();
    return address !== null && typeof address === 'object' ? address.port : port;
  }

  /**
   * Takes no more connections, ends each as soon as nothing is under way on it, and after `mostMs`
   * those that are left.
   */
  async close(mostMs: number): Promise<void> {
    this.isDraining = true;
    this.server.close();
    for (const [client, tap] of this.open) this.endIfIdle(client, tap);
    if (this.open.size === 0) return;
    const timer = setTimeout(() => {
      for (const client of this.open.keys()) client.destroy();
    }, mostMs);
    await new Promise<void>((resolve) => {
      this.onEmpty = resolve;
    });
    clearTimeout(timer);
  }

  private accept(client: Socket): void {
    this.counts.connections++;
    const tap = new SafeTap(
      () => this.newTap(client),
      () => {
        this.counts.brokenTaps++;
      },
    );
    this.open.set(client, tap);
    const { host, port } = this.upstream;
    const server = connect({ host, port, allowHalfOpen: true, noDelay: true, keepAlive: true });
    let isConnected = false;
    server.once('connect', () => {
      isConnected = true;
    });
    server.once('error', () => {
      if (!isConnected) this.counts.unreachable++;
    });
    relay(client, server, (bytes) => tap.clientData(bytes));
    relay(server, client, (bytes) => {
      tap.serverData(bytes);
      if (this.isDraining) this.endIfIdle(client, tap);
    });
    server.once('end', () => tap.serverEnd());
    client.once('close', () => {
      this.open.delete(client);
      tap.close();
      if (this.open.size === 0) this.onEmpty?.();
    });
  }

  /** What has been written to the client is sent before it closes. */
  private endIfIdle(client: Socket, tap: SafeTap): void {
    if (tap.isIdle) client.destroySoon();
  }
}

/** One direction, at the pace of the slower side. */
function relay(from: Socket, to: Socket, look: (bytes: Uint8Array) => void): void {
  from.on('data', (bytes) => {
    if (to.destroyed) return;
    if (!to.write(bytes)) from.pause();
    look(bytes);
  });
  to.on('drain', () => from.resume());
  from.once('end', () => to.end());
  from.once('error', () => {
    // A reset is passed on as one, unless this side had said all that it had to say: then the other
    // side gets it to the end, although nobody listens to it any more.
    if (from.readableEnded) endSoon(to);
    else to.resetAndDestroy();
  });
  from.once('close', () => {
    if (!from.readableEnded) to.destroySoon();
  });
}

function endSoon(socket: Socket): void {
  if (!socket.destroyed) socket.destroySoon();
}

/** A tap that breaks is taken off, and the traffic goes on. */
class SafeTap implements ConnectionTap {
  private tap: ConnectionTap | undefined;
  private readonly onBroken: () => void;

  constructor(make: () => ConnectionTap, onBroken: () => void) {
    this.onBroken = onBroken;
    this.guard(() => {
      this.tap = make();
    });
  }

  get isIdle(): boolean {
    return this.tap?.isIdle ?? false;
  }

  clientData(bytes: Uint8Array): void {
    this.guard(() => this.tap?.clientData(bytes));
  }

  serverData(bytes: Uint8Array): void {
    this.guard(() => this.tap?.serverData(bytes));
  }

  serverEnd(): void {
    this.guard(() => this.tap?.serverEnd());
  }

  close(): void {
    this.guard(() => this.tap?.close());
  }

  private guard(action: () => void): void {
    try {
      action();
    } catch {
      this.tap = undefined;
      this.onBroken();
    }
  }
}
