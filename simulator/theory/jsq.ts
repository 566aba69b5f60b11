/**
 * Least request among d looked at, JSQ(d), "the power of two choices": Poisson arrivals, single
 * servers with queues of their own, exponential service, infinitely many of them. Source:
 * N. D. Vvedenskaya, R. L. Dobrushin & F. I. Karpelevich, "Queueing system with selection of the
 * shortest of two queues", Problems of Information Transmission 32, 1996; M. Mitzenmacher, "The
 * power of two choices in randomized load balancing", 2001. Few servers have longer queues: with d
 * 2 at ρ 0.9 a hundred have 1.6 % more than this, ten have 19 % more, and `jsq-chain.ts` has the
 * exact figures of two and three.
 */

/**
 * Shares of servers with at least 0, 1, 2, … requests: s_k = ρ·s_{k−1}^d, 1, ρ, ρ^{1+d}, …; down to
 * where they no longer count.
 *
 * @param choices d, whole number ≥ 1; at 1 it is M/M/1's geometric distribution
 * @param rho load of a server, 0 ≤ ρ < 1
 * Example: d 2, ρ 0.9: 1, 0.9, 0.729, 0.4783, 0.2059, 0.0382, …
 */
export function jsqAtLeast(choices: number, rho: number): number[] {
  if (!(rho >= 0 && rho < 1)) throw new RangeError(`no stationary queues at a load of ${rho}`);
  const shares = [1];
  for (let share = rho, sum = 0; share > 1e-18 * sum; share = rho * power(share, choices)) {
    shares.push(share);
    sum += share;
  }
  return shares;
}

/**
 * Mean of wait and service, in service times: Σ_k s_k/ρ.
 * Example: d 2, ρ 0.9: 2.61405738, where a random choice has 10.
 */
export function jsqSojournMean(choices: number, rho: number): number {
  if (rho === 0) return 1;
  const shares = jsqAtLeast(choices, rho).slice(1);
  return shares.reduceRight((sum, share) => sum + share, 0) / rho;
}

function power(base: number, exponent: number): number {
  let product = base;
  for (let k = 1; k < exponent; k++) product *= base;
  return product;
}
