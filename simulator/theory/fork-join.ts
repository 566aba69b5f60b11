/**
 * Fork–join: a request is split into a part for each of K single servers, all with queues of their
 * own (first in, first out, exponential service), and is done when its last part is. Source:
 * R. Nelson & A. N. Tantawi, "Approximate analysis of fork/join synchronization in parallel
 * queues", IEEE Transactions on Computers 37, 1988.
 */
import { harmonic } from './fan-out.ts';
import { mmcSojournMsMean } from './mmc.ts';
import type { Station } from './station.ts';

/**
 * Mean time from the split to the last part's end, in ms; ∞ from a load of 1 on. **Exact for one
 * and two parts**, (12 − ρ)/8 times the sojourn in M/M/1; for more of them an approximation that
 * Nelson and Tantawi found within 5 % of simulations up to K = 32.
 *
 * @param part one server, with the arrivals that it sees: those of whole requests
 * @param parts K, whole number ≥ 1
 * Example: two parts, 50 % of 1 s: 2875 ms, exactly; 32 of them: 6887.19 ms, nearly.
 */
export function forkJoinMsMean(part: Omit<Station, 'servers'>, parts: number): number {
  const station = { ...part, servers: 1 };
  const alone = mmcSojournMsMean(station);
  if (parts === 1 || alone === Number.POSITIVE_INFINITY) return alone;
  const rho = (part.arrivalsPerSecond * part.serviceMsMean) / 1000;
  const growth = harmonic(parts) / harmonic(2);
  return (growth + ((4 * rho) / 11) * (1 - growth)) * ((12 - rho) / 8) * alone;
}
