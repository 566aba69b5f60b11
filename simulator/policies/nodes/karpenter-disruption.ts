/**
 * Which nodes Karpenter gives up: empty ones together, then several for one cheaper one or none,
 * then single ones. Source: Karpenter documentation, "Disruption", and
 * `pkg/controllers/disruption/{emptiness,multinodeconsolidation,singlenodeconsolidation,
 * consolidation,helpers}.go`. Not modelled: the second look after 15 s, drift, schedules of budgets.
 */

import type { Node, Pod } from './cluster.ts';
import { budgetHindrance, budgetsLeft, podsToMove } from './drain.ts';
import {
  type Claim,
  cheapest,
  type Offering,
  offeringsOf,
  schedule,
} from './karpenter-scheduling.ts';
import {
  CAPACITY_TYPE,
  type DisruptionReason,
  INSTANCE_TYPE,
  type KarpenterObservation,
  type KarpenterSettings,
  type KarpenterState,
  type NodePool,
  REGISTRATION_MS,
  ZONE,
} from './karpenter-settings.ts';
import { copyOf, type PodsByNode, type Space, usableSpaces } from './space.ts';

/** A node that may be given up. */
interface Candidate {
  readonly node: Node;
  readonly pool: NodePool;
  readonly pods: readonly Pod[];
  /** Absent: unknown, so that nothing can be cheaper. */
  readonly offering: Offering | undefined;
  readonly cost: number;
}

/** Nodes that go, after their replacement is ready. */
export interface Disruption {
  readonly reason: DisruptionReason;
  readonly nodes: readonly string[];
  /** At most one. */
  readonly replacements: readonly Claim[];
}

export type Limits = Parameters<typeof schedule>[3];

/**
 * How many nodes of a pool may go now for a reason: the strictest budget, percentages rounded up,
 * less those that are going or not ready.
 * Example: 10 % of 11 nodes, one not ready → 1.
 */
export function allowedDisruptions(
  pool: NodePool,
  reason: DisruptionReason,
  { nowMs, nodes }: Pick<KarpenterObservation, 'nowMs' | 'nodes'>,
): number {
  const own = nodes.filter(
    (node) =>
      node.group === pool.name && (node.isReady || nowMs - node.createdAtMs >= REGISTRATION_MS),
  );
  const taken = own.filter((node) => !node.isReady || node.isDeleting).length;
  const budgets = pool.budgets.filter(
    ({ reasons }) => reasons === undefined || reasons.includes(reason),
  );
  const least = Math.min(...budgets.map(({ nodes: text }) => nodesOf(text, own.length)));
  return Math.max(0, least - taken);
}

function nodesOf(text: string, total: number): number {
  if (!text.endsWith('%')) return Number(text);
  // The product may lie one ulp above a whole number: do not let it free a node.
  return Math.ceil((Number(text.slice(0, -1)) * total) / 100 - 1e-9);
}

/** Candidates in the order of their cost: pods that have to move × share of life that is left. */
function candidatesOf(
  settings: KarpenterSettings,
  observation: KarpenterObservation,
  podsOf: PodsByNode,
  state: KarpenterState,
): Candidate[] {
  const { nowMs } = observation;
  const candidates = observation.nodes.flatMap((node): Candidate[] => {
    const pool = settings.pools.find(({ name }) => name === node.group);
    if (pool === undefined || !node.isReady || node.isDeleting || node.isKept) return [];
    const after = pool.consolidateAfterMs;
    const changedAtMs = state.nodes[node.name]?.changedAtMs ?? nowMs;
    if (after === undefined || nowMs - changedAtMs < after) return [];
    const pods = podsToMove(podsOf.get(node.name) ?? []);
    const isHeld = pods.some((pod) => pod.isNotToDisrupt);
    if (isHeld || budgetHindrance(pods, budgetsLeft(observation.budgets)) !== undefined) return [];
    const offering = offeringOf(settings, pool, node);
    return [{ node, pool, pods, offering, cost: costOf(pool, node, pods, nowMs) }];
  });
  return candidates.sort((a, b) => a.cost - b.cost);
}

function costOf(pool: NodePool, node: Node, pods: readonly Pod[], nowMs: number): number {
  const life = pool.expireAfterMs;
  const left = life === undefined ? 1 : 1 - (nowMs - node.createdAtMs) / life;
  const each = pods.map(({ priority }) => Math.max(-10, Math.min(10, 1 + priority / 33_554_432)));
  return each.reduce((sum, cost) => sum + cost, 0) * Math.max(0, Math.min(1, left));
}

function offeringOf(
  settings: KarpenterSettings,
  pool: NodePool,
  { labels }: Node,
): Offering | undefined {
  return offeringsOf(settings, pool).find(
    ({ instanceType, zone, capacityType }) =>
      instanceType === labels[INSTANCE_TYPE] &&
      zone === labels[ZONE] &&
      capacityType === labels[CAPACITY_TYPE],
  );
}

/** One disruption at a time: the first that is found in the order empty, several, single. */
export function decideDisruption(
  settings: KarpenterSettings,
  observation: KarpenterObservation,
  podsOf: PodsByNode,
  state: KarpenterState,
  left: Limits,
): Disruption | undefined {
  const all = candidatesOf(settings, observation, podsOf, state);
  const empty = within(
    all.filter(({ pods }) => pods.length === 0),
    'Empty',
    observation,
  );
  if (empty.length > 0) {
    return { reason: 'Empty', nodes: empty.map(({ node }) => node.name), replacements: [] };
  }
  const used = all.filter(
    ({ pods, pool }) => pods.length > 0 && pool.consolidationPolicy === 'WhenEmptyOrUnderutilized',
  );
  const affordable = within(used, 'Underutilized', observation);
  if (used.length === 0) return undefined;
  const spaces = usableSpaces(observation.nodes, podsOf);
  const compute = (some: readonly Candidate[]) =>
    consolidate(settings, observation, spaces, some, left);
  return severalOf(affordable, compute) ?? singleOf(used, observation, compute);
}

/** As many of each pool, in their order, as its budgets allow. */
function within(
  candidates: readonly Candidate[],
  reason: DisruptionReason,
  observation: KarpenterObservation,
): Candidate[] {
  const left = new Map<string, number>();
  return candidates.filter(({ pool }) => {
    const rest = left.get(pool.name) ?? allowedDisruptions(pool, reason, observation);
    left.set(pool.name, rest - 1);
    return rest > 0;
  });
}

const MOST_AT_ONCE = 100;

/** The longest run of the cheapest-to-move candidates that consolidates, by bisection. */
function severalOf(
  candidates: readonly Candidate[],
  compute: (some: readonly Candidate[]) => Disruption | undefined,
): Disruption | undefined {
  if (candidates.length < 2) return undefined;
  let low = 1;
  let high = candidates.length <= MOST_AT_ONCE ? candidates.length - 1 : MOST_AT_ONCE;
  let found: Disruption | undefined;
  while (low <= high) {
    const middle = Math.floor((low + high) / 2);
    const some = candidates.slice(0, middle + 1);
    const one = notOfSameType(compute(some), some);
    if (one === undefined) high = middle - 1;
    else {
      found = one;
      low = middle + 1;
    }
  }
  return found;
}

function singleOf(
  candidates: readonly Candidate[],
  observation: KarpenterObservation,
  compute: (some: readonly Candidate[]) => Disruption | undefined,
): Disruption | undefined {
  for (const candidate of candidates) {
    if (allowedDisruptions(candidate.pool, 'Underutilized', observation) === 0) continue;
    const one = compute([candidate]);
    if (one !== undefined) return one;
  }
  return undefined;
}

/** Whether the candidates' pods fit the other nodes and at most one launch that costs less. */
function consolidate(
  settings: KarpenterSettings,
  { pending }: KarpenterObservation,
  all: readonly Space[],
  candidates: readonly Candidate[],
  left: Limits,
): Disruption | undefined {
  const going = new Set(candidates.map(({ node }) => node));
  const spaces = all.filter(({ node }) => !going.has(node)).map(copyOf);
  const moving = candidates.flatMap(({ pods }) => pods);
  const { claims, unscheduled } = schedule(settings, [...moving, ...pending], spaces, left);
  if (unscheduled.some(({ pod }) => moving.includes(pod)) || claims.length > 1) return undefined;
  const names = candidates.map(({ node }) => node.name);
  const [claim] = claims;
  if (claim === undefined) return { reason: 'Underutilized', nodes: names, replacements: [] };
  const offerings = cheaperThan(settings, candidates, claim.offerings);
  if (offerings.length === 0) return undefined;
  return { reason: 'Underutilized', nodes: names, replacements: [{ ...claim, offerings }] };
}

function cheaperThan(
  { spotToSpot }: KarpenterSettings,
  candidates: readonly Candidate[],
  offerings: readonly Offering[],
): readonly Offering[] {
  let price = 0;
  for (const { offering } of candidates) {
    if (offering === undefined) return [];
    price += offering.pricePerHour;
  }
  const isSpot = ({ capacityType }: Offering) => capacityType === 'spot';
  const areAllSpot = candidates.every(({ offering }) => offering?.capacityType === 'spot');
  const cheaper = offerings.filter(({ pricePerHour }) => pricePerHour < price);
  const spot = cheaper.filter(isSpot);
  if (areAllSpot && offerings.some(isSpot)) {
    if (!spotToSpot) return [];
    // With fewer to choose from, spot nodes would be replaced again and again.
    const types = new Set(spot.map(({ instanceType }) => instanceType)).size;
    return candidates.length > 1 || types >= 15 ? spot : [];
  }
  return spot.length > 0 ? spot : cheaper;
}

/** Several nodes for one of their own types would be the same as giving up the others only. */
function notOfSameType(
  disruption: Disruption | undefined,
  candidates: readonly Candidate[],
): Disruption | undefined {
  const claim = disruption?.replacements[0];
  if (disruption === undefined || claim === undefined) return disruption;
  const types = new Set(claim.offerings.map(({ instanceType }) => instanceType));
  const prices = candidates.flatMap(({ offering }) =>
    offering !== undefined && types.has(offering.instanceType) ? [offering.pricePerHour] : [],
  );
  const most = Math.min(...prices);
  const offerings = claim.offerings.filter(({ pricePerHour }) => pricePerHour < most);
  if (offerings.length === 0) return undefined;
  return { ...disruption, replacements: [{ ...claim, offerings }] };
}

/** A claim as it is launched: its cheapest offering. */
export function launchOf({ pool, offerings, pods }: Claim): Launch {
  const { instanceType, zone, capacityType, pricePerHour } = cheapest(offerings);
  const names = pods.map(({ name }) => name);
  return { pool: pool.name, instanceType, zone, capacityType, pricePerHour, pods: names };
}

/** A node that is launched. */
export interface Launch {
  readonly pool: string;
  readonly instanceType: string;
  readonly zone: string;
  readonly capacityType: Offering['capacityType'];
  readonly pricePerHour: number;
  readonly pods: readonly string[];
}
