/** What a shadow has to be before it gets a copy: allowed, not the primary, and its owner's. */
import type { LookupFunction } from 'node:net';
import { UsageError } from '../../simulator/model/usage-error.ts';
import type { Address } from '../capture/tunnel.ts';
import { type AllowedHost, checkedTarget, isOnThisMachine } from '../guard.ts';
import { requireCeilings } from '../safety/caps.ts';
import { checkOwnership } from '../safety/ownership.ts';
import { isSameAddress } from '../safety/same-address.ts';

export interface ShadowQuestion {
  readonly shadow: string;
  readonly allowedHosts: readonly string[];
  readonly primary: Address;
  readonly listen: Address;
  readonly mostPerSecond: number | undefined;
  readonly durationMs: number | undefined;
  /** Of a shadow elsewhere. */
  readonly token?: string | undefined;
  /** Wall clock. */
  readonly nowMs: number;
  readonly lookup?: LookupFunction | undefined;
}

export interface CheckedShadow {
  /** As `checkedTarget` returns it. */
  readonly target: string;
  /** With the addresses that may be connected to. */
  readonly allowedHosts: readonly AllowedHost[];
}

/**
 * Throws a UsageError where copies would come back to where they were
 * taken or may not go; one elsewhere is asked for its token.
 */
export async function checkedShadow(question: ShadowQuestion): Promise<CheckedShadow> {
  const { shadow, allowedHosts, primary, listen, mostPerSecond, durationMs } = question;
  const target = checkedTarget(shadow, allowedHosts);
  if (new URL(target).pathname !== '/') {
    throw new UsageError(`expected a --shadow without a path, found ${shadow}`);
  }
  const address = addressOf(target);
  if (isSameAddress(address, primary) || isSameAddress(address, listen)) {
    throw new UsageError(`the shadow ${shadow} is the primary, or this mirror itself`);
  }
  requireCeilings(target, { '--max-rate': mostPerSecond, '--for': durationMs });
  if (isOnThisMachine(target)) return { target, allowedHosts };
  return { target, allowedHosts: await checkOwnership(target, question.token, question) };
}

function addressOf(url: string): Address {
  const { hostname, port, protocol } = new URL(url);
  const usual = protocol === 'https:' ? 443 : 80;
  return { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port || usual) };
}
