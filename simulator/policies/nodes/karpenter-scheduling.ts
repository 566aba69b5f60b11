/**
 * How Karpenter packs pods on nodes that it would launch. A launch starts with every offering that
 * would do and loses those that the next pod does not fit; the cheapest of what is left is
 * launched. Source: Karpenter `pkg/controllers/provisioning/scheduling/scheduler.go` and
 * `preferences.go`, documentation "Scheduling".
 *
 *     offerings   small  medium  large        pods of 2, 3 and 4 cores
 *     + 2 cores     x      x       x
 *     + 3 cores            x       x   ──►    the cheapest of large: 9 cores fit nothing less
 *     + 4 cores                    x
 */
import { type Taint, unwanted } from '../../model/kubernetes/taints.ts';
import { type Node, type Pod, plainNode, type Resources } from './cluster.ts';
import { misfit } from './fit.ts';
import {
  CAPACITY_TYPE,
  type CapacityType,
  HOSTNAME,
  INSTANCE_TYPE,
  type KarpenterSettings,
  type NodePool,
  ZONE,
} from './karpenter-settings.ts';
import { placeFirstFit } from './pack.ts';
import { holds } from './selectors.ts';
import { place, type Space, spaceOf } from './space.ts';
import { domainCounts, hardConstraints } from './spread.ts';

/** A kind of node that a pool may launch. */
export interface Offering {
  readonly pool: NodePool;
  readonly instanceType: string;
  readonly zone: string;
  readonly capacityType: CapacityType;
  readonly pricePerHour: number;
  readonly node: Node;
}

/** A node to be launched: what it still may be, and its pods. */
export interface Claim {
  readonly pool: NodePool;
  readonly offerings: readonly Offering[];
  readonly pods: readonly Pod[];
}

export interface Schedule {
  readonly claims: readonly Claim[];
  readonly unscheduled: readonly { readonly pod: Pod; readonly reason: string }[];
}

/** Everything that a pool may launch, by its requirements. */
export function offeringsOf({ instanceTypes }: KarpenterSettings, pool: NodePool): Offering[] {
  return instanceTypes.flatMap(({ name: instanceType, allocatable, labels, offerings }) =>
    offerings.flatMap(({ zone, capacityType, pricePerHour }) => {
      const all = {
        ...labels,
        ...pool.labels,
        [INSTANCE_TYPE]: instanceType,
        [ZONE]: zone,
        [CAPACITY_TYPE]: capacityType,
        'karpenter.sh/nodepool': pool.name,
      };
      if (!pool.requirements.every((one) => holds(one, all))) return [];
      const parts = { group: pool.name, labels: all, taints: pool.taints };
      const node = plainNode(instanceType, allocatable, parts);
      return [{ pool, instanceType, zone, capacityType, pricePerHour, node }];
    }),
  );
}

/** The cheapest offering; the first of those that cost the same. */
export function cheapest(offerings: readonly Offering[]): Offering {
  return offerings.reduce((a, b) => (b.pricePerHour < a.pricePerHour ? b : a));
}

const ANY_PREFERRED = { operator: 'Exists', effect: 'PreferNoSchedule' } as const;

interface OpenClaim {
  readonly pool: NodePool;
  offerings: readonly Offering[];
  space: Space;
}

/**
 * Puts pods, the largest first, on nodes that are there (and changes these), else on the launch
 * that has the fewest pods, else on a new launch of the pool of the highest weight.
 * @param left of each pool, what its limits leave
 */
export function schedule(
  settings: KarpenterSettings,
  pods: readonly Pod[],
  spaces: Space[],
  left: ReadonlyMap<string, Resources>,
): Schedule {
  const pools = [...settings.pools].sort((a, b) => b.weight - a.weight);
  const kinds = pools.map((pool) => ({ pool, offerings: offeringsOf(settings, pool) }));
  const phantoms = kinds.flatMap(({ offerings }) => emptyZones(offerings));
  const limits = new Map([...left].map(([name, amounts]) => [name, { ...amounts }]));
  const claims: OpenClaim[] = [];
  const unscheduled: { pod: Pod; reason: string }[] = [];
  const isRelaxing = pools.some(({ taints }) => unwanted(taints, []) > 0);

  /** Why there is no place for it among those that it bears as it is. */
  function add(pod: Pod, tolerations: Pod['tolerations']): string | undefined {
    const isWanted = ({ taints }: { readonly taints: readonly Taint[] }) =>
      unwanted(taints, tolerations) === 0;
    const all = [...spaces, ...claims.map(({ space }) => space), ...phantoms];
    const own = spaces.filter(({ node }) => isWanted(node));
    if (placeFirstFit(pod, own, all) !== undefined) return undefined;
    const byPods = claims
      .filter(({ pool }) => isWanted(pool))
      .sort((a, b) => a.space.pods.length - b.space.pods.length);
    if (byPods.some((claim) => join(claim, pod, all))) return undefined;
    const wanted = kinds.filter(({ pool }) => isWanted(pool));
    return open(wanted, pod, all, claims, limits);
  }

  for (const pod of largestFirst(pods)) {
    let reason = add(pod, pod.tolerations);
    // What is only preferred is held to as if it were not, and let go last.
    if (reason !== undefined && isRelaxing) reason = add(pod, [...pod.tolerations, ANY_PREFERRED]);
    if (reason !== undefined) unscheduled.push({ pod, reason });
  }
  return {
    claims: claims.map(({ pool, offerings, space }) => ({
      pool,
      offerings,
      pods: space.pods.filter((pod) => !pool.daemons.includes(pod)),
    })),
    unscheduled,
  };
}

/** By CPU, then by memory, as the vendor's queue has them. */
function largestFirst(pods: readonly Pod[]): Pod[] {
  const of = (pod: Pod, name: string) => pod.requests[name] ?? 0;
  return [...pods].sort((a, b) => of(b, 'cpu') - of(a, 'cpu') || of(b, 'memory') - of(a, 'memory'));
}

/** A zone without pods is a domain, too, for a node can be launched there; so is a new host. */
function emptyZones(offerings: readonly Offering[]): Space[] {
  const zones = new Map(offerings.map((offering) => [offering.zone, offering]));
  return [...zones.values()].map(({ node, zone }) =>
    spaceOf({ ...node, labels: { ...node.labels, [HOSTNAME]: `new in ${zone}` } }),
  );
}

/** What of the offerings the pod fits beside the pods of the claim; at best in one domain. */
function fitting(
  { space }: OpenClaim,
  offerings: readonly Offering[],
  pod: Pod,
  all: readonly Space[],
): readonly Offering[] {
  const others = all.filter((one) => one !== space);
  const hostname = space.node.labels[HOSTNAME]!;
  const fits = offerings.filter(({ node }) => {
    const labels = { ...node.labels, [HOSTNAME]: hostname };
    const trial: Space = { ...space, node: { ...node, labels } };
    return misfit(pod, trial, [...others, trial]) === undefined;
  });
  return hardConstraints(pod).reduce((some, constraint) => {
    const counts = domainCounts(pod, constraint, all);
    const domainOf = ({ node }: Offering) => node.labels[constraint.topologyKey] ?? '';
    const least = Math.min(...some.map((one) => counts.get(domainOf(one)) ?? 0));
    const domain = some.map(domainOf).find((one) => (counts.get(one) ?? 0) === least);
    return some.filter((one) => domainOf(one) === domain);
  }, fits);
}

function join(claim: OpenClaim, pod: Pod, all: readonly Space[]): boolean {
  const offerings = fitting(claim, claim.offerings, pod, all);
  if (offerings.length === 0) return false;
  put(claim, offerings, pod);
  return true;
}

function put(claim: OpenClaim, offerings: readonly Offering[], pod: Pod): void {
  claim.offerings = offerings;
  const { node } = offerings[0]!;
  const labels = { ...node.labels, [HOSTNAME]: claim.space.node.labels[HOSTNAME]! };
  claim.space = { ...claim.space, node: { ...node, labels } };
  place(claim.space, pod);
}

/** A new launch for the pod; or why there is none. */
function open(
  kinds: readonly { readonly pool: NodePool; readonly offerings: readonly Offering[] }[],
  pod: Pod,
  all: readonly Space[],
  claims: OpenClaim[],
  left: Map<string, Record<string, number>>,
): string | undefined {
  const reasons: string[] = [];
  for (const { pool, offerings } of kinds) {
    const rest = left.get(pool.name) ?? {};
    const affordable = offerings.filter(({ node }) =>
      Object.entries(rest).every(([name, amount]) => (node.allocatable[name] ?? 0) <= amount),
    );
    const labels = { [HOSTNAME]: `new-${claims.length}` };
    const space = spaceOf(plainNode('new', {}, { labels }), pool.daemons);
    const claim: OpenClaim = { pool, offerings: affordable, space };
    const options = fitting(claim, affordable, pod, all);
    if (options.length === 0) {
      const why = affordable.length < offerings.length ? 'limits' : 'no instance type fits';
      reasons.push(`${pool.name}: ${why}`);
      continue;
    }
    put(claim, options, pod);
    claims.push(claim);
    // The largest that it may become is taken off the limits, as the vendor does.
    for (const name of Object.keys(rest)) {
      rest[name]! -= Math.max(...options.map(({ node }) => node.allocatable[name] ?? 0));
    }
    return undefined;
  }
  return reasons.join('; ');
}
