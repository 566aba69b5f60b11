/** Whether two addresses are one server: a proxy must not pass anything on to itself. */
import type { Address } from '../capture/tunnel.ts';
import { isLoopback } from '../guard.ts';

const EVERYWHERE: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/** All names of this machine are one, and so is what listens to all of them. */
export function isSameAddress(a: Address, b: Address): boolean {
  const [one, other] = [plain(a.host), plain(b.host)];
  // Port 0 is one that nobody has yet.
  return a.port === b.port && a.port !== 0 && (one === other || (isHere(one) && isHere(other)));
}

function isHere(host: string): boolean {
  return isLoopback(host) || EVERYWHERE.has(host);
}

function plain(host: string): string {
  return host.toLowerCase().replace(/\.$/, '');
}
