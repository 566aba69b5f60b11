/** Captures made by hand-written rules: the same bytes every time. */
import { STATUS_CODES } from 'node:http';
import type { RecordedAnswer, RecordedRequest } from '../../replay/formats/capture.ts';
import { openCapture } from '../../replay/formats/formats.ts';
import { GorOrder } from '../../replay/formats/gor/write.ts';
import { log } from '../../simulator/engine/maths.ts';
import { stream } from '../../simulator/engine/random.ts';

/** The separator, written out: LF, three monkeys, LF. */
export const MONKEYS = '\n🐵🙈🙉\n';
const START_NS = 1_700_000_000_000_000_000n;

const KINDS = [
  { share: 0.5, method: 'GET', path: (id: number) => `/products/${id}`, status: 200, ms: 12 },
  { share: 0.2, method: 'GET', path: () => '/products?sort=price&page=2', status: 200, ms: 30 },
  { share: 0.15, method: 'POST', path: () => '/cart/items', status: 201, ms: 20 },
  { share: 0.1, method: 'DELETE', path: (id: number) => `/cart/items/${id}`, status: 204, ms: 8 },
  { share: 0.05, method: 'GET', path: () => '/favicon.ico', status: 404, ms: 1 },
] as const;

/**
 * A small shop: Poisson arrivals on four kept-alive connections, five kinds of requests, answers
 * with latencies, one in fifty a 503. Nothing secret is in it.
 */
export function shopRequests(count: number, perSecond: number, seed: number): RecordedRequest[] {
  const random = stream(seed, 0, 'capture', 'shop');
  const next = () => random.uniform();
  let atNs = START_NS;
  return Array.from({ length: count }, (_, index) => {
    const gapUs = Math.round((-log(1 - next()) / perSecond) * 1e6);
    atNs += BigInt(gapUs) * 1000n;
    return shopRequest(atNs, index, next);
  });
}

function shopRequest(atNs: bigint, index: number, next: () => number): RecordedRequest {
  const kind = pick(next());
  const connection = `93d5805${Math.floor(next() * 4)}0a000001`;
  const id = `${connection}${(0x1000 + index).toString(16).padStart(8, '0')}`;
  const target = kind.path(1000 + Math.floor(next() * 500));
  const body = kind.method === 'POST' ? Buffer.from(`{"product":${index},"count":1}`) : undefined;
  const host = ['Host', 'shop.example', 'User-Agent', 'browser/1.0', 'Accept', '*/*'];
  const sized = body === undefined ? [] : ['Content-Type', JSON_TYPE, ...length(body)];
  const headers = [...host, ...sized];
  const latencyMs = kind.ms * (0.5 + next());
  const status = next() < 0.02 ? 503 : kind.status;
  const answer = shopAnswer(status, target, BigInt(Math.round(latencyMs * 1000)) * 1000n);
  return { atNs, id, connection, method: kind.method, target, headers, body, answer };
}

/** @param u from 0 to below 1 */
function pick(u: number): (typeof KINDS)[number] {
  let sum = 0;
  for (const kind of KINDS) {
    sum += kind.share;
    if (u < sum) return kind;
  }
  return KINDS[0];
}

const JSON_TYPE = 'application/json';

function shopAnswer(status: number, target: string, latencyNs: bigint): RecordedAnswer {
  if (status === 204) return { status, headers: [], body: undefined, latencyNs };
  const body = Buffer.from(`{"status":"${STATUS_CODES[status]}","for":"${target}"}`);
  return { status, headers: ['Content-Type', JSON_TYPE, ...length(body)], body, latencyNs };
}

function length(body: Uint8Array): string[] {
  return ['Content-Length', String(body.length)];
}

/** The bytes of a `.gor` file. */
export function gorBytes(requests: readonly RecordedRequest[]): Buffer {
  const order = new GorOrder();
  const records = [...requests.flatMap((request) => order.push(request)), ...order.rest()];
  return Buffer.concat(records.map(({ bytes }) => bytes));
}

/** A small capture with one of every flaw, between sound records. */
export function damagedGor(): Buffer {
  const sound = (at: number) => `1 id${at} ${START_NS + BigInt(at)} 0\nGET /${at} HTTP/1.1\r\n\r\n`;
  const post = (length: string, body: string) =>
    `POST / HTTP/1.1\r\nContent-Length: ${length}\r\n\r\n${body}`;
  const at = START_NS + 5n;
  const records = [
    sound(1),
    `1 only-two-words\nGET / HTTP/1.1\r\n\r\n`,
    `1 a notanumber 0\nGET / HTTP/1.1\r\n\r\n`,
    `7 a ${at} 0\nGET / HTTP/1.1\r\n\r\n`,
    `1 b ${at} 0\nhello\r\n\r\n`,
    `1 c ${at} 0\nGET / HTTP/1.1\r\nno colon\r\n\r\n`,
    `1 d ${at} 0\n${post('99999999999', 'x')}`,
    `1 e ${at} 0\n${post('10', 'short')}`,
    `1 f ${at} 0\n${post('2', 'too long')}`,
    `1 g ${at} 0\nPOST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n`,
    `2 nobody ${at} 0\nHTTP/1.1 200 OK\r\n\r\n`,
    `3 id1 ${at} 0\nHTTP/1.1 200 OK\r\n\r\n`,
    sound(9),
  ];
  return Buffer.from(`${records.join(MONKEYS)}${MONKEYS}1 cut ${START_NS + 10n} 0\nGET /cut HT`);
}

/** Everything that a capture has in it. */
export async function readAll(
  paths: readonly string[],
  options: { readonly window?: number } = {},
): Promise<{ requests: RecordedRequest[]; report: ReturnType<Source['report']> }> {
  const source = await openCapture(paths, { ...options, from: 'gor' });
  const requests: RecordedRequest[] = [];
  for await (const batch of source.batches) requests.push(...batch);
  return { requests, report: source.report() };
}

type Source = Awaited<ReturnType<typeof openCapture>>;
