/**
 * Erlang's two formulas. Source: A. K. Erlang, "Solution of some problems in the theory of
 * probabilities of significance in automatic telephone exchanges", 1917; R. B. Cooper,
 * "Introduction to Queueing Theory", 2nd ed., 1981, §3.3 and §3.4.
 */
import { bisect } from './bisect.ts';

/**
 * Erlang B: share of requests that find all servers busy where nobody waits (M/G/c/c). Any
 * distribution of service times with the same mean gives the same share.
 *
 * @param servers whole number ≥ 0; without a server everything is blocked: 1
 * @param offeredErlang λE[S] ≥ 0; nothing is blocked at 0
 * Method: B₀ = 1, B_k = aB_{k−1}/(k + aB_{k−1}): all terms positive, stable for any size.
 * Example: `erlangB(10, 5)` is 0.018384570336648.
 */
export function erlangB(servers: number, offeredErlang: number): number {
  expectLoad(servers, offeredErlang);
  let blocked = 1;
  for (let k = 1; k <= servers; k++) {
    blocked = (offeredErlang * blocked) / (k + offeredErlang * blocked);
  }
  return blocked;
}

/**
 * Load in Erlang that `servers` carry with a given share of blocked requests: Erlang B the other
 * way round.
 *
 * @param servers whole number ≥ 1
 * @param blockedRatio 0..1; 0 at 0, ∞ at 1
 * Example: 15 lines at 1 % carry `offeredErlangAt(15, 0.01)`, 8.108, as the erlang.com manual says.
 */
export function offeredErlangAt(servers: number, blockedRatio: number): number {
  if (!(blockedRatio > 0)) return 0;
  if (blockedRatio >= 1) return Number.POSITIVE_INFINITY;
  return bisect((erlang) => erlangB(servers, erlang) >= blockedRatio, servers);
}

/**
 * Erlang C: share of requests that must wait where they queue without bound (M/M/c).
 *
 * @param servers whole number ≥ 1
 * @param offeredErlang λE[S] ≥ 0; from `servers` on the queue grows without bound and all wait: 1
 * Example: `erlangC(10, 8)` is 0.409180151.
 */
export function erlangC(servers: number, offeredErlang: number): number {
  if (offeredErlang >= servers) return 1;
  const blocked = erlangB(servers, offeredErlang);
  return (servers * blocked) / (servers - offeredErlang * (1 - blocked));
}

function expectLoad(servers: number, offeredErlang: number): void {
  if (!Number.isInteger(servers) || servers < 0 || !(offeredErlang >= 0)) {
    throw new RangeError(`${offeredErlang} Erlang on ${servers} servers is no load`);
  }
}
