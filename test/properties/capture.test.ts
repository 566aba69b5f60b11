/** Whatever comes by, in whatever pieces: the tap reads the same, and nothing breaks or hangs. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ExchangeTap, type TapOptions, type Tapped } from '../../replay/capture/exchange-tap.ts';
import { sampler } from '../../replay/capture/sampling.ts';
import { Redactor } from '../../replay/redact/redactor.ts';
import { USUAL_RULES } from '../../replay/redact/rules.ts';

const SEED = { seed: 1730 };
const MOST_MS = 1000;

interface Heard {
  readonly tapped: Tapped[];
  readonly skipped: string[];
  seen: number;
  readonly budget: { left: number };
}

function tapping(): { readonly tap: ExchangeTap; readonly heard: Heard } {
  const heard: Heard = { tapped: [], skipped: [], seen: 0, budget: { left: 1_000_000 } };
  const options: TapOptions = {
    mostBodyBytes: 1000,
    budget: heard.budget,
    nowNs: () => 1n,
    unwanted: ({ target }) => (target === '/unwanted' ? 'unwanted' : undefined),
    answers: 'full',
    onTapped: (tapped) => heard.tapped.push(tapped),
    onRequest: () => {
      heard.seen++;
    },
    onSkipped: (reason) => heard.skipped.push(reason),
  };
  return { tap: new ExchangeTap('0'.repeat(16), options), heard };
}

/** Cuts a text at the given shares of its length. */
function cut(text: string, places: readonly number[]): Buffer[] {
  const bytes = Buffer.from(text, 'latin1');
  const ends = places.map((place) => Math.floor(place * bytes.length)).sort((a, b) => a - b);
  return [...ends, bytes.length].map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

const places = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 40 });
const bodies = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((c) => String.fromCharCode(c)),
  maxLength: 1500,
});

function framed(start: string, body: string, isChunked: boolean, chunk: number): string {
  if (!isChunked) return `${start}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const chunks: string[] = [];
  for (let at = 0; at < body.length; at += chunk) {
    const part = body.slice(at, at + chunk);
    chunks.push(`${part.length.toString(16)};e=1\r\n${part}\r\n`);
  }
  return `${start}\r\nTransfer-Encoding: chunked\r\n\r\n${chunks.join('')}0\r\nX-T: 1\r\n\r\n`;
}

const exchanges = fc.array(
  fc.record({
    target: fc.constantFrom('/a', '/unwanted', '/b?x=y'),
    body: bodies,
    answer: bodies,
    isChunked: fc.boolean(),
    isAnswerChunked: fc.boolean(),
    chunk: fc.integer({ min: 1, max: 600 }),
    informational: fc.boolean(),
  }),
  { minLength: 1, maxLength: 6 },
);

test('requests and answers are read as they were sent, in whatever pieces', () => {
  fc.assert(
    fc.property(exchanges, places, places, (all, cuts, answerCuts) => {
      const { tap, heard } = tapping();
      const sent = all.map(({ target, body, isChunked, chunk }) =>
        framed(`POST ${target} HTTP/1.1`, body, isChunked, chunk),
      );
      const answered = all.map(({ answer, isAnswerChunked, chunk, informational }) => {
        const first = informational ? 'HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n' : '';
        return first + framed('HTTP/1.1 200 OK', answer, isAnswerChunked, chunk);
      });
      for (const piece of cut(sent.join(''), cuts)) tap.clientData(piece);
      expect(tap.isIdle).toBe(false);
      for (const piece of cut(answered.join(''), answerCuts)) tap.serverData(piece);
      expect(tap.isIdle).toBe(true);
      const wanted = all.filter(({ target }) => target !== '/unwanted');
      for (const type of ['request', 'answer'] as const) {
        const bodiesOf = heard.tapped
          .filter((tapped) => tapped.type === type)
          .map(({ body }) => body && Buffer.from(body).toString('latin1'));
        const meant = wanted.map(({ body, answer }) => (type === 'request' ? body : answer));
        expect(bodiesOf).toEqual(meant.map((body) => (body.length > 1000 ? undefined : body)));
      }
      expect(heard.seen).toBe(all.length);
      expect(heard.skipped).toHaveLength(all.length - wanted.length);
      expect(heard.budget.left).toBe(1_000_000);
    }),
    { ...SEED, numRuns: 300 },
  );
});

const parts = fc.constantFrom(
  'GET / HTTP/1.1\r\nHost: s\r\n\r\n',
  'POST / HTTP/1.1\r\n',
  'Content-Length: 5\r\n\r\n',
  'Content-Length: 99999999999999999999\r\n\r\n',
  'Transfer-Encoding: chunked\r\n\r\n',
  '5\r\nhello\r\n',
  '0\r\n\r\n',
  'ffffffffffff\r\n',
  'Upgrade: h2c\r\n\r\n',
  'CONNECT a:1 HTTP/1.1\r\n\r\n',
  'HTTP/1.1 200 OK\r\n\r\n',
  'HTTP/1.1 101 X\r\n\r\n',
  'HTTP/1.1 100 X\r\n\r\n',
  'HTTP/1.1 204 X\r\n\r\n',
  '\r\n',
  '\n',
);
const junk = fc.array(fc.oneof(parts, bodies), { maxLength: 12 }).map((all) => all.join(''));

test('junk both ways: every request is tapped or skipped once, and memory is given back', () => {
  fc.assert(
    fc.property(junk, junk, places, (client, server, cuts) => {
      const { tap, heard } = tapping();
      const startMs = performance.now();
      const clientPieces = cut(client, cuts);
      const serverPieces = cut(server, cuts);
      for (const [index, piece] of clientPieces.entries()) {
        tap.clientData(piece);
        tap.serverData(serverPieces[index]!);
      }
      tap.serverEnd();
      tap.close();
      expect(performance.now() - startMs).toBeLessThan(MOST_MS);
      const requests = heard.tapped.filter(({ type }) => type === 'request').length;
      expect(requests + heard.skipped.length).toBe(heard.seen);
      expect(heard.budget.left).toBe(1_000_000);
    }),
    { ...SEED, numRuns: 1000 },
  );
});

test('JSON without secrets keeps its bytes; with them it stays JSON of the same shape', () => {
  const shapeOf = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(shapeOf);
    if (typeof value !== 'object' || value === null) return typeof value;
    return Object.entries(value).map(([, inner]) => shapeOf(inner));
  };
  const redactor = new Redactor(USUAL_RULES);
  const headers = ['content-type', 'application/json'];
  fc.assert(
    fc.property(fc.json(), fc.boolean(), (json, isSecret) => {
      const text = isSecret ? `{"list":${json},"password":${json}}` : json;
      const { body, dropped } = redactor.answer({ headers, body: Buffer.from(text) });
      expect(dropped).toBeUndefined();
      const after: unknown = JSON.parse(Buffer.from(body!).toString());
      expect(shapeOf(after)).toEqual(shapeOf(JSON.parse(text)));
    }),
    { ...SEED, numRuns: 500 },
  );
});

const TYPES = [
  'application/json',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=b',
  'text/plain',
  'application/x-ndjson',
];
const pieces = fc.constantFrom(
  'token=',
  '{"password":"',
  '"}',
  'eyJ',
  '%25',
  '%',
  '://a:b@',
  'Basic ',
  '4111 1111 1111 1111',
  '--b\r\n',
  '<pin>',
  '\\u00',
  '[',
  'QUFB',
  '-----BEGIN PRIVATE KEY-----',
  ': ',
  '&',
);
const hostile = fc
  .tuple(fc.array(fc.oneof(pieces, bodies), { maxLength: 8 }), fc.integer({ min: 1, max: 2000 }))
  .map(([all, times]) => all.join('').repeat(times).slice(0, 100_000));

test('hostile bodies, targets and headers take bounded time and break nothing', () => {
  const redactor = new Redactor(USUAL_RULES);
  fc.assert(
    fc.property(hostile, fc.constantFrom(...TYPES), (text, type) => {
      const startMs = performance.now();
      const line = text.replace(/[^\x21-\x7e]/g, '');
      const headers = [
        'Content-Type',
        type,
        'Referer',
        line.slice(0, 8000),
        'Cookie',
        line.slice(0, 4000),
      ];
      redactor.request({
        target: `/${line.slice(0, 8000)}`,
        headers,
        body: Buffer.from(text, 'latin1'),
      });
      expect(performance.now() - startMs).toBeLessThan(MOST_MS * 5);
    }),
    { ...SEED, numRuns: 300 },
  );
});

test('a larger sample holds the smaller one, and has about its share', () => {
  const names = Array.from({ length: 5000 }, (_, index) => `session ${index}`);
  const [tenth, half] = [names.filter(sampler(0.1)), names.filter(sampler(0.5))];
  expect(tenth.filter((name) => !half.includes(name))).toEqual([]);
  // Five standard deviations of a binomial count.
  expect(Math.abs(tenth.length - 500)).toBeLessThan(106);
  expect(Math.abs(half.length - 2500)).toBeLessThan(177);
  expect(names.filter(sampler(1))).toHaveLength(5000);
  expect(names.filter(sampler(0))).toEqual([]);
});
