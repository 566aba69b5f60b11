/** Writing captures, their files' names, and what an inspection makes of them. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { foldTarget } from '../../replay/endpoint.ts';
import type { RecordedRequest } from '../../replay/formats/capture.ts';
import { CaptureWriter } from '../../replay/formats/capture-writer.ts';
import { expandName, indexIn, withIndex } from '../../replay/formats/chunk-names.ts';
import { formatOfName } from '../../replay/formats/formats.ts';
import { GOR } from '../../replay/formats/gor/format.ts';
import { encodeRequest, gorId } from '../../replay/formats/gor/write.ts';
import { ArrivalCounter } from '../../replay/inspect/arrivals.ts';
import { inspect } from '../../replay/inspect/inspect.ts';
import { SecretCounter } from '../../replay/inspect/secrets.ts';
import { isCardNumber } from '../../replay/redact/card.ts';
import { gorBytes, MONKEYS, readAll, shopRequests } from '../helpers/captures.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-captures-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const AT = 1_700_000_000_123_456_789n; // 2023-11-14T22:13:20.123456789Z
const GET: RecordedRequest = {
  atNs: AT,
  id: 'a',
  connection: undefined,
  method: 'GET',
  target: '/a',
  headers: ['Host', 'x'],
  body: undefined,
  answer: undefined,
};

describe('a record as it is written', () => {
  test('header line, message, separator', () => {
    expect(String(encodeRequest(GET).bytes)).toBe(
      `1 a ${AT} 0\nGET /a HTTP/1.1\r\nHost: x\r\n\r\n${MONKEYS}`,
    );
  });

  test('an answer of which nobody knows when it came has no latency, and keeps none', async () => {
    const answer = { status: 200, headers: [], body: undefined, latencyNs: undefined };
    const bytes = gorBytes([{ ...GET, answer }]);
    expect(String(bytes)).toContain(`\n2 a ${AT}\nHTTP/1.1 200 OK\r\n`);
    const path = join(folder, 'unknown.gor');
    writeFileSync(path, bytes);
    expect((await readAll([path])).requests[0]!.answer!.latencyNs).toBeUndefined();
  });

  test('answers stand where their time is, not behind their requests', () => {
    const answer = { status: 200, headers: [], body: undefined, latencyNs: 50n };
    const at = (ns: bigint, id: string) => ({ ...GET, atNs: ns, id });
    const text = String(gorBytes([{ ...at(0n, 'a'), answer }, at(40n, 'b'), at(60n, 'c')]));
    expect([...text.matchAll(/^[12] \w/gm)].map(String)).toEqual(['1 a', '1 b', '2 a', '1 c']);
  });

  test.each([
    ['a word, where nobody knows the connection', 'r-17', undefined, /^r-17$/],
    [
      '24 digits that begin with the connection',
      `${'c'.repeat(16)}12345678`,
      'c'.repeat(16),
      /^c{16}12345678$/,
    ],
    ['a word and a connection of 16 digits', 'r-17', 'd'.repeat(16), /^d{16}[0-9a-f]{8}$/],
    ['a word and another connection', 'r-17', 'user 7', /^[0-9a-f]{24}$/],
    ['words with spaces', 'a b', undefined, /^[0-9a-f]{24}$/],
  ])('the id of %s', (_, id, connection, expected) => {
    expect(gorId({ id, connection })).toMatch(expected);
    expect(gorId({ id, connection })).toBe(gorId({ id, connection }));
  });

  test('two requests of one connection have its digits in common', () => {
    const [a, b] = ['1', '2'].map((id) => gorId({ id, connection: 'user 7' }));
    expect(a!.slice(0, 16)).toBe(b!.slice(0, 16));
    expect(a).not.toBe(b);
  });

  test.each<[string, Partial<RecordedRequest>]>([
    ['target has a space in it, or what is no byte', { target: '/a\r\nX: y' }],
    ['target has a space in it, or what is no byte', { target: '/ā' }],
    ['method is no token', { method: 'GET /' }],
    ['header name is none', { headers: ['A\r\nB', 'x'] }],
    ['header value has a control byte in it, or what is no byte', { headers: ['A', 'x\r\nB: y'] }],
  ])('what would mean something else is held back: %s', (reason, part) => {
    expect(GOR.encoder().add({ ...GET, ...part })).toBe(reason);
    const answer = { status: 200, headers: part.headers ?? [], body: undefined, latencyNs: 0n };
    if (part.headers !== undefined) expect(GOR.encoder().add({ ...GET, answer })).toBe(reason);
  });
});

describe('names of files', () => {
  const parts = { atNs: AT, id: 'a1', type: '1', instance: 'abcdefgh' };
  test.each([
    ['x.gor', 'x.gor'],
    ['%Y/%m-%d/%H%M%S.gor', '2023/11-14/221320.gor'],
    ['%NS.gor', '123456789.gor'],
    ['%t-%r-%i.gor', '1-a1-abcdefgh.gor'],
  ])('%s is %s', (template, name) => expect(expandName(template, parts)).toBe(name));

  test('an id cannot lead to another folder', () => {
    expect(expandName('d/%r.gor', { ...parts, id: '../../etc/passwd' })).toBe(
      'd/______etc_passwd.gor',
    );
  });

  test.each([
    ['x.gor', 0, 'x_0.gor'],
    ['d.e/x.gor.gz', 12, 'd.e/x.gor_12.gz'],
    ['d.e/x', 1, 'd.e/x_1'],
  ])('chunk of %s number %i is %s', (path, index, name) => {
    expect(withIndex(path, index)).toBe(name);
  });

  test('another capture’s chunks are not ours', () => {
    expect(
      ['x_7.gor', 'x-old_7.gor', 'x_y_7.gor', 'x.gor', 'x_7.gor.gz'].map((name) =>
        indexIn('x.gor', name),
      ),
    ).toEqual([7, undefined, undefined, undefined, undefined]);
  });

  test.each(['a.gor', 'a_3.gor', 'a.gor.gz', 'a.gor_3.gz', '/x.har/a.gor'])('%s is gor', (path) => {
    expect(formatOfName(path)?.name).toBe('gor');
  });
});

describe('files', () => {
  const requests = shopRequests(20, 50, 3);
  async function write(template: string, limits = {}): Promise<string[]> {
    const writer = new CaptureWriter(template, GOR.encoder(), limits);
    for (const request of requests) await writer.add(request);
    await writer.close();
    return writer.files.map(({ path }) => path);
  }

  test('one file, whole, for its owner only', async () => {
    const path = join(folder, 'one', 'whole.gor');
    expect(await write(path)).toEqual([path]);
    expect(readFileSync(path).equals(gorBytes(requests))).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(folder, 'one'))).toEqual(['whole.gor']);
  });

  test('chunks are numbered after those that are there', async () => {
    mkdirSync(join(folder, 'many'));
    writeFileSync(join(folder, 'many', 'x_4.gor'), '');
    writeFileSync(join(folder, 'many', 'x-old_9.gor'), '');
    const paths = await write(join(folder, 'many', 'x.gor'), { records: 16 });
    expect(paths).toEqual([5, 6, 7].map((index) => join(folder, 'many', `x_${index}.gor`)));
  });

  test('a file a request, its answer with it', async () => {
    const paths = await write(join(folder, 'each', '%r.gor'));
    expect(paths).toHaveLength(requests.length);
    for (const path of paths) expect((await readAll([path])).report).toMatchObject({ used: 2 });
  });

  test('requests and answers apart', async () => {
    const paths = await write(join(folder, 'types', '%t.gor'));
    expect(paths.map((path) => path.slice(-7)).sort()).toEqual(['1_0.gor', '2_0.gor']);
    expect((await readAll(paths)).requests).toEqual(requests);
  });

  test('what is not finished leaves nothing behind', async () => {
    const writer = new CaptureWriter(join(folder, 'none', 'x.gor'), GOR.encoder());
    await writer.add(requests[0]!);
    await writer.discard();
    expect(readdirSync(join(folder, 'none'))).toEqual([]);
  });

  test('a place that cannot be written says so', async () => {
    const inFile = join(folder, 'one', 'whole.gor', 'x.gor');
    await expect(write(inFile)).rejects.toThrow(`cannot write ${inFile}`);
  });
});

describe('endpoints', () => {
  test.each([
    ['/', '/'],
    ['/users/42', '/users/{id}'],
    ['/users/42/orders?page=2', '/users/{id}/orders'],
    ['/v1/users', '/v1/users'],
    ['/o/3f2504e0-4f89-11d3-9a0c-0305e82c3301', '/o/{id}'],
    ['/o/3F2504E0-4F89-11D3-9A0C-0305E82C3301/x', '/o/{id}/x'],
    ['/commits/a94a8fe5ccb19ba61c4c0873d391e987982fbbd3', '/commits/{id}'],
    ['/facade/decade', '/facade/decade'],
    ['/defaced/cafebabe', '/defaced/cafebabe'],
    ['/f/dGhpcyBpcyBhIHRlc3Q9PQ', '/f/dGhpcyBpcyBhIHRlc3Q9PQ'.replace(/d.*/, '{id}')],
    ['/f/01ARZ3NDEKTSV4RRFFQ69G5FAV', '/f/{id}'],
    ['/how-to-build-a-2-story-house', '/how-to-build-a-2-story-house'],
    ['/sitemap.xml', '/sitemap.xml'],
    ['/img/12345.jpg', '/img/{id}.jpg'],
    ['/mail/someone@example.org', '/mail/{id}'],
    ['/mail/someone%40example.org', '/mail/{id}'],
    ['/login;jsessionid=A1B2', '/login'],
    ['http://shop.example/users/42?x', '/users/{id}'],
    ['http://shop.example', '/'],
    ['*', '*'],
    [`/${'a'.repeat(500)}`, '/{id}'],
    ['/a'.repeat(50), `${'/a'.repeat(23)}/…`],
    ['/x?token=secret#y', '/x'],
    ['/jwt/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJDIn0.SflKxwRJSMeK/x', '/jwt/{id}/x'],
    ['/t=eyJhbGciOiJub25lIn0.eyJhIjoiYiJ9.', '/{id}'],
    [`/once/${'a1'.repeat(21)}.sig`, '/once/{id}.sig'],
    [`/once/${'ab'.repeat(21)}.${'Cd'.repeat(21)}.ef-gh`, '/once/{id}'],
    ['/eyJect.html', '/eyJect.html'],
    ['/app.3f2a9b8c7d6e5f4a3b2c1d0e.bundle.min.js', '/app.3f2a9b8c7d6e5f4a3b2c1d0e.bundle.min.js'],
  ])('%s is %s', (target, endpoint) => expect(foldTarget(target).path).toBe(endpoint));
});

describe('arrivals', () => {
  function summary(...atMs: number[]) {
    const counter = new ArrivalCounter();
    for (const ms of atMs) counter.add(BigInt(ms) * 1_000_000n);
    return counter.summary();
  }

  test('evenly spaced: no variation at all', () => {
    const even = summary(...Array.from({ length: 301 }, (_, index) => index * 100));
    expect(even).toMatchObject({ perSecondMean: 10, perSecondPeak: 10, gapMsMax: 100, gapCv2: 0 });
    expect(even.dispersion['1s']).toBe(0);
  });

  test('gaps of 1 and 3: variance 4/3 of 4, mean 2', () => {
    // Gaps 1, 3, 1, 3: Σ(x − 2)² = 4, over n − 1 = 3, over 2² = 1/3.
    expect(summary(0, 1, 4, 5, 8).gapCv2).toBeCloseTo(1 / 3, 12);
  });

  test('two in every other second: counts 2, 0, 2, 0 …', () => {
    const times = Array.from({ length: 10 }, (_, index) => [index * 2000, index * 2000 + 1]).flat();
    // 18 whole seconds, nine of 2 and nine of 0: mean 1, variance 18/17.
    expect(summary(...times).dispersion['1s']).toBeCloseTo(18 / 17, 12);
  });

  test('a gap of decades costs nothing, and is found', () => {
    const decades = 50 * 365 * 86_400_000;
    const { gapMsMax, longestGapAtMs, durationMs } = summary(0, 5, 5 + decades, 6 + decades);
    expect({ gapMsMax, longestGapAtMs, durationMs }).toEqual({
      gapMsMax: decades,
      longestGapAtMs: 5,
      durationMs: decades + 6,
    });
  });

  test('Poisson arrivals have CV² and dispersion of about 1', async () => {
    const { gapCv2, dispersion } = (
      await inspect({
        format: 'gor',
        batches: (async function* () {
          yield shopRequests(20_000, 50, 11);
        })(),
        report: () => ({ read: 0, used: 0, skipped: {}, rejected: {}, examples: [] }),
      })
    ).arrivals!;
    // Standard errors: about √(8/n) = 0.02 of CV², √(2/windows) = 0.07 and 0.22 of dispersion.
    expect(Math.abs(gapCv2! - 1)).toBeLessThan(0.06);
    expect(Math.abs(dispersion['1s']! - 1)).toBeLessThan(0.22);
    expect(Math.abs(dispersion['10s']! - 1)).toBeLessThan(0.66);
  });
});

describe('secrets are counted by kind and place', () => {
  const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl';
  test.each<[string, Partial<RecordedRequest>, Record<string, number>]>([
    ['none', { target: '/a?page=1' }, {}],
    ['a header that is there for one', { headers: ['cookie', 'a=b'] }, { 'header cookie': 1 }],
    ['a token in a target', { target: `/a?t=${jwt}` }, { 'JWT in target': 1 }],
    [
      'Basic credentials',
      { headers: ['Authorization', 'Basic dXNlcjpwYXNz'] },
      { 'header authorization': 1, 'Basic credentials in header': 1 },
    ],
    [
      'a key of AWS',
      { body: Buffer.from('k AKIAIOSFODNN7EXAMPLE') },
      { 'AWS access key in body': 1 },
    ],
    [
      'a signed URL',
      { target: '/a?X-Amz-Signature=0123456789abcdef' },
      { 'signed URL in target': 1 },
    ],
    [
      'a password in a form',
      { body: Buffer.from('user=a&password=hunter2') },
      { 'named secret in body': 1 },
    ],
    [
      'a key in JSON',
      { body: Buffer.from('{"api_key": "abcdef"}') },
      { 'named secret in body': 1 },
    ],
    ['a card', { body: Buffer.from('pay 4111 1111 1111 1111 now') }, { 'card number in body': 1 }],
    ['digits that are no card', { body: Buffer.from('pay 4111 1111 1111 1112 now') }, {}],
    ['in a compressed body', { headers: ['Content-Encoding', 'gzip'], body: Buffer.from(jwt) }, {}],
  ])('%s', (_, part, counts) => {
    const counter = new SecretCounter();
    counter.add({ ...GET, headers: [], ...part });
    expect(counter.summary()).toEqual(counts);
  });

  test.each([
    ['4111111111111111', true],
    ['378282246310005', true],
    ['5555555555554444', true],
    ['4111111111111112', false],
    ['1234567890123452', false],
    ['0000000000000000', false],
  ])('%s is a card: %s', (digits, is) => expect(isCardNumber(digits)).toBe(is));

  test('no value is in what an inspection says', async () => {
    const canary = 'hunter2canary';
    const path = join(folder, 'secret.gor');
    const headers = ['Cookie', `s=${canary}`, 'Authorization', `Bearer ${canary}`];
    const target = `/mail/${canary}@example.org?token=${canary}`;
    const body = Buffer.from(`password=${canary}`);
    writeFileSync(
      path,
      gorBytes([
        { ...GET, target, headers: [...headers, 'Content-Length', `${body.length}`], body },
      ]),
    );
    const found = await inspect(GOR.read([path], {}));
    expect(Object.keys(found.secrets).length).toBeGreaterThan(3);
    expect(JSON.stringify(found)).not.toContain(canary);
  });
});
