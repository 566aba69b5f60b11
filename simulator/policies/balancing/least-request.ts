/**
 * Power of N choices (Envoy `LEAST_REQUEST` with equal weights): draws `choices` hosts **with
 * replacement** and takes the one with the fewest outstanding requests, ties to the first drawn.
 *
 * @param active outstanding requests by host
 * @param count hosts; −1 is returned when there is none
 * @param below uniform integer in 0 … n − 1
 * Source: Envoy `least_request_lb.cc`, `unweightedHostPickNChoices`.
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

/**
 * The same where all that are looked at are different ones: draw k is below(count − k), counted
 * among the hosts that have not been drawn. With as many choices as hosts it is a full scan.
 *
 * Source: M. Mitzenmacher, "The power of two choices in randomized load balancing", 2001; sozu's
 * power of two. Envoy draws with replacement.
 * Example: active 1, 0, 2, two choices, draws 0 and 0 are hosts 0 and 1, of which it is 1.
 */
export function pickLeastOfDistinct(
  active: ArrayLike<number>,
  count: number,
  choices: number,
  below: (n: number) => number,
): number {
  if (count === 0) return -1;
  const drawn = [below(count)];
  let best = drawn[0]!;
  for (let draw = 1; draw < Math.min(choices, count); draw++) {
    const other = rankAmongOthers(drawn, below(count - draw));
    if (active[other]! < active[best]!) best = other;
  }
  return best;
}

/** The host of a rank among those that are not in the ascending list, which it joins. */
function rankAmongOthers(drawn: number[], rank: number): number {
  let host = rank;
  let at = 0;
  for (; at < drawn.length && drawn[at]! <= host; at++) host++;
  drawn.splice(at, 0, host);
  return host;
}

/**
 * Full scan: the host with the fewest outstanding requests, each of those that are equal with the
 * same probability (below(2) at the second of them, below(3) at the third; 0 takes it).
 *
 * Source: Envoy `least_request_lb.cc`, `unweightedHostPickFullScan`. AWS ALB
 * `least_outstanding_requests` and nginx `least_conn` are full scans, too; how ALB breaks ties is
 * not published.
 */
export function pickLeastOfAll(
  active: ArrayLike<number>,
  count: number,
  below: (n: number) => number,
): number {
  let [best, tied] = [-1, 0];
  for (let host = 0; host < count; host++) {
    if (best < 0 || active[host]! < active[best]!) [best, tied] = [host, 1];
    else if (active[host] === active[best] && below(++tied) === 0) best = host;
  }
  return best;
}
