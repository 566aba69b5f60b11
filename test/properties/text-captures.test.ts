import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ReadReport, RecordedRequest } from '../../replay/formats/capture.ts';
import { combined } from '../../replay/formats/logs/combined.ts';
import { logFormat } from '../../replay/formats/logs/log-format.ts';
import { ripley } from '../../replay/formats/targets/ripley.ts';
import { vegetaHttp } from '../../replay/formats/targets/vegeta-http.ts';
import { vegetaJson } from '../../replay/formats/targets/vegeta-json.ts';
import { timestampOf } from '../../replay/formats/targets/write-lines.ts';
import { parseClf, parseEpoch, parseIso } from '../../replay/formats/text/stamps.ts';
import type { TextFormat } from '../../replay/formats/text/text-format.ts';
import { TEXT_FORMATS } from '../../replay/formats/text-formats.ts';
import { mangled } from '../helpers/mangled.ts';
import { SAMPLE_OPTIONS, SAMPLES } from '../helpers/sample-captures.ts';
import { readWhole, writtenBy } from '../helpers/text-captures.ts';

/** Fixed, so that a run in CI says something about the change and not about the day. */
const SEED = { seed: 1730 };
const MOST_MS = 1000;
const TOO_LATE = 'out of order by more than is held back';

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((a, b) => a + b, 0);
}

/** What holds of every reading, whatever was read. */
function check(requests: readonly RecordedRequest[], report: ReadReport): void {
  const { read, used, skipped, rejected, examples } = report;
  expect(read).toBe(used + sum(skipped) + sum(rejected));
  expect(used).toBe(requests.length);
  expect(examples.length).toBe(Math.min(20, sum(rejected)));
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
const request: fc.Arbitrary<RecordedRequest> = fc.record({
  atNs: moment,
  id: fc.constant('1'),
  connection: fc.constant(undefined),
  method: fc.constantFrom('GET', 'PUT', 'DELETE', 'PATCH'),
  target: fc.tuple(path, path).map(([a, b]) => `/${a}?${b}`),
  headers: fc.tuple(fc.constantFrom('X-A', 'B'), headerValue).map((pair) => ['Host', 'h', ...pair]),
  body: fc.option(
    fc.string({ minLength: 1 }).map((text) => Buffer.from(text)),
    { nil: undefined },
  ),
  answer: fc.constant(undefined),
});

test.each([
  ['vegeta-json', vegetaJson, (one: RecordedRequest) => one],
  ['ripley', ripley, (one: RecordedRequest) => one],
  ['vegeta-http', vegetaHttp, (one: RecordedRequest) => ({ ...one, body: undefined })],
] as [string, TextFormat, (one: RecordedRequest) => RecordedRequest][])(
  '%s: what was written is read again, to the nanosecond and the byte',
  async (_, format, held) => {
    await fc.assert(
      fc.asyncProperty(request, async (one) => {
        const { requests } = await readWhole(format, writtenBy(format, [held(one)]));
        expect(requests).toEqual([held(one)]);
      }),
      { ...SEED, numRuns: 200 },
    );
  },
);

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
      expect(parseIso(timestampOf(ns))).toEqual(split);
      expect(parseEpoch(String(ns), 9)).toEqual(split);
    }),
    SEED,
  );
});
