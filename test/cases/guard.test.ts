/** Traffic goes nowhere but to this machine and to named hosts. Nothing here leaves it. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { expect, test } from 'vitest';
import { type AllowedHost, checkedTarget, guardedConnector } from '../../replay/guard.ts';
import { UsageError } from '../../simulator/model/usage-error.ts';

const ACCEPTED: readonly [claim: string, target: string, allowed: string[], base: string][] = [
  ['loopback needs no permission', 'http://127.0.0.1:4100', [], 'http://127.0.0.1:4100'],
  ['slashes at the end go', 'http://127.0.0.1:4100//', [], 'http://127.0.0.1:4100'],
  ['all of 127.0.0.0/8 is this machine', 'http://127.0.0.2', [], 'http://127.0.0.2'],
  ['so is IPv6 loopback', 'http://[::1]:80/', [], 'http://[::1]:80'],
  ['and localhost, in any case', 'https://LocalHost/api/', [], 'https://LocalHost/api'],
  ['a named host', 'https://staging.example/v1', ['staging.example'], 'https://staging.example/v1'],
  ['whatever the case', 'http://Staging.Example', ['stAging.example'], 'http://Staging.Example'],
  ['a named address', 'http://192.0.2.7', ['192.0.2.7'], 'http://192.0.2.7'],
  ['IPv6 without brackets', 'http://[2001:db8::1]', ['2001:db8::1'], 'http://[2001:db8::1]'],
  ['IPv6 with brackets', 'http://[2001:db8::1]', ['[2001:db8::1]'], 'http://[2001:db8::1]'],
];

test.each(ACCEPTED)('accepted: %s', (_claim, target, allowed, base) => {
  expect(checkedTarget(target, allowed)).toBe(base);
});

const NO_BASE_URL = /^target: expected a base URL such as http:\/\/127\.0\.0\.1:4100, found /;
const NOT_HERE =
  /^the target \S+ is not this machine; to send load there, allow that host by name$/;
const NO_SERVER = /^the target \S+ is an address that no server has$/;
const ODD = /^target: \S+ means \S+; write it like that$/;

const REFUSED: readonly [claim: string, target: string, allowed: string[], message: RegExp][] = [
  ['another scheme', 'ftp://127.0.0.1', [], NO_BASE_URL],
  ['a socket', 'unix:/run/api.sock', [], NO_BASE_URL],
  ['no scheme', '127.0.0.1:4100', [], NO_BASE_URL],
  ['nothing', '', [], NO_BASE_URL],
  ['a user name', 'http://user@127.0.0.1', [], NO_BASE_URL],
  ['a host in the user name', 'http://127.0.0.1@elsewhere.example', [], NO_BASE_URL],
  ['a query', 'http://127.0.0.1/?a=b', [], NO_BASE_URL],
  ['a fragment', 'http://127.0.0.1/#a', [], NO_BASE_URL],
  ['a backslash', 'http://127.0.0.1\\@elsewhere.example', [], NO_BASE_URL],
  ['a second line', 'http://127.0.0.1/\nhttp://elsewhere.example', [], NO_BASE_URL],
  ['a port that is none', 'http://127.0.0.1:99999', [], NO_BASE_URL],
  ['letters beyond ASCII', 'http://ⓛocalhost', [], NO_BASE_URL],
  ['another host', 'http://staging.example', [], NOT_HERE],
  ['a host below a named one', 'http://a.staging.example', ['staging.example'], NOT_HERE],
  ['a host above a named one', 'http://example', ['staging.example'], NOT_HERE],
  ['a name that only ends like it', 'http://mystaging.example', ['staging.example'], NOT_HERE],
  ['the root dot', 'http://staging.example.', ['staging.example'], NOT_HERE],
  ['a pattern allows nothing', 'http://staging.example', ['*.example', '*'], NOT_HERE],
  ['a name with a port allows nothing', 'http://a.example:80', ['a.example:80'], NOT_HERE],
  ['a name that begins like loopback', 'http://127.0.0.1.example', [], NOT_HERE],
  ['a name that ends like localhost', 'http://elsewhere.localhost', [], NOT_HERE],
  ['every address of this machine', 'http://0.0.0.0:4100', [], NOT_HERE],
  ['the metadata of a cloud', 'http://169.254.169.254', [], NOT_HERE],
  ['every address of this machine, though named', 'http://0.0.0.0', ['0.0.0.0'], NO_SERVER],
  [
    'the metadata of a cloud, though named',
    'http://169.254.169.254',
    ['169.254.169.254'],
    NO_SERVER,
  ],
  ['the same over IPv6', 'http://[fd00:ec2::254]', ['fd00:ec2::254'], NO_SERVER],
  ['the same as IPv6', 'http://[::ffff:a9fe:a9fe]', ['::ffff:a9fe:a9fe'], NO_SERVER],
  ['many hosts at once, though named', 'http://[ff02::1]', ['ff02::1'], NO_SERVER],
  ['loopback as one number', 'http://2130706433', [], ODD],
  ['loopback in short', 'http://127.1', [], ODD],
  ['loopback in hexadecimal', 'http://0x7f.0.0.1', [], ODD],
  ['another address as a named number', 'http://3221225991', ['3221225991'], ODD],
  ['IPv6 loopback at length', 'http://[0:0:0:0:0:0:0:1]', [], ODD],
];

test.each(REFUSED)('refused: %s', (_claim, target, allowed, message) => {
  const check = () => checkedTarget(target, allowed);
  expect(check).toThrow(UsageError);
  expect(check).toThrow(message);
});

test.each([
  ['http://bob:s3cret@127.0.0.1:4100', 'http://…@127.0.0.1:4100'],
  ['http://bob:s3@cr/et@127.0.0.1', 'http://…@127.0.0.1'],
  ['bob:s3cret@127.0.0.1', '…@127.0.0.1'],
])('a password that is refused is not repeated: %s', (target, shown) => {
  expect(() => checkedTarget(target, [])).toThrow(new RegExp(`, found ${shown}$`));
});

/** Tries to connect; says what came of it, which names were looked up, how many sockets opened. */
async function connect(
  hostname: string,
  allowed: readonly AllowedHost[],
  answers: readonly string[],
) {
  const lookedUp: string[] = [];
  const lookup: LookupFunction = (name, options, callback) => {
    lookedUp.push(name);
    const found: LookupAddress[] = answers.map((address) => ({
      address,
      family: address.includes(':') ? 6 : 4,
    }));
    if (options.all) process.nextTick(callback, null, found);
    else process.nextTick(callback, null, found[0]!.address, found[0]!.family);
  };
  let sockets = 0;
  const count = () => sockets++;
  subscribe('net.client.socket', count);
  const error = await new Promise<Error | null>((resolve) => {
    const url = { hostname, protocol: 'http:', port: '9' };
    guardedConnector(allowed, { lookup })(url, (failure, socket) => {
      socket?.destroy();
      resolve(failure);
    });
  });
  unsubscribe('net.client.socket', count);
  const code = error !== null && 'code' in error ? error.code : undefined;
  return { code, message: error?.message, lookedUp, sockets };
}

test.each([
  ['a host that nobody named', 'elsewhere.example', []],
  ['a host below a named one', 'a.staging.example', ['staging.example']],
  ['an address that nobody named', '192.0.2.1', ['staging.example']],
  ['an IPv6 address that nobody named', '2001:db8::1', []],
  ['an IPv4 address in an IPv6 one', '::ffff:192.0.2.1', []],
  ['every address of this machine', '0.0.0.0', []],
  ['an address of no server, though named', '169.254.169.254', ['169.254.169.254']],
])('no look-up and no socket for %s', async (_claim, hostname, allowed) => {
  const tried = await connect(hostname, allowed, ['127.0.0.1']);
  expect(tried).toMatchObject({ code: 'HOST_REFUSED', lookedUp: [], sockets: 0 });
});

test.each([
  ['the metadata of a cloud', ['169.254.169.254']],
  ['the metadata of a cloud as IPv6', ['::ffff:169.254.169.254']],
  ['one such address among others', ['192.0.2.1', 'fe80::1']],
  ['every address of this machine', ['0.0.0.0']],
  ['many hosts at once', ['224.0.0.1']],
])('a named host is not connected to where its address is %s', async (_claim, answers) => {
  const tried = await connect('staging.example', ['staging.example'], answers);
  expect(tried).toMatchObject({ code: 'HOST_REFUSED', lookedUp: ['staging.example'] });
  expect(tried.message).toMatch(/^staging\.example is at \S+, where no server is$/);
});

test('a host with addresses is connected to there, and nowhere that a look-up says', async () => {
  const pinned = [{ host: 'staging.example', addresses: ['127.0.0.1'] }];
  const tried = await connect('staging.example', pinned, ['192.0.2.1']);
  expect(tried).toMatchObject({ code: 'ECONNREFUSED', lookedUp: [], sockets: 1 });
  expect(tried.message).toContain('127.0.0.1:9');
  const none = await connect('staging.example', [{ ...pinned[0]!, addresses: [] }], ['192.0.2.1']);
  expect(none).toMatchObject({ code: 'HOST_REFUSED', lookedUp: [], sockets: 0 });
  const bad = [{ host: 'staging.example', addresses: ['169.254.169.254'] }];
  const metadata = await connect('staging.example', bad, ['127.0.0.1']);
  expect(metadata).toMatchObject({ code: 'HOST_REFUSED', lookedUp: [] });
});

test('localhost is never looked up, so that nobody can put it elsewhere', async () => {
  const tried = await connect('localhost', [], ['192.0.2.1']);
  expect(tried.lookedUp).toEqual([]);
  expect(tried.code).toBe('ECONNREFUSED');
});
