/**
 * Power of N choices (Envoy `LEAST_REQUEST` with equal weights): draws `choices` hosts **with
 * replacement** and takes the one with the fewest outstanding requests, ties to the first drawn.
 *
 * @param active outstanding requests by host
 * @param count hosts; −1 is returned when there is none
 * @param below uniform integer in 0 … n − 1
 */
export function pickLeastRequest(
  active: ArrayLike<number>,
  count: number,
  choices: number,
  below: (n: number) => number,
): number {
  if (count === 0) return -1;
  let best = below(count);
  for (let draw = 1; draw < choices; draw++) {
    const other = below(count);
    if (active[other]! < active[best]!) best = other;
  }
  return best;
}
