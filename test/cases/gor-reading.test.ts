/** What a `.gor` file may look like, and what is read of it. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { openCapture } from '../../replay/formats/formats.ts';
import { damagedGor, gorBytes, MONKEYS, readAll, shopRequests } from '../helpers/captures.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-gor-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
function file(content: string | Uint8Array, name = `${files++}.gor`): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? Buffer.from(content) : content);
  return path;
}

const AT = 1_700_000_000_000_000_000n;
const GET = `1 a ${AT} 0\nGET /a HTTP/1.1\r\nHost: x\r\n\r\n`;
const LATER = `1 b ${AT + 5n} 0\nGET /b HTTP/1.1\r\n\r\n`;
const post = (headers: string, body: string) => `POST /p HTTP/1.1\r\n${headers}\r\n\r\n${body}`;
const sized = (body: string | Buffer) => `Content-Length: ${Buffer.byteLength(body)}`;

async function read(content: string | Uint8Array, window?: number) {
  return readAll([file(content)], window === undefined ? {} : { window });
}

/** The targets of what was used, and the reasons why the others were not. */
async function seen(content: string | Uint8Array) {
  const { requests, report } = await read(content);
  const { read: all, used, skipped, rejected } = report;
  const sum = (counts: object) => Object.values(counts).reduce((total, count) => total + count, 0);
  expect(all).toBe(used + sum(skipped) + sum(rejected));
  return { targets: requests.map(({ target }) => target), skipped, rejected };
}

describe('sound records', () => {
  test.each<[string, string | Uint8Array, string[]]>([
    ['two records', GET + MONKEYS + LATER + MONKEYS, ['/a', '/b']],
    ['a final record without a separator', GET + MONKEYS + LATER, ['/a', '/b']],
    ['… with a part of one', `${GET}${MONKEYS}${LATER}\n🐵`, ['/a', '/b']],
    ['a separator at the beginning', MONKEYS.slice(1) + GET + MONKEYS, ['/a']],
    ['separators one after the other', GET + MONKEYS + MONKEYS + LATER + MONKEYS, ['/a', '/b']],
    ['three words in the header', GET.replace(' 0\n', '\n') + MONKEYS, ['/a']],
    ['an id of 40 digits', GET.replace('1 a', `1 ${'f45590522cd1838b4a0d'.repeat(2)}`), ['/a']],
    ['lines of the head that end in LF alone', GET.replaceAll('\r', '') + MONKEYS, ['/a']],
    [
      'separators with CR LF, as an editor of Windows leaves them',
      (GET + MONKEYS + LATER + MONKEYS).replace(/(?<!\r)\n/g, '\r\n'),
      ['/a', '/b'],
    ],
    ['nothing but a head', `1 a ${AT} 0\nGET /x HTTP/1.0\r\n\r\n`, ['/x']],
  ])('%s', async (_, content, targets) => {
    expect(await seen(content)).toEqual({ targets, skipped: {}, rejected: {} });
  });

  test('times are exact, beyond what a number holds', async () => {
    const { requests } = await read(GET.replace(String(AT), '1700000000123456789'));
    expect(requests[0]!.atNs).toBe(1_700_000_000_123_456_789n);
  });

  test('the first 16 of 24 digits of an id are the connection', async () => {
    const { requests } = await read(GET.replace('1 a', '1 93d5805f0100007f00bc614e'));
    expect(requests[0]).toMatchObject({
      id: '93d5805f0100007f00bc614e',
      connection: '93d5805f0100007f',
    });
  });
});

describe('bodies', () => {
  const emoji = `one\n🐵🙈🙉\n1 z ${AT} 0\nGET /not HTTP/1.1\r\n\r\n`;
  const bytes = Buffer.from(Array.from({ length: 512 }, (_, index) => index % 256));
  test.each<[string, Buffer]>([
    ['a separator and a record in it', Buffer.from(emoji)],
    ['every byte in it', bytes],
    ['one that begins with a separator', Buffer.from(`${MONKEYS}x`)],
    ['one that ends in line ends', Buffer.from('x\r\n\r\n\n')],
  ])('%s is kept as it was, by its Content-Length', async (_, body) => {
    const head = Buffer.from(`1 a ${AT} 0\n${post(sized(body), '')}`);
    const content = Buffer.concat([head, body, Buffer.from(MONKEYS + LATER)]);
    const { requests, report } = await read(content);
    expect(requests.map(({ target }) => target)).toEqual(['/p', '/b']);
    expect(Buffer.from(requests[0]!.body!).equals(body)).toBe(true);
    expect(report.rejected).toEqual({});
  });

  test('chunks are joined, whatever is in them', async () => {
    const chunks = `5;x=y\r\nhello\r\n${Buffer.byteLength(MONKEYS).toString(16)}\r\n${MONKEYS}\r\n0\r\n`;
    const content = `1 a ${AT} 0\n${post('Transfer-Encoding: chunked', chunks)}T: 1\r\n\r\n${MONKEYS}`;
    const { requests } = await read(content + LATER);
    expect(String(requests[0]!.body)).toBe(`hello${MONKEYS}`);
    expect(requests).toHaveLength(2);
  });

  test('one without framing goes to the separator', async () => {
    const { requests } = await read(`1 a ${AT} 0\n${post('X: y', 'as it is')}${MONKEYS}`);
    expect(String(requests[0]!.body)).toBe('as it is');
  });
});

describe('answers', () => {
  const answer = (id: string, atNs: bigint, latency: string, rest: string) =>
    `2 ${id} ${atNs}${latency}\nHTTP/1.1 ${rest}`;

  test('are joined to their requests by id; latency is to the last byte', async () => {
    const ok = answer('a', AT + 700n, ' 90', '200 OK\r\nContent-Length: 2\r\n\r\nhi');
    const { requests, report } = await read([GET, LATER, ok, ''].join(MONKEYS));
    expect(requests[0]!.answer).toMatchObject({ status: 200, latencyNs: 790n, firstByteNs: 700n });
    expect(requests[1]!.answer).toBeUndefined();
    expect(report).toMatchObject({ read: 3, used: 3 });
  });

  test.each([
    ['the answer to a HEAD, which says how long a body would be', '200 OK\r\nContent-Length: 9'],
    ['a 304', '304 Not Modified\r\nContent-Length: 9'],
    ['no reason phrase', '200 '],
  ])('%s', async (_, head) => {
    const text = answer('a', AT + 1n, ' 0', `${head}\r\n\r\n`);
    const { requests } = await read([GET, text, LATER, ''].join(MONKEYS));
    expect(requests).toHaveLength(2);
    expect(requests[0]!.answer!.body).toBeUndefined();
  });

  test('the same id twice: each answer to the earliest request that has none', async () => {
    const second = GET.replace(`${AT}`, `${AT + 10n}`);
    const text = (at: bigint, status: string) => answer('a', at, ' 0', `${status} X\r\n\r\n`);
    const records = [GET, text(AT + 5n, '201'), second, text(AT + 15n, '202'), ''];
    const { requests } = await read(records.join(MONKEYS));
    expect(requests.map(({ answer: found }) => found?.status)).toEqual([201, 202]);
  });

  test.each([
    ['answer without its request', answer('x', AT, ' 0', '200 OK\r\n\r\n')],
    ['answer to a replayed request', `3 a ${AT} 7\nHTTP/1.1 200 OK\r\n\r\n`],
  ])('an %s is skipped', async (reason, text) => {
    expect(await seen([GET, text, ''].join(MONKEYS))).toEqual({
      targets: ['/a'],
      skipped: { [reason]: 1 },
      rejected: {},
    });
  });
});

describe('bad records are counted by reason, and the next one is read', () => {
  const head = (lines: string) => `1 a ${AT} 0\nGET / HTTP/1.1\r\n${lines}\r\n\r\n`;
  test.each<[string, string]>([
    ['header has fewer than 3 words', '1 a\nGET / HTTP/1.1\r\n\r\n'],
    ['header has fewer than 3 words', 'garbage\nmore'],
    ['timestamp is no number', GET.replace(String(AT), 'yesterday')],
    ['timestamp is no number', GET.replace(String(AT), `-${AT}`)],
    ['timestamp is no number', GET.replace(String(AT), '0x18')],
    ['timestamp is out of range', GET.replace(String(AT), '9223372036854775808')],
    ['timestamp is out of range', GET.replace(String(AT), '1'.repeat(400))],
    ['latency is no number', GET.replace(' 0\n', ' soon\n')],
    ['type is not 1, 2 or 3', GET.replace('1 a', '4 a')],
    ['id is empty', GET.replace('1 a', '1 ')],
    ['header line is too long', `1 ${'a'.repeat(5000)} ${AT}\nGET / HTTP/1.1\r\n\r\n`],
    ['request line is none', GET.replace('GET /a', 'GET  /a')],
    ['request line is none', GET.replace('HTTP/1.1', 'HTTP/2.0')],
    ['request line is none', GET.replace('GET', 'G@T')],
    ['header line without a name', head('no colon')],
    ['header line without a name', head('Host : x')],
    ['header line without a name', head('A: 1\r\n folded')],
    ['control byte in the head', head('A: 1\r2')],
    ['control byte in the head', head('A: \0')],
    ['Content-Length is no number', head('Content-Length: 0x10')],
    ['Content-Length is no number', head('Content-Length: -1')],
    ['two different Content-Length', head('Content-Length: 1\r\nContent-Length: 2')],
    [
      'both Content-Length and Transfer-Encoding',
      head('content-length: 0\r\nTransfer-Encoding: chunked'),
    ],
    ['Transfer-Encoding is not chunked', head('Transfer-Encoding: gzip, chunked')],
    ['body is shorter than its Content-Length', `1 a ${AT} 0\n${post('Content-Length: 9', 'x')}`],
    [
      'body is shorter than its Content-Length',
      `1 a ${AT} 0\n${post('Content-Length: 99999999999999', 'x')}`,
    ],
    ['body is longer than its Content-Length', `1 a ${AT} 0\n${post('Content-Length: 1', 'xyz')}`],
    ['chunked body is damaged', `1 a ${AT} 0\n${post('Transfer-Encoding: chunked', 'zz\r\n')}`],
    [
      'chunked body is damaged',
      `1 a ${AT} 0\n${post('Transfer-Encoding: chunked', 'ffffffffff\r\n')}`,
    ],
    ['header line without a name', `1 a ${AT} 0\nGET / HTTP/1.1\r\nHost: x`],
    ['more than 1000 headers', head('A: b\r\n'.repeat(1001).slice(0, -2))],
    ['head is longer than 256 KiB', head(`A: ${'b'.repeat(300_000)}`)],
  ])('%s', async (reason, record) => {
    expect(await seen([record, LATER, ''].join(MONKEYS))).toEqual({
      targets: ['/b'],
      skipped: {},
      rejected: { [reason]: 1 },
    });
  });

  test.each([
    ['file ends inside the record', GET.slice(0, 30)],
    ['file ends inside the record', `1 a ${AT} 0\n${post('Content-Length: 9', 'x')}`],
    [
      'file ends inside the record',
      `1 a ${AT} 0\n${post('Transfer-Encoding: chunked', '5\r\nhel')}`,
    ],
  ])('%s, and what was before it stands', async (reason, record) => {
    const content = GET + MONKEYS + record;
    expect(await seen(content)).toEqual({
      targets: ['/a'],
      skipped: {},
      rejected: { [reason]: 1 },
    });
    const { report } = await read(content);
    expect(report.examples).toMatchObject([{ offset: Buffer.byteLength(GET + MONKEYS), reason }]);
  });

  test('every flaw of the small damaged capture, in its place', async () => {
    const content = damagedGor();
    const { requests, report } = await read(content);
    expect(requests.map(({ target }) => target)).toEqual(['/1', '/9']);
    expect(report).toMatchObject({ read: 14, used: 2 });
    for (const { offset } of report.examples) {
      const before = content.subarray(0, offset).toString();
      expect(before === '' || before.endsWith(MONKEYS)).toBe(true);
    }
  });
});

describe('large records', () => {
  test('one of 6 MB is whole', async () => {
    const body = 'x'.repeat(6 * 1024 * 1024);
    const { requests } = await read(`1 a ${AT} 0\n${post(sized(body), body)}${MONKEYS}${LATER}`);
    expect(requests.map((request) => request.body?.length)).toEqual([body.length, undefined]);
  });

  test('one of more than 32 MiB is passed over', async () => {
    const body = 'x'.repeat(33 * 1024 * 1024);
    expect(await seen(`1 a ${AT} 0\n${post('X: y', body)}${MONKEYS}${LATER}`)).toEqual({
      targets: ['/b'],
      skipped: {},
      rejected: { 'record is longer than 32 MiB': 1 },
    });
  });
});

describe('order', () => {
  const at = (ns: number) => GET.replace(String(AT), String(AT + BigInt(ns)));
  test('stamps out of order are put in order within the window, and counted', async () => {
    const { requests, report } = await read([3, 1, 2, 4].map(at).join(MONKEYS), 2);
    expect(requests.map(({ atNs }) => Number(atNs - AT))).toEqual([1, 2, 3, 4]);
    expect(report.noted).toEqual({ 'stamp out of order': 2 });
  });

  test('those that are later than the window are rejected: time does not go back', async () => {
    const { requests, report } = await read([5, 6, 7, 1, 8].map(at).join(MONKEYS), 1);
    expect(requests.map(({ atNs }) => Number(atNs - AT))).toEqual([5, 6, 7, 8]);
    expect(report.rejected).toEqual({ 'stamp out of order by more than the window (--window)': 1 });
  });
});

describe('files', () => {
  const requests = shopRequests(600, 200, 7);
  const whole = gorBytes(requests);

  test('gzip, also in several members, and whatever its name is', async () => {
    const members = Buffer.concat([
      gzipSync(whole.subarray(0, 999)),
      gzipSync(whole.subarray(999)),
    ]);
    for (const name of ['members.gor.gz', 'no-suffix']) {
      const { requests: found } = await readAll([file(members, name)]);
      expect(found).toEqual(requests);
    }
  });

  test.each([
    ['that ends early', 'gzip data ends before its end', (gz: Buffer) => gz.subarray(0, 12_000)],
    ['of no bytes', 'gzip data ends before its end', (gz: Buffer) => gz.subarray(0, 0)],
    ['with a wrong byte', 'gzip data is damaged', (gz: Buffer) => gz.fill(0xff, 12_000, 12_100)],
  ])('gzip %s is incomplete; what was before it stands', async (what, reason, damage) => {
    const gz = damage(gzipSync(whole, { level: 1 }));
    const { requests: found, report } = await readAll([file(gz, `${what}.gor.gz`)]);
    expect(report.incomplete).toMatchObject([{ reason }]);
    expect(found.length > 10).toBe(gz.length > 0);
    expect(found.map(({ target }) => target)).toEqual(
      requests.slice(0, found.length).map(({ target }) => target),
    );
  });

  test('chunks and machines are one capture, by time', async () => {
    const half = gorBytes(requests.filter((_, index) => index % 2 === 0));
    const chunks = [half, gorBytes(requests.filter((_, index) => index % 2 === 1))];
    for (const [index, chunk] of chunks.entries()) file(chunk, `glob_${index}.gor`);
    file('', 'glob_2.gor');
    const source = await openCapture([join(folder, 'glob_*.gor')]);
    const found = [];
    for await (const batch of source.batches) found.push(...batch);
    expect(found).toEqual(requests);
  });

  test('an answer in the next chunk finds its request', async () => {
    const records = whole.toString('latin1').split(Buffer.from(MONKEYS).toString('latin1'));
    const paths = [];
    for (let first = 0; first < records.length - 1; first += 100) {
      const text = records
        .slice(first, first + 100)
        .map((record) => `${record}\n\xf0\x9f\x90\xb5\xf0\x9f\x99\x88\xf0\x9f\x99\x89\n`)
        .join('');
      paths.push(file(Buffer.from(text, 'latin1'), `chunk_${first}.gor`));
    }
    expect((await readAll(paths)).requests).toEqual(requests);
  });

  test.each([
    ['nothing.gor', 'there is no such file'],
    ['.', 'it is a folder'],
    ['nothing-*.gor', 'no file matches'],
  ])('%s: %s', async (name, message) => {
    await expect(openCapture([join(folder, name)])).rejects.toThrow(message);
  });

  test('a pipe is refused and not waited for', async () => {
    const pipe = join(folder, 'pipe.gor');
    execFileSync('/usr/bin/mkfifo', [pipe]);
    await expect(openCapture([pipe])).rejects.toThrow('expected a file, found something else');
  });

  test('a file that is no capture says so', async () => {
    const path = file('hello\n', 'hello.txt');
    await expect(openCapture([path])).rejects.toThrow('expected a capture');
  });

  test('a bomb is refused in seconds and in bounded memory', async () => {
    const member = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    const path = file(Buffer.concat(Array.from({ length: 30 }, () => member)), 'bomb.gor.gz');
    const { requests: found, report } = await readAll([path]);
    expect(found).toEqual([]);
    expect(report.incomplete).toMatchObject([{ reason: 'gzip data grows more than 300 times' }]);
    expect(report.incomplete![0]!.offset).toBeLessThan(100 * 1024 * 1024);
  });
});
