import { STATUS_CODES } from 'node:http';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ReadReport, RecordedAnswer, RecordedRequest } from '../../replay/formats/capture.ts';
import { combined } from '../../replay/formats/logs/combined.ts';
import { logFormat } from '../../replay/formats/logs/log-format.ts';
import { lossesOf } from '../../replay/formats/losses.ts';
import { SPREAD, TOO_LATE } from '../../replay/formats/text/in-order.ts';
import { isoOf, parseClf, parseEpoch, parseIso } from '../../replay/formats/text/stamps.ts';
import type { TextFormat, WriteOptions } from '../../replay/formats/text/text-format.ts';
import { TEXT_FORMATS } from '../../replay/formats/text-formats.ts';
import { mangled } from '../helpers/mangled.ts';
import { SAMPLE_OPTIONS, SAMPLES } from '../helpers/sample-captures.ts';
import { readWhole, writtenBy } from '../helpers/text-captures.ts';

/** Fixed, so that a run in CI says something about the change and not about the day. */
const SEED = { seed: 1730 };
const MOST_MS = 1000;

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((a, b) => a + b, 0);
}

/** What holds of every reading, whatever was read. */
function check(requests: readonly RecordedRequest[], report: ReadReport): void {
  const { read, used, skipped, rejected, examples } = report;
  expect(read).toBe(used + sum(skipped) + sum(rejected));
  expect(used).toBe(requests.length);
  const told = Object.values(rejected).reduce((all, count) => all + Math.min(3, count), 0);
  expect(examples.length).toBe(Math.min(30, told));
  let before = 0n;
  for (const { atNs, id, method, target, headers } of requests) {
    if (report.noted?.[TOO_LATE] === undefined) expect(atNs >= before).toBe(true);
    before = atNs;
    expect(method).toMatch(/^[!-~]+$/);
    expect(target).toMatch(/^(\/[!-~\x80-\xff]*|\*)$/);
    expect(id).toMatch(/^\S+$/);
    expect(headers.length % 2).toBe(0);
    for (const text of headers) expect(text).toMatch(/^[\t\x20-\x7e\x80-\xff]*$/);
  }
}

test.each(TEXT_FORMATS.map((format) => [format.name, format] as const))(
  '%s: whatever is done to a file, its reader neither throws nor hangs nor loses count',
  async (name, format) => {
    const bytes = mangled([SAMPLES[name]!]);
    const pieces = fc.constantFrom(1, 7, 64, 65_536);
    await fc.assert(
      fc.asyncProperty(bytes, pieces, fc.boolean(), async (text, pieceBytes, everyMethod) => {
        const startMs = performance.now();
        const options = { ...SAMPLE_OPTIONS[name], everyMethod };
        const { requests, report } = await readWhole(format, text, options, pieceBytes);
        check(requests, report);
        expect(performance.now() - startMs).toBeLessThan(MOST_MS);
        expect(typeof format.looksLike(text)).toBe('boolean');
      }),
      { ...SEED, numRuns: 250 },
    );
  },
);

test.each(TEXT_FORMATS.map((format) => [format.name, format] as const))(
  '%s: what is read does not depend on the pieces that a file comes in',
  async (name, format) => {
    const options = { ...SAMPLE_OPTIONS[name], everyMethod: true };
    const whole = await readWhole(format, SAMPLES[name]!.repeat(name === 'har' ? 1 : 5), options);
    expect(whole.requests.length).toBeGreaterThan(0);
    for (const pieceBytes of [1, 2, 3, 17, 100, 1000]) {
      const text = SAMPLES[name]!.repeat(name === 'har' ? 1 : 5);
      expect(await readWhole(format, text, options, pieceBytes)).toEqual(whole);
    }
  },
);

const path = fc.stringMatching(/^[a-zA-Z0-9._~%!$&'()*+,;=:@-]{0,30}$/);
const moment = fc.bigInt({ min: 0n, max: 9_223_372_035_999_999_999n });
/** As tools send it: UTF-8. */
const headerValue = fc
  .stringMatching(/^[!-~\u00a1-\u024f]{1,20}$/)
  .map((text) => Buffer.from(text).toString('latin1'));
const token = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,8}$/);
const otherHeaders = fc
  .array(fc.tuple(fc.constantFrom('X-A', 'x-a', 'B', '1', '2', 'Cookie'), headerValue), {
    maxLength: 4,
  })
  .map((pairs) => pairs.flat());
const logged = fc
  .tuple(fc.option(headerValue), fc.option(headerValue), fc.boolean())
  .map(([referer, agent, isLower]) => [
    ...(isLower ? ['host', 'h:8080'] : ['Host', 'h']),
    ...(referer === null ? [] : ['Referer', referer]),
    ...(agent === null ? [] : ['User-Agent', agent]),
  ]);
const bytes = fc.uint8Array({ minLength: 1, maxLength: 40 }).map((array) => Buffer.from(array));
const someBody = fc.option(
  fc.oneof(
    fc.string({ minLength: 1 }).map((text) => Buffer.from(text)),
    bytes,
  ),
  { nil: undefined },
);
const gzipped = fc.tuple(bytes, fc.constantFrom('gzip', 'br')).map(([body, coding]) => ({
  headers: ['Content-Encoding', coding],
  body: Buffer.from(coding === 'gzip' ? gzipSync(body) : body),
}));
const answer: fc.Arbitrary<RecordedAnswer> = fc
  .record({
    status: fc.integer({ min: 100, max: 650 }),
    headers: fc.oneof(otherHeaders, fc.constant(['Content-Length', '3'])),
    body: someBody,
    latencyNs: fc.option(fc.bigInt({ min: -5n, max: 20_000_000_000n }), { nil: undefined }),
    more: fc.record(
      { reasonPhrase: fc.constantFrom('OK', 'Fine', ''), httpVersion: fc.constant('1.0' as const) },
      { requiredKeys: [] },
    ),
    firstByteNs: fc.option(fc.bigInt({ min: 0n, max: 20_000_000_000n }), { nil: undefined }),
    coded: fc.option(gzipped),
  })
  .map(({ more, firstByteNs, coded, ...rest }) => ({
    ...rest,
    ...more,
    ...coded,
    ...(firstByteNs !== undefined && { firstByteNs }),
  }));
/** Whatever a capture may hold. */
const request: fc.Arbitrary<RecordedRequest> = fc
  .record({
    atNs: moment.map((ns) => (ns < 86_400_000_000_000n ? ns + 86_400_000_000_000n : ns)),
    id: fc.constant('1'),
    connection: fc.option(token, { nil: undefined }),
    method: fc.constantFrom('GET', 'PUT', 'DELETE', 'PATCH', 'Get'),
    target: fc.oneof(
      fc.tuple(path, path).map(([a, b]) => `/${a}?${b}`),
      fc.constantFrom('/a"b\\c', '/\xe4#x', 'http://other/a', '/a#b'),
    ),
    headers: fc.tuple(logged, otherHeaders).map((parts) => parts.flat()),
    body: someBody,
    answer: fc.option(answer, { nil: undefined }),
    more: fc.record(
      { httpVersion: fc.constant('1.0' as const), transferNs: fc.constant(5n) },
      { requiredKeys: [] },
    ),
  })
  .map(({ more, ...rest }) => ({ ...rest, ...more }));

/** Nothing of it is fit to be written somewhere as it is. */
const hostileText = fc
  .uint8Array({ maxLength: 30 })
  .map((array) => Buffer.from(array).toString('latin1'));
const ending = fc.constantFrom('"', '\\', '\\"', '\r\n', ' ', '] "', '#22', '" 200 0', '-', 'a:1');
const hostile = fc.oneof(
  fc.tuple(hostileText, ending, hostileText).map((all) => all.join('')),
  ending,
);
const hostileRequest: fc.Arbitrary<RecordedRequest> = fc
  .tuple(request, hostile, hostile, hostile, hostile)
  .map(([one, target, host, agent, connection]) => ({
    ...one,
    connection,
    target: `/${target.replace(/[^!-~\x80-\xff]/g, '')}`,
    headers: ['Host', host, 'User-Agent', agent, 'Referer', target, 'X-Request-Id', connection],
  }));

/** Formats of one's own, and what they are read with. */
const OWN_FORMATS = [
  '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" ' +
    '"$http_user_agent" rt=$request_time urt="$upstream_response_time"',
  '$connection $msec $request_time $request_method $host $request_uri $status $http_user_agent',
  '[$time_iso8601] $remote_addr:$remote_port $http_host $uri?$args $server_protocol "$request"',
  'é→ $time_iso8601|$request_method|$document_uri|$request_length',
  '%h %l %u %t \\"%r\\" %>s %b \\"%{Referer}i\\" \\"%{User-Agent}i\\" %D',
  '%{%d/%b/%Y:%T}t.%{usec_frac}t %{%z}t %a:%{remote}p %V %m %U%q %H %s %{ms}T 100%%',
  '%{end:%Y-%m-%e %H-%M-%S}t.%{end:msec_frac}t,%T,%v,%r',
  '%{end:usec}t %D "%r" %s %{X-A}i',
];
const ALL_WRITTEN: readonly (readonly [string, TextFormat, WriteOptions])[] = [
  ...TEXT_FORMATS.filter((format) => format !== logFormat).map(
    (format) => [format.name, format, {}] as const,
  ),
  ...OWN_FORMATS.map((own) => [own, logFormat, { logFormat: own }] as const),
];
/** Logs of a line a request, whose text is of visible ASCII, whatever they hold. */
const ASCII = /^(?:combined|alb|haproxy|[^a-zé].*)$/;

function encodedBy(format: TextFormat, one: RecordedRequest, options: WriteOptions = {}) {
  return format.encoder(options).add(one);
}

test.each(ALL_WRITTEN)(
  '%s: reading gives again what was written, and what it does not give was counted as lost',
  async (name, format, options) => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(request, hostileRequest), async (one) => {
        const encoded = encodedBy(format, one, options);
        if (typeof encoded === 'string') return;
        const text = writtenBy(format, [one], options);
        if (ASCII.test(name)) expect(text.toString('latin1')).toMatch(/^[ -~]+\n$/);
        const { requests, report } = await readWhole(format, text, {
          ...options,
          everyMethod: true,
        });
        const { kept } = encoded;
        expect(report).toMatchObject({ read: 1, used: 1 });
        expect(sameSecond(report, requests[0]!, kept)).toEqual(kept);
        // Where nothing is said to be lost, nothing is.
        if (lossesOf(one, kept).length === 0) expect(plainly(requests[0]!)).toEqual(plainly(one));
      }),
      { ...SEED, numRuns: 400 },
    );
  },
);

test.each(ALL_WRITTEN)(
  '%s: of many requests each is a record or held back, and is read in its order',
  async (_, format, options) => {
    const many = fc.array(fc.oneof(request, hostileRequest), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(many, async (unsorted) => {
        const sorted = unsorted.toSorted((a, b) => (a.atNs < b.atNs ? -1 : 1));
        const fit = sorted.filter((one) => typeof encodedBy(format, one, options) !== 'string');
        const text = writtenBy(format, sorted, options);
        const { requests, report } = await readWhole(format, text, {
          ...options,
          everyMethod: true,
        });
        expect(report).toMatchObject({ read: fit.length, used: fit.length });
        const found = requests.map(({ method, target }) => `${method} ${target}`);
        const written = fit.map((one) => {
          const encoded = encodedBy(format, one, options);
          if (typeof encoded === 'string') return encoded;
          return `${encoded.kept.method} ${encoded.kept.target}`;
        });
        expect(found.toSorted()).toEqual(written.toSorted());
      }),
      { ...SEED, numRuns: 60 },
    );
  },
);

test.each(TEXT_FORMATS.filter((format) => format !== logFormat).map((each) => [each.name, each]))(
  '%s: what is written is known for what it is by its first bytes',
  (_, format) => {
    fc.assert(
      fc.property(fc.oneof(request, hostileRequest), (one) => {
        const text = writtenBy(format, [one]);
        if (text.length === 0 || typeof encodedBy(format, one) === 'string') return;
        expect(TEXT_FORMATS.find(({ looksLike }) => looksLike(text))?.name).toBe(format.name);
      }),
      { ...SEED, numRuns: 200 },
    );
  },
);

/** Logs of whole seconds: the moments inside one are made anew. */
function sameSecond(
  { noted = {} }: ReadReport,
  found: RecordedRequest,
  kept: RecordedRequest,
): RecordedRequest {
  if (noted[SPREAD] === undefined) return found;
  expect(found.atNs - kept.atNs).toBeGreaterThanOrEqual(0n);
  expect(found.atNs - kept.atNs).toBeLessThan(1_000_000_000n);
  return { ...found, atNs: kept.atNs };
}

/** What is the same in other words: usual words of a status, an empty body, no transfer time. */
function plainly(one: RecordedRequest): object {
  const { answer, body, transferNs, ...rest } = one;
  const firstByteNs = answer?.firstByteNs ?? answer?.latencyNs;
  const words = answer && (answer.reasonPhrase ?? STATUS_CODES[answer.status] ?? '');
  return { ...rest, body, answer: answer && { ...answer, firstByteNs, reasonPhrase: words } };
}

test.each(ALL_WRITTEN)(
  '%s: of a request with nothing odd in it, all is kept that its fields are for',
  (name, format, options) => {
    const plain: RecordedRequest = {
      atNs: 1_636_397_990_000_000_000n,
      id: '1',
      connection: undefined,
      method: 'GET',
      target: '/a?b=1',
      headers: ['Host', 'a.example', 'User-Agent', 'x'],
      body: undefined,
      answer: undefined,
    };
    const encoded = encodedBy(format, plain, options);
    const lost = typeof encoded === 'string' ? [encoded] : lossesOf(plain, encoded.kept);
    expect(lost).toEqual(LOST_OF_A_PLAIN_ONE[name] ?? []);
  },
);

/** No place for the host, or for the agent. */
const LOST_OF_A_PLAIN_ONE: Readonly<Record<string, readonly string[]>> = {
  combined: ['headers'],
  haproxy: ['headers'],
  ...Object.fromEntries(OWN_FORMATS.map((own) => [own, ['headers']])),
  [OWN_FORMATS[1]!]: [],
  [OWN_FORMATS[3]!]: ['query', 'headers'],
};

test('the fast parser of combined logs and the compiled format say the same', async () => {
  const compiled =
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent ' +
    '"$http_referer" "$http_user_agent"';
  const line = fc
    .tuple(
      fc.constantFrom('GET', 'HEAD', 'POST', 'PURGE'),
      fc.oneof(
        path.map((p) => `/${p}`),
        fc.constantFrom('*', 'http://h/x', '/a\\x22b', '/#', ''),
      ),
      fc.constantFrom(' HTTP/1.1', ' HTTP/2.0', ' HTTP/x', ''),
      fc.constantFrom('200', '404', '99', '2000', '-'),
      fc.stringMatching(/^[ a-zA-Z0-9()/.;]{1,40}$/),
    )
    .map(
      ([method, target, version, status, agent]) =>
        `10.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "${method} ${target}${version}" ${status} 5 "-" "${agent}"\n`,
    );
  await fc.assert(
    fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 5 }), async (lines) => {
      const fast = await readWhole(combined, lines.join(''));
      const slow = await readWhole(logFormat, lines.join(''), { logFormat: compiled });
      // A status that is none is no reason to refuse a line of somebody's own format.
      if (lines.every((one) => /" (200|404) 5/.test(one))) {
        expect(fast.requests.map(withoutAgentSpaces)).toEqual(
          slow.requests.map(withoutAgentSpaces),
        );
        expect(fast.report).toEqual(slow.report);
      }
    }),
    { ...SEED, numRuns: 300 },
  );
});

function withoutAgentSpaces(one: RecordedRequest): RecordedRequest {
  return { ...one, headers: one.headers.map((text) => text.trim()) };
}

test('calendars agree with Date, for every day that there is', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 9_223_372_035 }), (second) => {
      const iso = new Date(second * 1000).toISOString();
      expect(parseIso(iso)).toEqual({ second, nanos: 0 });
      const [, day, month, year] = new Date(second * 1000).toUTCString().split(' ');
      const clf = `${day}/${month}/${year}:${iso.slice(11, 19)} +0000`;
      expect(parseClf(clf)).toEqual({ second, nanos: 0 });
    }),
    SEED,
  );
});

test('a moment in ns is the same as RFC 3339 and as an epoch number', () => {
  fc.assert(
    fc.property(moment, (ns) => {
      const split = { second: Number(ns / 1_000_000_000n), nanos: Number(ns % 1_000_000_000n) };
      expect(parseIso(isoOf(ns))).toEqual(split);
      expect(parseEpoch(String(ns), 9)).toEqual(split);
    }),
    SEED,
  );
});
