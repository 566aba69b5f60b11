/**
 * Where traffic may go: nowhere but to this machine, and to hosts that the user allowed by name.
 * The target is checked before the first request, and every connection once more where it is made,
 * with the address that it really gets. Lists of what is forbidden leak; this one says what is not.
 *
 *     staging.example ──► allowed by name? ──► look-up ──► a server's address? ──► connect
 *           where its owner was asked before: the addresses that answered ────────► connect
 *     127.0.0.1, ::1  ────────────────────────────────────────────────────────────► connect
 *     localhost       ──► answered here ──────────────────────────────────────────► connect
 *     anything else   ──► refused: no look-up, no socket
 */
import { lookup as systemLookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { UsageError } from '../simulator/model/usage-error.ts';

const BASE_URL = /^https?:\/\/(\[[0-9a-f:]+\]|[a-z0-9.-]+)(:\d{1,5})?(\/[\w.~/-]*)?$/i;

const LOCALHOST: readonly string[] = ['127.0.0.1', '::1'];

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

/** A host by its name, or with the addresses that its owner answered at: then at no other one. */
export type AllowedHost = string | PinnedHost;

export interface PinnedHost {
  readonly host: string;
  readonly addresses: readonly string[];
}

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
export function checkedTarget(target: string, allowedHosts: readonly AllowedHost[]): string {
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

function refuseUnlessNamed(host: string, allowedHosts: readonly AllowedHost[]): void {
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
  /** Asked for allowed names only, and for none with addresses. Default: the system's. */
  readonly lookup?: LookupFunction;
  readonly connectTimeoutMs?: number;
}

/**
 * A connector for undici's clients that refuses, with a `HostRefused`, what `checkedTarget` would,
 * and an allowed host whose address belongs to no server. HTTP/1.1 only; certificates are verified
 * whatever the environment says. Literal addresses never reach a look-up, hence the check before.
 */
export function guardedConnector(
  allowedHosts: readonly AllowedHost[],
  { lookup = systemLookup, connectTimeoutMs = 30_000 }: GuardOptions = {},
): buildConnector.connector {
  const connect = buildConnector({
    allowH2: false,
    rejectUnauthorized: true,
    timeout: connectTimeoutMs,
    lookup: guardedLookup(lookup, allowedHosts),
  });
  return (options, callback) => {
    const host = bare(options.hostname.toLowerCase());
    if (isLoopback(host) || (isOpen(host, allowedHosts) && !isIn(neverServers, host))) {
      // The socket that it gives back lets undici cancel a connection that nobody waits for.
      return connect(options, callback);
    }
    callback(new HostRefused(`${host} is neither this machine nor allowed by name`), null);
  };
}

/**
 * Answers for localhost itself and for pinned hosts, and lets no address through that belongs to no
 * server.
 */
function guardedLookup(
  system: LookupFunction,
  allowedHosts: readonly AllowedHost[],
): LookupFunction {
  return (hostname, options, callback) => {
    const pinned = pinnedIn(allowedHosts, hostname.toLowerCase());
    const lookup = pinned === undefined ? system : answering(pinned.addresses);
    if (hostname.toLowerCase() === 'localhost') {
      answering(LOCALHOST)(hostname, options, callback);
      return;
    }
    lookup(hostname, options, (error, address, family) => {
      const refused = error === null ? refusedAddress(address) : undefined;
      if (refused === undefined) return callback(error, address, family);
      callback(new HostRefused(`${hostname} is at ${refused}, where no server is`), []);
    });
  };
}

/** A look-up that asks nobody. */
function answering(addresses: readonly string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_hostname, { all }, callback) => {
    if (all) callback(null, found);
    else callback(null, found[0]!.address, found[0]!.family);
  };
}

/**
 * Where an allowed host is: all of its addresses, or itself. Rejects with what the look-up says,
 * and with HostRefused where one of them belongs to no server.
 */
export function addressesOf(
  host: string,
  lookup: LookupFunction = systemLookup,
): Promise<string[]> {
  if (isIP(host) !== 0) return Promise.resolve([host]);
  return new Promise((resolve, reject) => {
    guardedLookup(lookup, [])(host, { all: true }, (error, found) => {
      if (error !== null) reject(error);
      else resolve(typeof found === 'string' ? [found] : found.map(({ address }) => address));
    });
  });
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

function isNamed(host: string, allowedHosts: readonly AllowedHost[]): boolean {
  return allowedHosts.some((allowed) => nameOf(allowed) === host);
}

/** A host that is an address itself has no look-up that could be held against its pin. */
function isOpen(host: string, allowedHosts: readonly AllowedHost[]): boolean {
  const pinned = pinnedIn(allowedHosts, host);
  if (pinned === undefined) return isNamed(host, allowedHosts);
  return isIP(host) === 0 ? pinned.addresses.length > 0 : pinned.addresses.includes(host);
}

function pinnedIn(allowedHosts: readonly AllowedHost[], host: string): PinnedHost | undefined {
  return allowedHosts.find(
    (allowed): allowed is PinnedHost => typeof allowed !== 'string' && nameOf(allowed) === host,
  );
}

/** As lists of hosts name it: lower case, no brackets. */
export function nameOf(allowed: AllowedHost): string {
  return bare((typeof allowed === 'string' ? allowed : allowed.host).toLowerCase());
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
