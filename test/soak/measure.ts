/** How often does a nominal 95 % interval hold the truth? */
import type { Method, World } from './methods.ts';
import { worldOf } from './methods.ts';
import type { Queue } from './queues.ts';

export interface Coverage {
  readonly method: string;
  readonly queue: string;
  readonly count: number;
  readonly macros: number;
  /** Share of all macro-replications; an interval that cannot be given misses. */
  readonly coverage: number;
  /** Mean half-width ÷ truth of the intervals that were given. */
  readonly relativeHalfWidth: number;
}

/** All methods see the same worlds, one at a time, so that memory stays small. */
export function measureCoverage(
  methods: readonly Method[],
  queue: Queue,
  count: number,
  macros: number,
): Coverage[] {
  const known = methods.filter(({ truth }) => truth(queue) !== undefined);
  const tallies = known.map(() => ({ hits: 0, given: 0, width: 0 }));
  for (let macro = 0; macro < macros; macro++) {
    const world = worldOf(queue, count, macro);
    for (const [i, method] of known.entries()) record(tallies[i]!, method, world);
  }
  return known.map(({ name, truth }, i) => ({
    method: name,
    queue: queue.name,
    count,
    macros,
    coverage: tallies[i]!.hits / macros,
    relativeHalfWidth: tallies[i]!.width / tallies[i]!.given / 2 / truth(queue)!,
  }));
}

function record(
  tally: { hits: number; given: number; width: number },
  method: Method,
  world: World,
): void {
  const { low, high } = method.interval(world);
  const truth = method.truth(world.queue)!;
  if (Number.isNaN(high - low)) return;
  tally.given++;
  tally.width += high - low;
  if (low <= truth && truth <= high) tally.hits++;
}

/**
 * Wilson's 95 % interval of a share of `n`, which stays inside 0..1.
 * Example: 0.95 of 1,000 is 0.9347 … 0.9619.
 */
export function wilson(share: number, n: number): { low: number; high: number } {
  const z = 1.96;
  const middle = (share + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const spread = Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  const half = (z * spread) / (1 + (z * z) / n);
  return { low: middle - half, high: middle + half };
}
