/**
 * Waits of c servers with one queue, from empty, by the recursion of Kiefer & Wolfowitz: the oracle
 * of the interval methods, on purpose without the engine.
 */
import type { RandomStream } from '../../simulator/engine/random.ts';
import { drawExponential } from '../../simulator/engine/ziggurat.ts';

export interface Queue {
  readonly name: string;
  readonly servers: number;
  readonly rho: number;
  /** Draws a service time of mean 1. */
  readonly service: (random: RandomStream) => number;
  /** Mean wait in steady state, in service times. */
  readonly waitMean: number;
  /** 0.99 quantile of the wait, where a closed form gives it. */
  readonly waitP99: number | undefined;
}

/** Balanced means: both branches carry half of the work. */
const H2_BRANCH = (1 + Math.sqrt(3 / 5)) / 2;

/** Hyperexponential of mean 1 and squared coefficient of variation 4. */
export function drawH2(random: RandomStream): number {
  const branch = random.uniform() < H2_BRANCH ? H2_BRANCH : 1 - H2_BRANCH;
  return drawExponential(random) / (2 * branch);
}

export const MM1: Queue = {
  name: 'M/M/1 ρ 0.8',
  servers: 1,
  rho: 0.8,
  service: drawExponential,
  waitMean: 4,
  waitP99: 21.9101332,
};
export const MM10: Queue = {
  name: 'M/M/10 ρ 0.9',
  servers: 10,
  rho: 0.9,
  service: drawExponential,
  waitMean: 0.668731524,
  waitP99: 4.20279758,
};
export const MH5: Queue = {
  name: 'M/H2/5 ρ 0.8',
  servers: 5,
  rho: 0.8,
  service: drawH2,
  waitMean: 1.2541514,
  waitP99: undefined,
};

/**
 * The first `count` waits.
 *
 * @param rho load at the i-th arrival, the queue's own where it is left out
 */
export function waitsOf(
  queue: Queue,
  count: number,
  random: RandomStream,
  rho: (i: number) => number = () => queue.rho,
): Float64Array {
  const waits = new Float64Array(count);
  // Work before each server, least first: the next request waits for the first.
  const work = new Float64Array(queue.servers);
  for (let i = 0; i < count; i++) {
    waits[i] = work[0]!;
    const between = drawExponential(random) / (rho(i) * queue.servers);
    insert(work, work[0]! + queue.service(random));
    for (let s = 0; s < work.length; s++) work[s] = Math.max(0, work[s]! - between);
  }
  return waits;
}

/** Puts the first server's new work where it belongs in the order. */
function insert(work: Float64Array, value: number): void {
  let s = 0;
  while (s + 1 < work.length && work[s + 1]! < value) {
    work[s] = work[s + 1]!;
    s++;
  }
  work[s] = value;
}
