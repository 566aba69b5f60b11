/** Canaries in every place that a request and its answer have: none of them is written anywhere. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { listening } from '../helpers/shadows.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-canary-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const FLAGS = ['--disable-warning=ExperimentalWarning', 'bin/plimsoll.ts', 'capture'];

let serial = 0;
const canaries: string[] = [];
/** A secret like no other, with something in it for every encoding to change. */
function canary(): string {
  const value = `c4n/ry+${serial++}?Qz7~${'kX'.repeat(4)}`;
  canaries.push(value);
  return value;
}

const base64 = (text: string) => Buffer.from(text).toString('base64');
const base64url = (text: string) => Buffer.from(text).toString('base64url');
const url = encodeURIComponent;

/** A token whose payload and signature are secret. */
function jwt(): string {
  const token = [{ alg: 'none' }, { sub: canary() }].map((part) => base64url(JSON.stringify(part)));
  return `${token.join('.')}.${base64url(canary())}`;
}

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

function requests(): Sent[] {
  const json = { 'content-type': 'application/json' };
  const post = (headers: Readonly<Record<string, string>>, body: string | Buffer, path = '/') => ({
    method: 'POST',
    path,
    headers,
    body,
  });
  const get = (path: string, headers: Readonly<Record<string, string>> = {}) => ({
    method: 'GET',
    path,
    headers,
    body: '',
  });
  const nested = JSON.stringify({ deep: [{ Access_Token: canary() }] });
  const cookie = canary();
  const bearer = canary();
  return [
    get(`/?token=${url(canary())}&Pass%77ord=${url(canary())}`),
    get(`/?data=${url(JSON.stringify({ secret: canary() }))}`),
    get(`/?data=${base64url(JSON.stringify({ secret: canary() }))}`),
    get(`/?next=${url(`https://shop.example/o?X-Amz-Signature=${url(canary())}`)}`),
    get(`/?next=${url(url(`https://shop.example/o?sig=${url(canary())}`))}`),
    get(`/v/${jwt()}/confirm;jsessionid=${url(canary())}`),
    get(`/?u=${url(`https://bob:${url(canary())}@db.example/`)}`),
    get('/', { authorization: `Basic ${base64(`bob:${canary()}`)}` }),
    get('/', { 'proxy-authorization': canary(), 'x-api-key': canary(), 'x-unknown': canary() }),
    get('/', { cookie: `theme=dark; sid=${url(canary())}; other=${url(canary())}` }),
    get('/', { referer: `https://shop.example/?access_token=${url(canary())}` }),
    get('/', { 'user-agent': `app (token=${url(canary())})` }),
    get(`/echo?copy=${url(bearer)}`, { authorization: `Bearer ${bearer}` }),
    get(`/echo?copy=${base64url(`xx${cookie}yy`)}`, { cookie: `sid=${cookie}` }),
    post(json, JSON.stringify({ password: canary(), list: [{ 'api-key': canary() }] })),
    post(json, `{"pass\\u0077ord": "${canary()}", "auth": {"a": ["${canary()}"]}}`),
    post(json, JSON.stringify({ text: nested, coded: base64(nested), token: jwt() })),
    post({ ...json, 'content-encoding': 'gzip' }, gzipSync(JSON.stringify({ pin: canary() }))),
    post(json, `{"broken": "${canary()}"`),
    post({ 'content-type': 'application/x-www-form-urlencoded' }, `a=1&secret=${url(canary())}`),
    post({ 'content-type': 'application/x-www-form-urlencoded' }, `a=${url(nested)}`),
    post(
      { 'content-type': 'multipart/form-data; boundary=b' },
      `--b\r\nContent-Disposition: form-data; name="password"\r\n\r\n${canary()}\r\n` +
        `--b\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\n${canary()}\r\n--b--\r\n`,
    ),
    post({ 'content-type': 'text/xml' }, `<a><password>${canary()}</password></a>`),
    post({ 'content-type': 'text/plain' }, `password: "${canary()}"\nAuthorization: ${canary()}`),
    post({ 'content-type': 'application/octet-stream' }, canary()),
    post({}, canary()),
  ];
}

/** Each secret as it might stand in a file. */
function forms(value: string): string[] {
  const cores = [0, 1, 2].flatMap((before) => {
    const digits = base64('x'.repeat(before) + value).replace(/=+$/, '');
    const core = digits.slice(before === 0 ? 0 : before + 1, -2);
    return [core, core.replaceAll('+', '-').replaceAll('/', '_')];
  });
  const encoded = url(value);
  return [
    value,
    encoded,
    url(url(encoded)),
    encoded.toLowerCase(),
    url(encoded),
    value.replaceAll('/', '\\/'),
    ...cores,
  ];
}

test.each(['plain.gor', 'packed.gor.gz'])(
  'no canary in any byte of %s, its manifest or its output',
  async (name) => {
    canaries.length = 0;
    const sent = requests();
    const setCookie = canary();
    const answer = { session: 'x', token: canary(), copy: setCookie, private_key: canary() };
    const upstream = await listening(
      createServer((req, res) => {
        const headers = {
          'content-type': 'application/json',
          'set-cookie': `sid=${url(setCookie)}; Path=/`,
          location: `https://shop.example/?code=${url(canaries[1]!)}`,
          'x-internal': canaries[2]!,
        };
        const [, copy = ''] = /copy=(.*)$/.exec(req.url!) ?? [];
        const { authorization = '', cookie = '' } = req.headers;
        req.resume();
        res.writeHead(200, headers).end(JSON.stringify({ ...answer, copy, authorization, cookie }));
      }),
    );
    const args = ['--upstream', `http://127.0.0.1:${upstream.port}`, '--listen', '127.0.0.1:0'];
    const path = join(folder, name);
    const more = ['-o', path, '--answers', 'full', '--json'];
    const child = spawn(process.execPath, [...FLAGS, ...args, ...more]);
    let said = '';
    const ended = once(child, 'exit');
    const port = await new Promise<number>((resolve, reject) => {
      child.stdout.on('data', (chunk) => {
        said += String(chunk);
      });
      child.stderr.on('data', (chunk) => {
        said += String(chunk);
        const found = /\(port (\d+)\)/.exec(said)?.[1];
        if (found !== undefined) resolve(Number(found));
      });
      void ended.then(() => reject(new Error(said)));
    });
    for (const one of sent) await send(port, one);
    child.kill('SIGTERM');
    await ended;
    await upstream.close();
    const files = readdirSync(folder).filter((file) =>
      file.startsWith(name.replace(/\.gor.*/, '.')),
    );
    const texts = files.map((file) => {
      const bytes = readFileSync(join(folder, file));
      return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1');
    });
    const written = [said, ...texts].join('\n');
    expect(
      written.split('\n🐵🙈🙉\n'.replace(/./gu, (c) => Buffer.from(c).toString('latin1'))),
    ).toHaveLength(2 * sent.length + 1);
    const hits = canaries.flatMap((value) => forms(value).filter((form) => written.includes(form)));
    expect(hits).toEqual([]);
    expect(canaries.length).toBeGreaterThan(35);
  },
);

function send(port: number, { method, path, headers, body }: Sent): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { port, method, path, headers, agent: false, host: '127.0.0.1' };
    const sent = request(options, (answer) => {
      answer.resume();
      answer.on('end', () => resolve());
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
