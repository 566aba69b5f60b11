/**
 * Many servers at a high load: with c = a + β√a of them for a load of a Erlang the share of
 * requests that wait tends to a number between 0 and 1 that depends on β alone. Source: S. Halfin &
 * W. Whitt, "Heavy-traffic limits for queues with many exponential servers", Operations Research
 * 29, 1981.
 */
import { normalCdf, normalDensity } from '../distributions/normal.ts';

/**
 * α(β) = 1/(1 + βΦ(β)/φ(β)): share of requests that wait, in the limit of large systems.
 *
 * @param spare β, spare servers in square roots of the load; 1 from 0 on down
 * Example: β 1 makes `halfinWhittWaitingRatio(1)`, 0.2233612748, wait; at 100 Erlang Erlang C says
 * 0.2370, at 10,000 it says 0.2248.
 */
export function halfinWhittWaitingRatio(spare: number): number {
  if (!(spare > 0)) return 1;
  return 1 / (1 + (spare * normalCdf(spare)) / normalDensity(spare));
}

/**
 * Square-root staffing ⌈a + β√a⌉, servers for a load in Erlang. The larger the system, the less
 * must be spare for the same wait; so a small copy at the same utilisation is **not** the same.
 * Example: `squareRootStaffing(100, 1)` is 110, `squareRootStaffing(10_000, 1)` is 10,100.
 */
export function squareRootStaffing(offeredErlang: number, spare: number): number {
  return Math.ceil(offeredErlang + spare * Math.sqrt(offeredErlang));
}
