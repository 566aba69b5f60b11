/** Headers that were seen before are not read again; whoever reads them must not notice. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Head, parseAnswerHead, parseRequestHead } from '../../replay/formats/http-head.ts';

const HEAD = 'Host: shop\r\nAccept: */*\r\nContent-Length: 5\r\nCookie: a=b\r\n\r\n';

function read(text: string) {
  return parseRequestHead(Buffer.from(text, 'latin1'), 0);
}

function meaning(head: Head | string | undefined, start: string) {
  if (typeof head !== 'object') return head;
  const { headers, contentLength, isChunked, length } = head;
  return { headers, contentLength, isChunked, length: length - start.length };
}

describe('headers seen before', () => {
  test('mean the same, whatever request line stands before them', () => {
    const first = read(`GET /a HTTP/1.1\r\n${HEAD}`);
    const second = read(`POST /longer/path HTTP/1.0\r\n${HEAD}hello`);
    expect(first).toMatchObject({ method: 'GET', target: '/a', contentLength: 5 });
    expect(second).toMatchObject({
      ...{ method: 'POST', target: '/longer/path', contentLength: 5, isHttp10: true },
      length: `POST /longer/path HTTP/1.0\r\n${HEAD}`.length,
      headers: ['Host', 'shop', 'Accept', '*/*', 'Content-Length', '5', 'Cookie', 'a=b'],
    });
  });

  test('do not hide that the request line is unsound', () => {
    read(`GET / HTTP/1.1\r\n${HEAD}`);
    expect(read(`GET /a b HTTP/1.1\r\n${HEAD}`)).toBe('request line is none');
    expect(read(`GET /\x00 HTTP/1.1\r\n${HEAD}`)).toBe('control byte in the head');
  });

  test('that end in line feeds alone end where they do', () => {
    const text = 'GET / HTTP/1.1\nHost: a\n\nbody\r\n\r\n';
    for (let times = 0; times < 3; times++) {
      expect(read(text)).toMatchObject({ headers: ['Host', 'a'], length: 24 });
    }
  });

  test('are not taken for others that differ from them in a byte', () => {
    fc.assert(
      fc.property(fc.nat(HEAD.length - 1), fc.integer({ min: 0, max: 255 }), (at, code) => {
        const changed = HEAD.slice(0, at) + String.fromCharCode(code) + HEAD.slice(at + 1);
        const line = 'GET / HTTP/1.1\r\n';
        read(line + HEAD);
        const twice = [read(line + changed), read(line + changed)];
        // Heads of answers are always read in full.
        const start = 'HTTP/1.1 200 OK\r\n';
        const full = parseAnswerHead(Buffer.from(start + changed, 'latin1'), 0);
        for (const seen of twice) expect(meaning(seen, line)).toEqual(meaning(full, start));
      }),
    );
  });
});
