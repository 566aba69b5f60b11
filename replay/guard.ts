/**
 * Where traffic may go: nowhere but to this machine, and to hosts that the user allowed by name.
 * The target is checked before the first request, and every connection once more where it is made,
 * with the address that it really gets. Lists of what is forbidden leak; this one says what is not.
 *
 *     staging.example ──► allowed by name? ──► look-up ──► a server's address? ──► connect
 *     127.0.0.1, ::1  ────────────────────────────────────────────────────────────► connect
 *     localhost       ──► answered here ──────────────────────────────────────────► connect
 *     anything else   ──► refused: no look-up, no socket
 */
import { lookup as systemLookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { UsageError } from '../simulator/model/usage-error.ts';

const BASE_URL = /^https?:\/\/(\[[0-9a-f:]+\]|[a-z0-9.-]+)(:\d{1,5})?(\/[\w.~/-]*)?$/i;

const LOCALHOST = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
] as const;

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** What no server has: unspecified, link-local and a cloud's metadata, multicast, broadcast. */
const neverServers = new BlockList();
neverServers.addSubnet('0.0.0.0', 8, 'ipv4');
neverServers.addSubnet('169.254.0.0', 16, 'ipv4');
neverServers.addSubnet('224.0.0.0', 3, 'ipv4');
neverServers.addAddress('::', 'ipv6');
neverServers.addSubnet('fe80::', 10, 'ipv6');
neverServers.addAddress('fd00:ec2::254', 'ipv6');
neverServers.addSubnet('ff00::', 8, 'ipv6');

/** A connection that the policy does not let happen. */
class HostRefused extends Error {
  override readonly name = 'HostRefused';
  readonly code = 'HOST_REFUSED';
}

/**
 * Base URL without a slash at its end. Throws a UsageError of one line for what is no http(s) base
 * URL (user name, query and fragment included), and for a host other than loopback unless
 * `allowedHosts` has exactly that host.
 * `checkedTarget('http://127.0.0.1:4100/', [])` is `http://127.0.0.1:4100`.
 */
export function checkedTarget(target: string, allowedHosts: readonly string[]): string {
  const host = BASE_URL.exec(target)?.[1]?.toLowerCase();
  if (host === undefined || !URL.canParse(target)) {
    throw new UsageError(
      `target: expected a base URL such as http://127.0.0.1:4100, found ${quotable(target)}`,
    );
  }
  // 2130706433, 0x7f.1 and 127.1 are names to the eye and addresses to a URL: one spelling only.
  const canonical = new URL(target).hostname;
  if (canonical !== host) {
    throw new UsageError(`target: ${host} means ${canonical}; write it like that`);
  }
  if (!isLoopback(bare(host))) refuseUnlessNamed(bare(host), allowedHosts);
  return target.replace(/\/+$/, '');
}

function refuseUnlessNamed(host: string, allowedHosts: readonly string[]): void {
  if (!isNamed(host, allowedHosts)) {
    throw new UsageError(
      `the target ${host} is not this machine; to send load there, allow that host by name`,
    );
  }
  if (isIn(neverServers, host)) {
    throw new UsageError(`the target ${host} is an address that no server has`);
  }
}

/** Whether a target that `checkedTarget` returned is on this machine, by its name alone. */
export function isOnThisMachine(target: string): boolean {
  return isLoopback(hostOf(target));
}

/** The host of a URL as lists of hosts name it: lower case, no port, no brackets. */
export function hostOf(url: string): string {
  return bare(new URL(url).hostname);
}

export interface GuardOptions {
  /** Asked for allowed names only. Default: the system's. */
  readonly lookup?: LookupFunction;
  readonly connectTimeoutMs?: number;
}

/**
 * A connector for undici's clients that refuses, with a `HostRefused`, what `checkedTarget` would,
 * and an allowed host whose address belongs to no server. HTTP/1.1 only; certificates are verified
 * whatever the environment says. Literal addresses never reach a look-up, hence the check before.
 */
export function guardedConnector(
  allowedHosts: readonly string[],
  { lookup = systemLookup, connectTimeoutMs = 30_000 }: GuardOptions = {},
): buildConnector.connector {
  const connect = buildConnector({
    allowH2: false,
    rejectUnauthorized: true,
    timeout: connectTimeoutMs,
    lookup: guardedLookup(lookup),
  });
  return (options, callback) => {
    const host = bare(options.hostname.toLowerCase());
    const isServer = isNamed(host, allowedHosts) && !isIn(neverServers, host);
    if (isLoopback(host) || isServer) {
      // The socket that it gives back lets undici cancel a connection that nobody waits for.
      return connect(options, callback);
    }
    callback(new HostRefused(`${host} is neither this machine nor allowed by name`), null);
  };
}

/** Answers for localhost itself, and lets no address through that belongs to no server. */
function guardedLookup(lookup: LookupFunction): LookupFunction {
  return (hostname, options, callback) => {
    if (hostname.toLowerCase() === 'localhost') {
      if (options.all) callback(null, [...LOCALHOST]);
      else callback(null, LOCALHOST[0].address, LOCALHOST[0].family);
      return;
    }
    lookup(hostname, options, (error, address, family) => {
      const refused = error === null ? refusedAddress(address) : undefined;
      if (refused === undefined) return callback(error, address, family);
      callback(new HostRefused(`${hostname} is at ${refused}, where no server is`), []);
    });
  };
}

/** The first address that belongs to no server; undefined where all may be connected to. */
function refusedAddress(found: Parameters<Parameters<LookupFunction>[2]>[1]): string | undefined {
  const addresses = typeof found === 'string' ? [found] : found.map(({ address }) => address);
  return addresses.find((address) => isIn(neverServers, address));
}

/** Whether a host is this machine, by its name alone; brackets and ports are none of it. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || isIn(loopback, host);
}

function isNamed(host: string, allowedHosts: readonly string[]): boolean {
  return allowedHosts.some((allowed) => bare(allowed.toLowerCase()) === host);
}

function isIn(list: BlockList, address: string): boolean {
  const version = isIP(address);
  return version !== 0 && list.check(address, version === 4 ? 'ipv4' : 'ipv6');
}

/** `[::1]` in a URL is `::1` everywhere else. */
function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}

/** What is quoted must not steer a terminal, and has no credentials in it. */
function quotable(target: string): string {
  const text = target.replace(/^([^/]*\/\/)?[^/@]*:.*@/s, '$1…@');
  return text.replace(/[\p{Cc}\p{Cf}]/gu, '\ufffd').slice(0, 200);
}
