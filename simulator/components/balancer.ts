import type { Balancing, Service } from '../model/model.ts';
import { pickLeastConnections } from '../policies/balancing/least-connections.ts';
import {
  pickLeastOfAll,
  pickLeastOfDistinct,
  pickLeastRequest,
} from '../policies/balancing/least-request.ts';
import { leastRequestWeight } from '../policies/balancing/least-request-weight.ts';
import { pickRandom, pickWeightedRandom } from '../policies/balancing/random.ts';
import { pickRoundRobin, type RoundRobinState } from '../policies/balancing/round-robin.ts';
import { slowStartRatioOfHaproxy } from '../policies/balancing/slow-start.ts';
import { byKey, hashOfKey } from './by-key.ts';
import { byPriority } from './by-priority.ts';
import { byZone } from './by-zone.ts';
import type { Seen } from './seen.ts';
import { baseWeight, weightedTurns } from './weighted-turns.ts';

/** Position of the member that gets the next request; −1 without members. */
export type Balancer = (outstanding: ArrayLike<number>, count: number) => number;

/** `below(n)` is a uniform integer in 0 … n − 1. */
export interface Chance {
  readonly below: (n: number) => number;
}

/**
 * A service's balancer: its policy and what that remembers from request to request. What goes by
 * more than the number of members and their outstanding requests needs somebody to see it.
 */
export function balancerOf(
  service: Pick<Service, 'name' | 'balancing' | 'localities'>,
  random: Chance,
  rotation: RoundRobinState = { next: 0 },
  seen?: Seen,
): Balancer {
  const below = (n: number) => random.below(n);
  const { localities } = service;
  if (localities === undefined) return pickerOf(service, below, rotation, seen);
  if (seen === undefined) throw new Error('nobody sees the zones that priorities go by');
  const make = (inside: Seen, level: number) =>
    pickerOf(level === 0 ? service : withoutZones(service), below, { next: 0 }, inside);
  const percentile = percentileOf(service, below, seen);
  return byPriority(localities, { make, below, percentile }, seen);
}

/** Zone-aware routing is for level 0 alone (Envoy). */
function withoutZones(service: Pick<Service, 'name' | 'balancing'>): typeof service {
  if (service.balancing.type !== 'zone-aware') return service;
  return { ...service, balancing: { type: 'round-robin' } };
}

/** Drawn; by its hash, where a request has a key: it is always for the same level. */
function percentileOf(
  { balancing }: Pick<Service, 'balancing'>,
  below: (n: number) => number,
  seen: Seen,
): () => number {
  if (!('keys' in balancing)) return () => below(100);
  const known = new Int8Array(balancing.keys.count).fill(-1);
  return () => {
    const key = seen.key();
    if (known[key]! < 0) known[key] = Number(hashOfKey(key) % 100n);
    return known[key]!;
  };
}

/** Among members that are all alike but for what the balancing goes by. */
function pickerOf(
  { name, balancing }: Pick<Service, 'name' | 'balancing'>,
  below: (n: number) => number,
  rotation: RoundRobinState,
  seen: Seen | undefined,
): Balancer {
  const inTurn: Balancer = (_, count) => pickRoundRobin(rotation, count);
  switch (balancing.type) {
    case 'round-robin':
      if (isPlain(balancing)) return inTurn;
      return weightedTurns(balancing, inTurn, below, sight(balancing, seen), (weight) => weight);
    case 'least-request':
      return leastRequest(balancing, below, seen);
    case 'random':
      return atRandom(balancing, below, seen);
    case 'leastconn':
      return leastConnections(balancing, rotation, seen);
    case 'least-outstanding':
      return (outstanding, count) => pickLeastOfAll(outstanding, count, below);
    case 'ring-hash':
    case 'maglev':
      return byKey(name, balancing, sight(balancing, seen));
    case 'zone-aware':
      return byZone(balancing, inTurn, below, sight(balancing, seen));
    default:
      throw new Error(`unknown balancing ${balancing satisfies never}`);
  }
}

/** Whether it goes by members and their outstanding requests alone, without weights. */
export function isPlain(balancing: Balancing): boolean {
  switch (balancing.type) {
    case 'round-robin':
      return balancing.weights === undefined && balancing.slowStart === undefined;
    case 'least-request': {
      const { weights, slowStart, bias } = balancing;
      return weights === undefined && slowStart === undefined && bias === undefined;
    }
    case 'random':
      return balancing.weights === undefined;
    case 'leastconn':
      return balancing.weights === undefined && balancing.slowStartMs === undefined;
    case 'least-outstanding':
      return true;
    default:
      return false;
  }
}

function sight({ type }: Balancing, seen: Seen | undefined): Seen {
  if (seen === undefined) throw new Error(`nobody sees what ${type} goes by`);
  return seen;
}

type Of<Type extends Balancing['type']> = Extract<Balancing, { type: Type }>;
type Below = Chance['below'];

function leastRequest(balancing: Of<'least-request'>, below: Below, seen?: Seen): Balancer {
  const { choices, replacement = true, bias = 1 } = balancing;
  const pick = replacement ? pickLeastRequest : pickLeastOfDistinct;
  const draw: Balancer = (outstanding, count) => pick(outstanding, count, choices, below);
  if (isPlain(balancing)) return draw;
  return weightedTurns(balancing, draw, below, sight(balancing, seen), (weight, outstanding) =>
    leastRequestWeight(weight, outstanding, bias),
  );
}

function atRandom(balancing: Of<'random'>, below: Below, seen?: Seen): Balancer {
  if (isPlain(balancing)) return (_, count) => pickRandom(count, below);
  const { ordinal, version } = sight(balancing, seen);
  let known = -1;
  let weights: readonly number[] = [];
  return (_, count) => {
    if (version() !== known) {
      known = version();
      weights = Array.from({ length: count }, (_, at) => baseWeight(balancing, ordinal(at)));
    }
    return pickWeightedRandom(weights, below(MOST_BELOW) / MOST_BELOW);
  };
}

/** Of one random word. */
const MOST_BELOW = 2_147_483_648;

function leastConnections(
  balancing: Of<'leastconn'>,
  rotation: RoundRobinState,
  seen?: Seen,
): Balancer {
  if (isPlain(balancing)) {
    return (outstanding, count) => pickLeastConnections(rotation, outstanding, count);
  }
  const { ordinal, ageMs } = sight(balancing, seen);
  const { slowStartMs } = balancing;
  const weightOf = (at: number) => {
    const weight = baseWeight(balancing, ordinal(at));
    return slowStartMs === undefined
      ? weight
      : weight * slowStartRatioOfHaproxy(slowStartMs, ageMs(at));
  };
  return (outstanding, count) => pickLeastConnections(rotation, outstanding, count, weightOf);
}
