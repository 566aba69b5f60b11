const MOST_STEPS = 200;
/** Newton doubles the digits with each step: after this one there are no more to come. */
const LAST_STEP = 1e-8;

/**
 * The time t at which the items that are in a cache make up its size: Σ occupied(p_i·t) = size, by
 * Newton's method. `occupied` is concave, so every step stays below the answer and none is wasted.
 *
 * @param popularity shares of requests, which sum to 1
 * @param size items that fit, 0 < size < items
 * @param occupied probability that an item is in the cache, of x = p·t: 0 at 0, slope 1 there, to 1
 * @param slope its derivative, of what `occupied` gives
 * @returns t in requests
 * Source: R. Fagin, "Asymptotic miss ratios over independent references", 1977; H. Che, Y. Tung &
 * Z. Wang, "Hierarchical Web caching systems", IEEE JSAC 20, 2002.
 */
export function characteristicTime(
  popularity: Float64Array,
  size: number,
  occupied: (x: number) => number,
  slope: (occupied: number) => number,
): number {
  let t = size;
  for (let step = 0; step < MOST_STEPS; step++) {
    let inside = 0;
    let growth = 0;
    for (const share of popularity) {
      const present = occupied(share * t);
      inside += present;
      growth += share * slope(present);
    }
    const more = (size - inside) / growth;
    t += more;
    if (more < LAST_STEP * t) break;
  }
  return t;
}
