/** Requests with recorded answers, and servers that give such answers again. */
import type { Socket } from 'node:net';
import type { RecordedRequest } from '../../replay/formats/capture.ts';
import { recorded } from './capture.ts';
import type { WireRequest } from './recording-server.ts';

let ids = 0;

/** What `/items/<n>` is answered: an id that is drawn, and a price. */
export function itemBody(n: number, price: number = n): string {
  return JSON.stringify({ id: n, price, requestId: `r${ids++}` });
}

/** One request a few ms after the other, each answered after 2 ms. */
export function answeredItems(count: number, everyMs = 3): RecordedRequest[] {
  return Array.from({ length: count }, (_, n) => {
    const body = Buffer.from(itemBody(n));
    const headers = ['Content-Type', 'application/json', 'Content-Length', String(body.length)];
    return recorded({
      atMs: n * everyMs,
      id: `id-${n}`,
      target: `/items/${n}`,
      answer: { status: 200, headers, body, latencyNs: 2_000_000n },
    });
  });
}

/** Answers items; `priceOf` tells what a server has to say of an item. */
export function answerItems(priceOf: (n: number) => number) {
  return ({ requestLine }: WireRequest, socket: Socket): void => {
    const n = Number(/\/items\/(\d+)/.exec(requestLine)?.[1] ?? 0);
    const body = itemBody(n, priceOf(n));
    const head = `content-type: application/json\r\ncontent-length: ${body.length}\r\n`;
    socket.write(`HTTP/1.1 200 OK\r\n${head}\r\n${body}`);
  };
}
