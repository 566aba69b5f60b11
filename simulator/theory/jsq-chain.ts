/**
 * JSQ(d) among a few servers, exactly: a chain whose levels are the requests inside and whose
 * states are the lengths of the queues, sorted. Lengths that differ very much are left out, which
 * shows in no digit before the eighth where at least two are looked at and ρ ≤ 0.8. Two or three
 * servers; with every further one the states multiply.
 */
import { log } from '../engine/maths.ts';
import { type LevelledChain, meanOver, stationary } from './levels.ts';

export interface FewServers {
  readonly servers: number;
  /** d: servers that are looked at; the shortest queue of them is joined. */
  readonly choices: number;
  /** Whether one server may be looked at twice (Envoy does), or all are different. */
  readonly replacement: boolean;
}

/** Queue lengths in ascending order. */
type Lengths = readonly number[];

interface Level {
  readonly states: readonly Lengths[];
  readonly indexOf: ReadonlyMap<string, number>;
}

/**
 * Mean of wait and service, in service times.
 *
 * @param rho load of a server, 0 < ρ < 1
 * Example: 2 servers, both looked at, ρ 0.9: 5.47491282; with replacement 5.86468504
 */
export function jsqChainSojournMean(group: FewServers, rho: number): number {
  // While all are busy the number inside is that of M/M/n: it falls off by ρ a request.
  const levels = Math.ceil(log(1e-13) / log(rho)) + 16;
  const inside = meanOver(stationary(chainOf(group, rho), levels), (requests) => requests);
  return inside / (group.servers * rho);
}

function chainOf(group: FewServers, rho: number): LevelledChain {
  const { servers } = group;
  const levels: Level[] = [];
  const levelOf = (requests: number) => {
    levels[requests] ??= level(requests, servers);
    return levels[requests];
  };
  const joined = Array.from({ length: servers }, (_, rank) => joinRatio(group, rank));
  return {
    size: (requests) => levelOf(requests).states.length,
    leave(requests, state, to) {
      const lengths = levelOf(requests).states[state]!;
      lengths.forEach((length, rank) => {
        const longer = levelOf(requests + 1).indexOf.get(keyOf(lengths, rank, 1));
        if (longer !== undefined) to(requests + 1, longer, servers * rho * joined[rank]!);
        if (length === 0) return;
        const shorter = levelOf(requests - 1).indexOf.get(keyOf(lengths, rank, -1));
        if (shorter !== undefined) to(requests - 1, shorter, 1);
      });
    },
  };
}

/** Probability that the shortest of those looked at is the one with so many shorter ones. */
function joinRatio({ servers, choices, replacement }: FewServers, rank: number): number {
  const noneBefore = (first: number) => {
    let probability = 1;
    for (let k = 0; k < choices; k++) {
      const gone = replacement ? 0 : k;
      probability *= Math.max(0, servers - first - gone) / (servers - gone);
    }
    return probability;
  };
  return noneBefore(rank) - noneBefore(rank + 1);
}

function keyOf(lengths: Lengths, rank: number, change: number): string {
  const changed = lengths.map((length, index) => (index === rank ? length + change : length));
  return changed.sort((a, b) => a - b).join();
}

function level(requests: number, servers: number): Level {
  const states = partitions(requests, servers, 0).filter(isLevel);
  return { states, indexOf: new Map(states.map((lengths, index) => [lengths.join(), index])) };
}

function isLevel(lengths: Lengths): boolean {
  return lengths.at(-1)! - lengths[0]! <= (lengths.length > 2 ? 20 : 48);
}

/** All ways to split so many requests into so many lengths that ascend from `least` on. */
function partitions(requests: number, parts: number, least: number): number[][] {
  if (parts === 1) return requests >= least ? [[requests]] : [];
  const all: number[][] = [];
  for (let first = least; first * parts <= requests; first++) {
    for (const rest of partitions(requests - first, parts - 1, first)) all.push([first, ...rest]);
  }
  return all;
}
