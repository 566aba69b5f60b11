/** What is written is read as it was; no bytes make the reader throw, hang or lose count. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { STATUS_CODES } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { ReadBooks } from '../../replay/formats/books.ts';
import type { RecordedAnswer, RecordedRequest } from '../../replay/formats/capture.ts';
import { CaptureWriter } from '../../replay/formats/capture-writer.ts';
import { GorFile } from '../../replay/formats/gor/file.ts';
import { GOR } from '../../replay/formats/gor/format.ts';
import type { GorMessage } from '../../replay/formats/gor/parser.ts';
import { inspect } from '../../replay/inspect/inspect.ts';
import { gorBytes, MONKEYS, readAll } from '../helpers/captures.ts';

/** Fixed, so that a run in CI says something about the change and not about the day. */
const SEED = 1730;
const RUNS = Number(process.env['PLIMSOLL_FUZZ_RUNS'] ?? 300);
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-gor-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, content: Uint8Array) => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

const token = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}$/);
/** Latin-1 without control bytes, and no blank at either end. */
const value = fc
  .array(fc.oneof(fc.integer({ min: 0x20, max: 0x7e }), fc.integer({ min: 0x80, max: 0xff })), {
    maxLength: 20,
  })
  .map((codes) => String.fromCharCode(...codes).replace(/^ +| +$/g, ''));
const name = token.filter((text) => !/^(content-length|transfer-encoding)$/i.test(text));
const body = fc.option(
  fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 60 }),
    // Looks like the file's own structure.
    fc
      .array(
        fc.constantFrom(MONKEYS, '1 a 5 0\nGET / HTTP/1.1\r\n\r\n', '\r\n', '0\r\n\r\n', 'x'),
        {
          minLength: 1,
          maxLength: 6,
        },
      )
      .map((parts) => new Uint8Array(Buffer.from(parts.join('')))),
  ),
  { nil: undefined },
);

/** Headers and body that belong together. */
const message = fc
  .record({
    pairs: fc.array(fc.tuple(name, value), { maxLength: 5 }),
    body,
    isChunked: fc.boolean(),
  })
  .map(({ pairs, body: bytes, isChunked }) => {
    const framing =
      bytes === undefined
        ? []
        : isChunked
          ? ['Transfer-Encoding', 'chunked']
          : ['Content-Length', String(bytes.length)];
    return { headers: [...pairs.flat(), ...framing], body: bytes };
  });

const answer: fc.Arbitrary<RecordedAnswer | undefined> = fc.option(
  fc
    .record({
      message,
      status: fc.integer({ min: 100, max: 999 }),
      latencyNs: fc.option(fc.bigInt(1n, 5_000_000_000n), { nil: undefined }),
    })
    .map(({ message: own, status, latencyNs }) => ({ status, ...own, latencyNs })),
  { nil: undefined },
);

/** In the order of their times, under ids that GoReplay could have made. */
const requests: fc.Arbitrary<RecordedRequest[]> = fc
  .array(
    fc.record({
      gapNs: fc.bigInt(0n, 2_000_000_000n),
      message,
      answer,
      method: token,
      target: fc.stringMatching(/^[!-~\x80-\xff]{1,30}$/),
      connection: fc.constantFrom('93d5805f0100007f', '93d5806f0100007f'),
      isHttp10: fc.boolean(),
      transferNs: fc.bigInt(0n, 10n),
    }),
    { maxLength: 12 },
  )
  .map((list) => {
    let atNs = 1_700_000_000_000_000_000n;
    return list.map(({ gapNs, message: own, isHttp10, transferNs, ...rest }, index) => {
      atNs += gapNs;
      const { connection } = rest;
      return {
        atNs,
        id: `${connection}${index.toString(16).padStart(8, '0')}`,
        ...rest,
        ...own,
        ...(isHttp10 && { httpVersion: '1.0' as const }),
        ...(transferNs > 0n && { transferNs }),
      };
    });
  });

/** Bodies as plain bytes: whether one is a Buffer makes no difference. */
function plain(list: readonly RecordedRequest[]): unknown[] {
  const bytes = (one: Uint8Array | undefined) => one && [...one];
  return list.map((one) => ({
    ...one,
    body: bytes(one.body),
    answer: one.answer && { ...one.answer, body: bytes(one.answer.body) },
  }));
}

test('what is written is read as it was, and written again byte by byte', async () => {
  const property = fc.asyncProperty(requests, async (list) => {
    const bytes = gorBytes(list);
    const { requests: found, report } = await readAll([file('round.gor', bytes)]);
    expect(plain(found)).toEqual(plain(list.map(withUsualReason)));
    expect(gorBytes(found).equals(bytes)).toBe(true);
    const answers = list.filter((one) => one.answer !== undefined).length;
    expect(report).toMatchObject({ read: list.length + answers, rejected: {}, skipped: {} });
  });
  await fc.assert(property, { seed: SEED, numRuns: RUNS });
});

/** A status that nobody has a name for has an empty phrase in the file. */
function withUsualReason(request: RecordedRequest): RecordedRequest {
  const { answer: own } = request;
  if (own === undefined || STATUS_CODES[own.status] !== undefined) return request;
  return { ...request, answer: { ...own, reasonPhrase: '' } };
}

test('a capture in chunks, gzipped or not, in whatever order, is the same one', async () => {
  const property = fc.asyncProperty(
    requests,
    fc.integer({ min: 1, max: 5 }),
    fc.boolean(),
    async (list, records, isGzip) => {
      rmSync(join(folder, 'chunks'), { recursive: true, force: true });
      const template = join(folder, 'chunks', `c.gor${isGzip ? '.gz' : ''}`);
      const writer = new CaptureWriter(template, GOR.encoder(), { records });
      for (const request of list) await writer.add(request);
      await writer.close();
      const paths = writer.files.map(({ path }) => path);
      const content = paths.map((path) => readFileSync(path));
      const joined = Buffer.concat(isGzip ? content.map((gz) => gunzipSync(gz)) : content);
      expect(joined.equals(gorBytes(list))).toBe(true);
      const { requests: found } = await readAll(paths.reverse());
      expect(gorBytes(found).equals(gorBytes(list))).toBe(true);
    },
  );
  await fc.assert(property, { seed: SEED, numRuns: Math.ceil(RUNS / 6) });
});

/** Pieces that are likely to hurt. */
const PIECES = [
  ...[MONKEYS, '🐵', '\n', '\r\n', '\r', ' ', '\0', '\xff', '1 ', '2 ', '3 ', '9'.repeat(30)],
  ...['Content-Length: 99999999\r\n', 'Content-Length: -1\r\n', 'Transfer-Encoding: chunked\r\n'],
  ...[
    'ffffffff\r\n',
    '0\r\n\r\n',
    '1 a 5 0\n',
    'GET / HTTP/1.1\r\n\r\n',
    'HTTP/1.1 200 OK\r\n\r\n',
  ],
].map((piece) => Buffer.from(piece));

const mutation = fc.record({
  at: fc.nat(1_000_000),
  length: fc.oneof(fc.constant(0), fc.nat(12), fc.nat(300)),
  piece: fc.oneof(
    fc.constant(Buffer.alloc(0)),
    fc.constantFrom(...PIECES),
    fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
  ),
});

const SHOP = readFileSync('fixtures/captures/shop.gor').subarray(0, 6000);

const mutations = fc.array(mutation, { minLength: 1, maxLength: 8 });

function mutated(content: Buffer, list: readonly { at: number; length: number; piece: Buffer }[]) {
  return list.reduce((before, { at, length, piece }) => {
    const start = at % (before.length + 1);
    return Buffer.concat([before.subarray(0, start), piece, before.subarray(start + length)]);
  }, content);
}

test('no bytes make the reader throw, hang or lose count', async () => {
  const property = fc.asyncProperty(mutations, fc.boolean(), async (list, isGzip) => {
    const content = mutated(isGzip ? gzipSync(SHOP) : SHOP, list);
    const path = file('fuzz.gor', content);
    const startMs = performance.now();
    const { requests: found, report } = await readAll([path]);
    expect(performance.now() - startMs).toBeLessThan(5000);
    const sum = (counts: object) => Object.values(counts).reduce((all, count) => all + count, 0);
    const answers = found.filter((one) => one.answer !== undefined).length;
    expect(report.used).toBe(found.length + answers);
    expect(report.read).toBe(report.used + sum(report.skipped) + sum(report.rejected));
    // Time does not go back, and whatever was read can be written and read again.
    expect(found.every(({ atNs }, at) => at === 0 || atNs >= found[at - 1]!.atNs)).toBe(true);
    const again = await readAll([file('again.gor', gorBytes(found))]);
    expect(gorBytes(again.requests).equals(gorBytes(found))).toBe(true);
  });
  await fc.assert(property, { seed: SEED, numRuns: RUNS });
});

test('where a buffer ends makes no difference', async () => {
  const property = fc.asyncProperty(
    mutations,
    fc.integer({ min: 1, max: 900 }),
    async (list, size) => {
      const path = file('split.gor', mutated(SHOP, list));
      const [whole, split] = [await readWith(path, 512 * 1024), await readWith(path, size)];
      expect(split).toEqual(whole);
    },
  );
  await fc.assert(property, { seed: SEED, numRuns: RUNS });
});

async function readWith(path: string, bufferBytes: number) {
  const books = new ReadBooks();
  const gor = await GorFile.open(path, books, bufferBytes);
  const messages: GorMessage[] = [];
  for (let some = await gor.read(); some !== undefined; some = await gor.read()) {
    messages.push(...some);
  }
  await gor.close();
  return { messages, report: books.report() };
}

test('an inspection of any capture adds up, and can be shown', async () => {
  const property = fc.asyncProperty(requests, async (list) => {
    const source = GOR.read([file('inspected.gor', gorBytes(list))], {});
    const found = await inspect(source);
    const total = (counts: readonly { readonly count: number }[]) =>
      counts.reduce((sum, { count }) => sum + count, 0);
    expect(found.requests).toBe(list.length);
    for (const counts of [found.endpoints, found.hosts, found.methods]) {
      expect(total(counts)).toBe(list.length);
    }
    expect(JSON.parse(JSON.stringify(found))).toMatchObject({ requests: list.length });
  });
  await fc.assert(property, { seed: SEED, numRuns: Math.ceil(RUNS / 3) });
});
