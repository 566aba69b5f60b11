/**
 * One look of Karpenter at the cluster: nodes that are too old go, a batch of pending pods that is
 * complete gets nodes, and when nothing is pending nodes are consolidated. Source: Karpenter
 * documentation, "Disruption" and "Scheduling".
 */
import { formatDuration } from '../../model/units.ts';
import { type Pod, type Resources, staysOnNode } from './cluster.ts';
import { nextBatch } from './karpenter-batch.ts';
import { decideDisruption, type Launch, launchOf } from './karpenter-disruption.ts';
import { schedule } from './karpenter-scheduling.ts';
import {
  type KarpenterObservation,
  type KarpenterSettings,
  type KarpenterState,
  REGISTRATION_MS,
} from './karpenter-settings.ts';
import { type PodsByNode, spaceOf } from './space.ts';

export interface KarpenterDecision {
  readonly launches: readonly Launch[];
  /** Nodes that are drained at once: too old, or taken by a disruption without a replacement. */
  readonly drains: readonly string[];
  /** Nodes that are drained once the replacements are ready. */
  readonly replaces: { readonly nodes: readonly string[]; readonly by: readonly Launch[] } | null;
  readonly unscheduled: readonly { readonly pod: string; readonly reason: string }[];
  readonly reason: string;
  readonly state: KarpenterState;
}

/**
 * Decides one look. Nodes beyond `expireAfter` go whatever the disruption budgets say.
 * Example: three pods of 1 core, the last 1 s ago; 4 cores for $0.20 and 8 for $0.30 → one of 4.
 */
export function decideKarpenter(
  settings: KarpenterSettings,
  observation: KarpenterObservation,
  before: KarpenterState,
): KarpenterDecision {
  const { nowMs, nodes } = observation;
  const podsOf = podsByNode(observation);
  const expired = expiredNodes(settings, observation);
  const goes = new Set(expired);
  const current = nodes.map((one) => (goes.has(one.name) ? { ...one, isDeleting: true } : one));
  const seen = { ...observation, nodes: current };
  const demand = demandOf(seen);
  const names = demand.map(({ name }) => name);
  const { batch, isClosed } = nextBatch(settings, nowMs, names, before.batch);
  const state = { batch, nodes: nextNodes(seen, podsOf, before) };
  const old = expired.length > 0 ? [`${expired.join(', ')} expired`] : [];
  const common = { launches: [], drains: expired, replaces: null, unscheduled: [], state };
  if (demand.length > 0) {
    if (!isClosed) {
      const words = `${demand.length} pods pending, the batch waits for more`;
      return { ...common, reason: [...old, words].join('; ') };
    }
    return { ...common, ...provision(settings, seen, podsOf, demand, old) };
  }
  return { ...common, ...consolidated(settings, seen, podsOf, state, expired) };
}

function expiredNodes(
  { pools }: KarpenterSettings,
  { nowMs, nodes }: KarpenterObservation,
): string[] {
  return nodes
    .filter((node) => {
      const life = pools.find(({ name }) => name === node.group)?.expireAfterMs;
      return !node.isDeleting && life !== undefined && nowMs - node.createdAtMs >= life;
    })
    .map(({ name }) => name);
}

/** Pending pods, and those on nodes that go. */
function demandOf({ nodes, placed, pending }: KarpenterObservation): Pod[] {
  const going = new Set(nodes.filter((node) => node.isDeleting).map(({ name }) => name));
  const moving = placed.filter(({ pod, node }) => going.has(node) && !staysOnNode(pod));
  return [...pending, ...moving.map(({ pod }) => pod)];
}

/** Since when each node has had the pods that it has. */
function nextNodes(
  { nowMs, nodes }: KarpenterObservation,
  podsOf: PodsByNode,
  before: KarpenterState,
): KarpenterState['nodes'] {
  return Object.fromEntries(
    nodes.map(({ name }) => {
      const own = podsOf.get(name) ?? [];
      const pods = own.filter((pod) => !staysOnNode(pod)).map((pod) => pod.name);
      const key = pods.sort().join(' ');
      const known = before.nodes[name];
      const changedAtMs = known?.pods === key ? known.changedAtMs : nowMs;
      return [name, { pods: key, changedAtMs }];
    }),
  );
}

function provision(
  settings: KarpenterSettings,
  seen: KarpenterObservation,
  podsOf: PodsByNode,
  demand: readonly Pod[],
  old: readonly string[],
): Pick<KarpenterDecision, 'launches' | 'unscheduled' | 'reason'> {
  const { nowMs, nodes } = seen;
  const spaces = nodes
    .filter(
      (node) => !node.isDeleting && (node.isReady || nowMs - node.createdAtMs < REGISTRATION_MS),
    )
    .map((node) => spaceOf(node, podsOf.get(node.name)));
  const { claims, unscheduled } = schedule(settings, demand, spaces, limitsLeft(settings, seen));
  const launches = claims.map(launchOf);
  const words = launches.map(({ instanceType, zone, pods }) => {
    return `${instanceType} in ${zone} for ${pods.length} pods`;
  });
  const done = launches.length > 0 ? `launches ${words.join(', ')}` : 'no node is launched';
  const failed = unscheduled.length > 0 ? [`${unscheduled.length} pods fit nothing`] : [];
  return {
    launches,
    unscheduled: unscheduled.map(({ pod, reason }) => ({ pod: pod.name, reason })),
    reason: [...old, done, ...failed].join('; '),
  };
}

/** What each pool's limits leave, of the resources that have one. */
function limitsLeft(
  { pools }: KarpenterSettings,
  { nodes }: KarpenterObservation,
): Map<string, Resources> {
  return new Map(
    pools.map(({ name, limits }) => {
      const own = nodes.filter((node) => node.group === name);
      const left = Object.entries(limits).map(([resource, most]) => {
        const used = own.reduce((sum, node) => sum + (node.allocatable[resource] ?? 0), 0);
        return [resource, most - used] as const;
      });
      return [name, Object.fromEntries(left)];
    }),
  );
}

function consolidated(
  settings: KarpenterSettings,
  seen: KarpenterObservation,
  podsOf: PodsByNode,
  state: KarpenterState,
  expired: readonly string[],
): Pick<KarpenterDecision, 'drains' | 'replaces' | 'reason'> {
  const old = expired.length > 0 ? [`${expired.join(', ')} expired`] : [];
  const found = decideDisruption(settings, seen, podsOf, state, limitsLeft(settings, seen));
  if (found === undefined) {
    const reason = [...old, 'nothing to consolidate'].join('; ');
    return { drains: expired, replaces: null, reason };
  }
  const { nodes, replacements } = found;
  const by = replacements.map(launchOf);
  const what = by.map(({ instanceType, zone }) => ` by ${instanceType} in ${zone}`).join('');
  const since = nodes.map((name) => seen.nowMs - (state.nodes[name]?.changedAtMs ?? seen.nowMs));
  const calm = formatDuration(Math.min(...since));
  const words = `${found.reason}: ${nodes.join(', ')} ${by.length > 0 ? 'replaced' : 'removed'}`;
  const reason = [...old, `${words}${what}, unchanged for ${calm}`].join('; ');
  if (by.length > 0) return { drains: expired, replaces: { nodes, by }, reason };
  return { drains: [...expired, ...nodes], replaces: null, reason };
}

function podsByNode({ placed }: KarpenterObservation): Map<string, Pod[]> {
  const pods = new Map<string, Pod[]>();
  for (const { pod, node } of placed) {
    const its = pods.get(node);
    if (its === undefined) pods.set(node, [pod]);
    else its.push(pod);
  }
  return pods;
}
