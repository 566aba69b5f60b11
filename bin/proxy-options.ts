/** Options of the commands that stand between clients and a server. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Address } from '../replay/capture/tunnel.ts';
import { checkedTarget } from '../replay/guard.ts';
import { isSameAddress } from '../replay/safety/same-address.ts';
import { parseDuration } from '../simulator/model/units.ts';
import { UsageError } from '../simulator/model/usage-error.ts';

const UNITS: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** `64MiB` → 67,108,864 */
export function byteCount(text: string): number {
  const found = /^(\d{1,6})(B|KiB|MiB|GiB)$/.exec(text);
  if (found === null) throw new InvalidArgumentError('Expected a size such as 64MiB.');
  return Number(found[1]) * UNITS[found[2]!]!;
}

/** `10m` → 600,000 */
export function milliseconds(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms < 1) throw new InvalidArgumentError('Expected a time such as 10m.');
  return ms;
}

/** `127.0.0.1:8080`, `[::1]:8080` */
export function listenAddress(text: string): Address {
  const found = /^(\[[0-9a-fA-F:]+\]|[\w.-]+):(\d{1,5})$/.exec(text);
  const port = Number(found?.[2]);
  if (found === null || port > 65_535) {
    throw new InvalidArgumentError('Expected an address such as 127.0.0.1:8080.');
  }
  return { host: found[1]!.replace(/^\[(.*)\]$/, '$1'), port };
}

/**
 * Where a proxy passes connections on to. Throws a UsageError for what is no `http://host:port`:
 * naming it is permission enough, for nothing goes there that was not sent by a client. And for the
 * proxy's own address: every connection would make another one, without end.
 */
export function upstreamAddress(target: string, listen?: Address): Address {
  const named = /^https?:\/\/(\[[^\]]*\]|[^/:]*)/i.exec(target)?.[1] ?? '';
  const url = new URL(checkedTarget(target, [named]));
  if (url.protocol !== 'http:' || url.pathname !== '/') {
    throw new UsageError(
      `expected http://host:port (bytes are passed on as they are), found ${target}`,
    );
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const address = { host, port: Number(url.port || 80) };
  if (listen === undefined || !isSameAddress(address, listen)) return address;
  throw new UsageError(`${target} is this proxy itself, which listens to ${shownAddress(listen)}`);
}

/** Adds `--listen`. */
export function addListen(command: Command): Command {
  return command.addOption(
    new Option('--listen <host:port>', 'where clients connect to')
      .argParser(listenAddress)
      .default({ host: '127.0.0.1', port: 8080 }, '127.0.0.1:8080'),
  );
}

/** Adds a value to those before it: options that may be given again and again. */
export function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

export function shownAddress({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
