/** What is not written: by name, by shape, by repetition, in every coding. */
import { createHmac } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { isCardNumber, replaceCards } from '../../replay/redact/card.ts';
import { sensitiveNames } from '../../replay/redact/names.ts';
import { Pseudonyms } from '../../replay/redact/pseudonym.ts';
import { Redactor } from '../../replay/redact/redactor.ts';
import { type RedactionRules, USUAL_RULES } from '../../replay/redact/rules.ts';

const KEY = Buffer.from('a key for tests');
const mac = (value: string) =>
  `redacted-${createHmac('sha256', KEY).update(value, 'latin1').digest('hex').slice(0, 16)}`;

function redactorOf(rules: Partial<RedactionRules> = {}): Redactor {
  return new Redactor({ ...USUAL_RULES, ...rules }, KEY);
}

interface Parts {
  readonly target?: string;
  readonly headers?: readonly string[];
  readonly body?: string | Buffer;
}

function redacted({ target = '/', headers = [], body }: Parts, rules?: Partial<RedactionRules>) {
  const bytes = body === undefined ? undefined : Buffer.from(body as string, 'latin1');
  const request = redactorOf(rules).request({ target, headers, body: bytes });
  const { body: left, ...rest } = request;
  return { ...rest, body: left === undefined ? undefined : Buffer.from(left).toString('latin1') };
}

test('a pseudonym is HMAC-SHA-256, as Node makes it, also for long values', () => {
  const pseudonyms = new Pseudonyms(KEY);
  for (const value of ['', 'a', '\u00ff\u0000', 'x'.repeat(5000)]) {
    expect(pseudonyms.text(value)).toBe(mac(value));
  }
});

test('a pseudonym is not made anew, and another key makes another', () => {
  const pseudonyms = new Pseudonyms(KEY);
  expect(pseudonyms.text(pseudonyms.text('abc'))).toBe(mac('abc'));
  expect(new Pseudonyms().text('abc')).not.toBe(new Pseudonyms().text('abc'));
  expect(pseudonyms.number('42')).toMatch(/^[1-9]\d{11}$/);
});

const SENSITIVE = [
  'token',
  'Access-Token',
  'refreshToken',
  'PASSWORD',
  'user[passWord]',
  'user.pin',
  'X-Amz-Signature',
  'api_key',
  'e-mail',
  'PHPSESSID',
  'connect.sid',
  'cvv',
  'pw',
  'user[PSW]',
];
const HARMLESS = ['page', 'pinned', 'author', 'keyboard', 'design', 'monkey', 'id', 'sidebar', ''];

test.each(SENSITIVE)('the name %s is sensitive', (name) => {
  expect(sensitiveNames(USUAL_RULES)(name)).toBe(true);
});

test.each(HARMLESS)('the name "%s" is not', (name) => {
  expect(sensitiveNames(USUAL_RULES)(name)).toBe(false);
});

test('names are added and taken away by rule', () => {
  const isSensitive = sensitiveNames({ redact: ['user_id'], keep: ['Key'] });
  expect(['userId', 'USER-ID', 'a[user_id]', 'key'].map(isSensitive)).toEqual([
    true,
    true,
    true,
    false,
  ]);
});

test('card numbers have a check digit, a beginning and a length', () => {
  const cards = ['4111111111111111', '378282246310005', '6011000990139424', '5555555555554444'];
  const others = ['4111111111111112', '1764144000000000000', '0000000000000000', '42', ''];
  expect(cards.filter(isCardNumber)).toEqual(cards);
  expect(others.filter(isCardNumber)).toEqual([]);
});

const CARDS: readonly [text: string, after: string][] = [
  ['pay 4111 1111 1111 1111 now', 'pay X now'],
  ['4111-1111-1111-1111', 'X'],
  ['4111 1111 1111 1111 12 27', 'X 12 27'],
  ['12 4111 1111 1111 1111', '12 X'],
  ['4111111111111111 5555555555554444', 'X X'],
  ['order 41111111111111110000000000', 'order 41111111111111110000000000'],
];

test.each(CARDS)('cards in %s', (text, after) => {
  expect(replaceCards(text, () => 'X')).toBe(after);
});

const TARGETS: readonly [claim: string, target: string, after: string][] = [
  ['a harmless target keeps its bytes', '/a//b/%7Eme?q=%41+b&&x=&y', '/a//b/%7Eme?q=%41+b&&x=&y'],
  ['by name', '/?token=abc&page=2', `/?token=${mac('abc')}&page=2`],
  ['by a name in another case, encoded', '/?%74OKEN=a%20c', `/?%74OKEN=${mac('a c')}`],
  ['an empty value stays', '/?token=', '/?token='],
  ['a signed URL', '/o?X-Amz-Signature=ab12&n=1', `/o?X-Amz-Signature=${mac('ab12')}&n=1`],
  [
    'a signed URL as a value',
    '/?u=https%3A%2F%2Fh%2Fo%3Fsig%3Dzz9',
    `/?u=https://h/o%3Fsig%3D${mac('zz9')}`,
  ],
  ['a path parameter', '/a;jsessionid=F00/b', `/a;jsessionid=${mac('F00')}/b`],
  ['a card in the path', '/pay/4111111111111111', `/pay/${mac('4111111111111111')}`],
  ['a JWT in the path', '/v/eyJhbGciOi.eyJzdWIi.s-g/x', `/v/${mac('eyJhbGciOi.eyJzdWIi.s-g')}/x`],
  ['an address in the query', '/?q=bob%40shop.example', `/?q=${mac('bob@shop.example')}`],
  ['absolute form with userinfo', 'http://u:pw1234@h/', `http://${mac('u:pw1234')}@h/`],
  ['JSON in the query', '/?f={"pin":"12"}', `/?f=%7B%22pin%22:%22${mac('12')}%22%7D`],
];

test.each(TARGETS)('target: %s', (_claim, target, after) => {
  expect(redacted({ target }).target).toBe(after);
});

test('headers are kept by a list, and never those with credentials', () => {
  const never = ['Authorization', 'COOKIE', 'Set-Cookie', 'Proxy-Authorization', 'X-Api-Key'];
  const headers = [...never, 'X-Custom', 'X-Tenant'].flatMap((name) => [name, 'value-1234']);
  const kept = ['Host', 'shop.example', 'aCCept', '*/*', 'Referer', 'http://h/?token=abc'];
  const { headers: left } = redacted(
    { headers: [...headers, ...kept] },
    { keepHeaders: ['x-custom'], pseudonymHeaders: ['X-Tenant'], sessionBy: ['header:nobody'] },
  );
  // The value of X-Custom is one of the secrets above: a repetition.
  expect(left).toEqual([
    'X-Custom',
    mac('value-1234'),
    'X-Tenant',
    mac('value-1234'),
    'Host',
    'shop.example',
    'aCCept',
    '*/*',
    'Referer',
    `http://h/?token=${mac('abc')}`,
  ]);
});

test.each(['Authorization', 'cookie', 'X-API-Key'])('no rule keeps %s', (name) => {
  expect(() => redactorOf({ keepHeaders: [name] })).toThrow(/is never kept in a capture/);
});

test('a session survives as a pseudonym: by its credentials, its cookie, or as one says', () => {
  const session = (headers: readonly string[], sessionBy: readonly string[] = []) =>
    redacted({ headers }, { sessionBy }).headers;
  const cookie = ['Cookie', 'theme=dark; sid=abcdef'];
  const named = (value: string) => ['X-Plimsoll-Session', mac(value)];
  expect(session(cookie)).toEqual(named('abcdef'));
  expect(session(['Authorization', 'Bearer t0k', ...cookie])).toEqual(named('Bearer t0k'));
  expect(session(cookie, ['cookie:Theme'])).toEqual(named('dark'));
  expect(session(['X-User', '7', ...cookie], ['header:x-user'])).toEqual(named('7'));
  expect(session(['Accept', '*/*'])).toEqual(['Accept', '*/*']);
});

const JSON_TYPE = ['Content-Type', 'application/json; charset=utf-8'];
const BODIES: readonly [claim: string, type: string, body: string, after: string | undefined][] = [
  ['numbers keep their digits', 'application/json', '{"a":1e400,"b":0.10}', '{"a":1e400,"b":0.10}'],
  ['an escaped key', 'application/json', '{"p\\u0069n":"1"}', `{"p\\u0069n":"${mac('1')}"}`],
  [
    'double keys',
    'application/json',
    '{"pin":"1","pin":"2"}',
    `{"pin":"${mac('1')}","pin":"${mac('2')}"}`,
  ],
  [
    'all below a sensitive key',
    'application/json',
    '{"auth":{"a":["b",true]}}',
    `{"auth":{"a":["${mac('b')}",true]}}`,
  ],
  [
    'JSON in a string',
    'application/json',
    '{"a":"{\\"pin\\":\\"1\\"}"}',
    `{"a":"{\\"pin\\":\\"${mac('1')}\\"}"}`,
  ],
  ['a problem document', 'application/problem+json', '{"token":"a"}', `{"token":"${mac('a')}"}`],
  [
    'lines of JSON',
    'application/x-ndjson',
    '{"pin":"1"}\n\n{"a":2}\n',
    `{"pin":"${mac('1')}"}\n\n{"a":2}\n`,
  ],
  ['a form', 'application/x-www-form-urlencoded', 'a=1&pass=b+c', `a=1&pass=${mac('b c')}`],
  [
    'XML',
    'text/xml',
    '<a><s:password>x y</s:password></a>',
    `<a><s:password>${mac('x y')}</s:password></a>`,
  ],
  ['a pair in text', 'text/plain', 'password: abc, next', `password: ${mac('abc')}, next`],
  ['Basic in text', 'text/plain', 'Basic dTpwdw==', `Basic ${mac('dTpwdw==')}`],
  ['but not as a word', 'text/plain', 'a basic requirement', 'a basic requirement'],
  ['broken JSON', 'application/json', '{"pin":"1"', undefined],
  ['JSON with more behind it', 'application/json', '{} {}', undefined],
  ['JSON of a great depth', 'application/json', '['.repeat(500) + ']'.repeat(500), undefined],
  ['no UTF-8', 'text/plain', 'caf\u00e9', undefined],
  ['what is no text', 'application/octet-stream', 'abc', undefined],
  ['what does not say what it is', '', 'abc', undefined],
  ['a form that is none', 'multipart/form-data; boundary=b', 'abc', undefined],
];

test.each(BODIES)('body: %s', (_claim, type, body, after) => {
  const headers = type === '' ? [] : ['Content-Type', type];
  expect(redacted({ headers, body }).body).toBe(after);
});

test('a form in parts: fields by name, files not at all', () => {
  const part = (rest: string) => `--b\r\nContent-Disposition: form-data; ${rest}\r\n`;
  const form = (pin: string, file: string) =>
    `${part('name="pin"\r\n')}${pin}\r\n${part('name="a"\r\n')}1\r\n` +
    `${part('name="f"; filename="x.png"\r\nContent-Type: image/png\r\n')}${file}\r\n--b--\r\n`;
  const headers = ['Content-Type', 'multipart/form-data; boundary=b'];
  expect(redacted({ headers, body: form('1234', 'PNG') }).body).toBe(form(mac('1234'), ''));
});

test('a coded body is opened, and coded again only if something was in it', () => {
  const headers = [...JSON_TYPE, 'Content-Encoding', 'gzip'];
  const redactor = redactorOf();
  const clean = gzipSync('{"a":1}');
  expect(redactor.answer({ headers, body: clean }).body).toBe(clean);
  const dirty = redactor.answer({ headers, body: gzipSync('{"pin":"1"}') }).body!;
  expect(gunzipSync(dirty).toString()).toBe(`{"pin":"${mac('1')}"}`);
  expect(redactor.answer({ headers, body: Buffer.from('no gzip') })).toMatchObject({
    body: undefined,
    dropped: 'not in its content coding',
  });
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
  expect(redactor.answer({ headers, body: bomb }).dropped).toBe('not in its content coding');
  expect(redactor.bodiesDropped).toEqual(new Map([['not in its content coding', 2]]));
});

test('a secret of a request is found in its answer, however it is written there', () => {
  const redactor = redactorOf();
  const secret = 'n0 name/shape?';
  const values = new Set<string>();
  const headers = ['Authorization', `Bearer ${secret}`];
  redactor.request({ target: '/', headers, body: undefined }, values);
  const forms = [
    secret,
    encodeURIComponent(secret),
    secret.replaceAll('/', '\\/'),
    ...['', 'x', 'xy'].map((before) => Buffer.from(`${before}${secret}z`).toString('base64')),
  ];
  const body = Buffer.from(JSON.stringify(forms).replaceAll('\\\\/', '\\/'));
  const text = Buffer.from(redactor.answer({ headers: JSON_TYPE, body }, values).body!).toString();
  expect(text.match(/redacted-/g)).toHaveLength(forms.length);
});
