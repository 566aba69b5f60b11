/** What a format does not keep of a request, in words: nothing is lost without being counted. */
import { STATUS_CODES } from 'node:http';
import type { RecordedAnswer, RecordedRequest } from './capture.ts';

const NOTHING: Uint8Array = new Uint8Array(0);
const CODING = /^(?:content-encoding|content-length|transfer-encoding):/i;
/** From the finest: so much of a moment or a time is not kept at the most. */
const GRAINS: readonly (readonly [ns: bigint, words: string])[] = [
  [1_000n, 'what is finer than 1 µs'],
  [1_000_000n, 'what is finer than 1 ms'],
  [1_000_000_000n, 'what is finer than 1 s'],
];

/**
 * What is in `request` and not in `kept`, which is what reading gives again; such as `body` or
 * `moment: what is finer than 1 s`. Empty where both say the same. Names of requests do not count:
 * they only join records inside a file.
 */
export function lossesOf(request: RecordedRequest, kept: RecordedRequest): string[] {
  if (request === kept) return [];
  const lost: string[] = [];
  const check = (what: string, isLost: boolean) => isLost && lost.push(what);
  lost.push(...finer('moment', request.atNs, kept.atNs));
  check('connection', request.connection !== kept.connection);
  check('method in small letters', request.method !== kept.method);
  check(targetLoss(request.target, kept.target), request.target !== kept.target);
  lost.push(...headerLosses('headers', request.headers, kept.headers));
  lost.push(...bodyLosses('body', request.body, kept.body));
  check('HTTP version', request.httpVersion !== kept.httpVersion);
  check('transfer time of the request', (request.transferNs ?? 0n) !== (kept.transferNs ?? 0n));
  return request.answer === undefined ? lost : [...lost, ...answerLosses(request.answer, kept)];
}

function targetLoss(target: string, kept: string): string {
  return kept === target.split('?', 1)[0] ? 'query' : 'target as it was: another spelling';
}

function answerLosses(answer: RecordedAnswer, { answer: kept }: RecordedRequest): string[] {
  if (kept === undefined) return ['answer'];
  const lost: string[] = [];
  const check = (what: string, isLost: boolean) => isLost && lost.push(what);
  lost.push(...headerLosses('headers of the answer', answer.headers, kept.headers));
  lost.push(...bodyLosses('body of the answer', answer.body, kept.body));
  lost.push(...finer('latency', answer.latencyNs, kept.latencyNs));
  const isOwn = answer.firstByteNs !== undefined && answer.firstByteNs !== answer.latencyNs;
  if (isOwn) lost.push(...finer('first byte of the answer', answer.firstByteNs, firstByteNs(kept)));
  check('words of the status', words(answer) !== words(kept));
  check('HTTP version of the answer', answer.httpVersion !== kept.httpVersion);
  return lost;
}

function finer(what: string, ns: bigint | undefined, kept: bigint | undefined): string[] {
  if (ns === kept || ns === undefined) return [];
  if (kept === undefined) return [what];
  const lostNs = ns > kept ? ns - kept : kept - ns;
  const grain = GRAINS.find(([most]) => lostNs < most);
  return [grain === undefined ? what : `${what}: ${grain[1]}`];
}

function headerLosses(what: string, all: readonly string[], kept: readonly string[]): string[] {
  if (all.length === kept.length && all.every((text, at) => text === kept[at])) return [];
  const rest = linesOf(kept).map((line) => line.toLowerCase());
  const missing: string[] = [];
  for (const line of linesOf(all)) {
    const at = rest.indexOf(line.toLowerCase());
    if (at < 0) missing.push(line);
    else rest.splice(at, 1);
  }
  if (missing.length > 0)
    return [missing.every((line) => CODING.test(line)) ? `${what}: of its coding` : what];
  return rest.length > 0 ? [`${what}: one stands in`] : [`${what}: their order or case`];
}

function linesOf(headers: readonly string[]): string[] {
  return headers.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${headers[at + 1]}`] : []));
}

/** A body of no bytes is as good as none. */
function bodyLosses(
  what: string,
  body: Uint8Array = NOTHING,
  kept: Uint8Array = NOTHING,
): string[] {
  if (body === kept || Buffer.compare(body, kept) === 0) return [];
  return [kept.length === 0 ? what : `${what}: its content coding`];
}

function firstByteNs({ firstByteNs, latencyNs }: RecordedAnswer): bigint | undefined {
  return firstByteNs ?? latencyNs;
}

function words({ reasonPhrase, status }: RecordedAnswer): string {
  return reasonPhrase ?? STATUS_CODES[status] ?? '';
}
