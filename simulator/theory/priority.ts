import { offeredErlang, type Station } from './station.ts';

/** Requests of one rank. */
export interface RankedArrivals extends Omit<Station, 'servers'> {
  /** c_s² = variance ÷ mean² of the service time: 0 for constant, 1 for exponential. */
  readonly squaredVariation: number;
}

/**
 * Mean wait of each rank in ms at one server that always takes the highest rank next and finishes
 * what it has begun (M/G/1, non-preemptive): Cobham's W_k = W₀/((1 − σ_{k−1})(1 − σ_k)), where
 * W₀ = Σλ_iE[S_i²]/2 is what is found in service and σ_k the load of the ranks up to k.
 *
 * @param ranks the first goes first
 * @returns ∞ from the rank on with which the load reaches 1
 * Source: A. Cobham, "Priority assignment in waiting line problems", Operations Research 2, 1954.
 * Example: 0.3/s before 0.5/s, exponential service of 1 s: 1142.85714 and 5714.28571 ms.
 */
export function priorityWaitMsMeans(ranks: readonly RankedArrivals[]): number[] {
  const inServiceMs = ranks.reduce((sum, rank) => {
    const { serviceMsMean, squaredVariation } = rank;
    return (
      sum + (offeredErlang({ ...rank, servers: 1 }) * serviceMsMean * (1 + squaredVariation)) / 2
    );
  }, 0);
  let free = 1;
  return ranks.map((rank) => {
    const before = free;
    free -= offeredErlang({ ...rank, servers: 1 });
    return free > 0 ? inServiceMs / (before * free) : Number.POSITIVE_INFINITY;
  });
}
