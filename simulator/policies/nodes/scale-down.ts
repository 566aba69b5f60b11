/**
 * The Cluster Autoscaler's scale-down: nodes that are little used and whose pods all fit elsewhere
 * are unneeded; those that have been so for long enough go. Source: Cluster Autoscaler FAQ, "How
 * does scale-down work?", `core/scaledown/{eligibility,planner,unneeded,budgets}/`.
 */
import { formatDuration, formatPercent } from '../../model/units.ts';
import type {
  AutoscalerObservation,
  AutoscalerSettings,
  AutoscalerState,
} from './autoscaler-settings.ts';
import type { Node, Pod } from './cluster.ts';
import {
  type BudgetsLeft,
  budgetHindrance,
  budgetsLeft,
  drainHindrance,
  podsToMove,
  spendBudgets,
} from './drain.ts';
import { misfit } from './fit.ts';
import { copyOf, type PodsByNode, place, type Space, usableSpaces } from './space.ts';

/** A node that could go. */
export interface Unneeded {
  readonly node: string;
  readonly sinceMs: number;
  readonly utilizationRatio: number;
  /** Pod → node that it would fit. */
  readonly moves: Readonly<Record<string, string>>;
}

/** A node that stays, and why. */
export interface Kept {
  readonly node: string;
  readonly reason: string;
}

/** A node that goes now. */
export interface Removal {
  readonly node: string;
  readonly group: string;
  /** Whether nothing has to be evicted. */
  readonly isEmpty: boolean;
  /** Longest that its pods are given to end. */
  readonly gracefulMs: number;
  readonly moves: Readonly<Record<string, string>>;
}

export interface ScaleDown {
  readonly removals: readonly Removal[];
  readonly unneeded: readonly Unneeded[];
  readonly kept: readonly Kept[];
  readonly reason: string;
}

/**
 * Share of the allocatable resources that is requested: the larger of CPU and memory, on a node
 * with a GPU that of the GPU alone.
 * Example: 1 of 4 cores and 12 of 16 GiB → 0.75.
 */
export function utilizationOf(
  settings: AutoscalerSettings,
  node: Node,
  pods: readonly Pod[],
): number {
  const of = (name: string) => ratioOf(settings, node, pods, name);
  const hasGpu = (node.allocatable[settings.gpuResource] ?? 0) > 0;
  return hasGpu ? of(settings.gpuResource) : Math.max(of('cpu'), of('memory'));
}

function ratioOf(
  settings: AutoscalerSettings,
  node: Node,
  pods: readonly Pod[],
  name: string,
): number {
  let used = 0;
  let leftOut = 0;
  for (const { ownerKind, requests } of pods) {
    const isIgnored =
      (settings.ignoreDaemonsUtilization && ownerKind === 'DaemonSet') ||
      (settings.ignoreMirrorsUtilization && ownerKind === 'Node');
    if (isIgnored) leftOut += requests[name] ?? 0;
    else used += requests[name] ?? 0;
  }
  const whole = (node.allocatable[name] ?? 0) - leftOut;
  return whole > 0 ? used / whole : 0;
}

/** Why a node is no candidate at all; undefined when it is one. */
function ineligible(
  settings: AutoscalerSettings,
  node: Node,
  pods: readonly Pod[],
): string | undefined {
  if (node.isDeleting) return 'is being deleted';
  if (node.isKept) return 'scale-down is disabled for it';
  if (!settings.groups.some(({ name }) => name === node.group)) return 'is in no node group';
  if (!node.isReady && !settings.scaleDownUnreadyEnabled) return 'is not ready';
  const utilization = utilizationOf(settings, node, pods);
  const hasGpu = (node.allocatable[settings.gpuResource] ?? 0) > 0;
  const threshold = hasGpu ? settings.gpuUtilizationThreshold : settings.utilizationThreshold;
  if (utilization < threshold) return undefined;
  return `used to ${formatPercent(utilization)}, threshold ${formatPercent(threshold)}`;
}

/**
 * Nodes that are unneeded now. They are tried one after the other, empty ones first, then those
 * that were unneeded before; each that can go takes its room with it, so that all of them could go.
 * Pods that would have come to a node before it is tried go on with its own.
 */
export function findUnneeded(
  settings: AutoscalerSettings,
  observation: AutoscalerObservation,
  podsOf: PodsByNode,
  state: AutoscalerState,
): { readonly unneeded: readonly Unneeded[]; readonly kept: readonly Kept[] } {
  const { nowMs, nodes } = observation;
  const kept: Kept[] = [];
  const found: { readonly node: Node; readonly own: readonly Pod[] }[] = [];
  const destinations = new Map<Pod, string>();
  const budgets = budgetsLeft(observation.budgets);
  let spaces = usableSpaces(nodes, podsOf);
  for (const node of candidates(settings, observation, podsOf, state, kept)) {
    const own = podsToMove(podsOf.get(node.name) ?? []);
    const space = spaces.find((one) => one.node === node);
    const leaving = space === undefined ? own : podsToMove(space.pods);
    const elsewhere = spaces.filter((one) => one !== space);
    const after = hindranceOf(settings, own, budgets) ?? moveAll(leaving, elsewhere, destinations);
    if (typeof after === 'string') {
      kept.push({ node: node.name, reason: after });
      continue;
    }
    spaces = after;
    spendBudgets(own, budgets);
    found.push({ node, own });
  }
  const unneeded = found.map(({ node, own }) => ({
    node: node.name,
    sinceMs: state.unneededSinceMs[node.name] ?? nowMs,
    utilizationRatio: utilizationOf(settings, node, podsOf.get(node.name) ?? []),
    moves: Object.fromEntries(own.map((pod) => [pod.name, destinations.get(pod)!])),
  }));
  return { unneeded, kept };
}

function candidates(
  settings: AutoscalerSettings,
  { nodes }: AutoscalerObservation,
  podsOf: PodsByNode,
  state: AutoscalerState,
  kept: Kept[],
): readonly Node[] {
  const eligible = nodes.filter((node) => {
    const reason = ineligible(settings, node, podsOf.get(node.name) ?? []);
    if (reason !== undefined) kept.push({ node: node.name, reason });
    return reason === undefined;
  });
  const rank = ({ name }: Node) => {
    const isEmpty = podsToMove(podsOf.get(name) ?? []).length === 0;
    return isEmpty ? 0 : state.unneededSinceMs[name] === undefined ? 2 : 1;
  };
  return eligible.sort((a, b) => rank(a) - rank(b));
}

function hindranceOf(
  settings: AutoscalerSettings,
  pods: readonly Pod[],
  budgets: BudgetsLeft,
): string | undefined {
  for (const pod of pods) {
    const hindrance = drainHindrance(pod, settings, budgets);
    if (hindrance !== undefined) return hindrance;
  }
  return budgetHindrance(pods, budgets);
}

/** The other nodes with all of the pods on them, noted where; or which pod fits none of them. */
function moveAll(
  pods: readonly Pod[],
  elsewhere: readonly Space[],
  destinations: Map<Pod, string>,
): string | Space[] {
  const spaces = [...elsewhere];
  const moved: [Pod, string][] = [];
  for (const pod of pods) {
    const index = spaces.findIndex((one) => misfit(pod, one, spaces) === undefined);
    if (index < 0) return `${pod.name} fits no other node`;
    // Only what changes is copied: with many nodes that is most of the work.
    const space = copyOf(spaces[index]!);
    place(space, pod);
    spaces[index] = space;
    moved.push([pod, space.node.name]);
  }
  for (const [pod, name] of moved) destinations.set(pod, name);
  return spaces;
}

/** Why nothing may be removed at all now; undefined when it may. Delays end when they are over. */
export function cooldownReason(
  settings: AutoscalerSettings,
  state: AutoscalerState,
  nowMs: number,
): string | undefined {
  const delays: readonly [string, number | null, number][] = [
    ['an addition', state.lastScaleUpAtMs, settings.delayAfterAddMs],
    ['a failure', state.lastFailureAtMs, settings.delayAfterFailureMs],
    ['a deletion', state.lastDeleteAtMs, settings.delayAfterDeleteMs],
  ];
  for (const [what, atMs, delayMs] of delays) {
    if (atMs === null || atMs + delayMs <= nowMs) continue;
    return `cools down after ${what} for ${formatDuration(atMs + delayMs - nowMs)} more`;
  }
  return undefined;
}

/**
 * Removes unneeded nodes whose time is over, empty ones first, within the limits of the groups and
 * of how many may go at once. Nodes unneeded for exactly the time stay until the next scan.
 */
export function decideScaleDown(
  settings: AutoscalerSettings,
  observation: AutoscalerObservation,
  podsOf: PodsByNode,
  state: AutoscalerState,
): ScaleDown {
  const { unneeded, kept: hindered } = findUnneeded(settings, observation, podsOf, state);
  const kept = [...hindered];
  const cooldown = cooldownReason(settings, state, observation.nowMs);
  if (cooldown !== undefined) return { removals: [], unneeded, kept, reason: cooldown };
  const deleting = observation.nodes.filter((node) => node.isDeleting);
  const draining = deleting.filter(
    ({ name }) => podsToMove(podsOf.get(name) ?? []).length > 0,
  ).length;
  const sizes = new Map(
    settings.groups.map(({ name }) => [
      name,
      (observation.targetSizes[name] ?? 0) - deleting.filter(({ group }) => group === name).length,
    ]),
  );
  let atOnce = settings.maxParallelism - deleting.length;
  let drainsAtOnce = settings.maxDrainParallelism - draining;
  const removals: Removal[] = [];
  for (const one of emptyFirst(unneeded)) {
    const node = observation.nodes.find(({ name }) => name === one.node)!;
    const isEmpty = Object.keys(one.moves).length === 0;
    const reason =
      notYet(settings, node, one, observation.nowMs) ??
      groupMinimum(settings, node, sizes) ??
      (atOnce <= 0 ? `${settings.maxParallelism} nodes go at once at most` : undefined) ??
      (!isEmpty && drainsAtOnce <= 0
        ? `${settings.maxDrainParallelism} nodes are drained at once at most`
        : undefined);
    if (reason !== undefined) {
      kept.push({ node: one.node, reason });
      continue;
    }
    sizes.set(node.group!, sizes.get(node.group!)! - 1);
    atOnce--;
    if (!isEmpty) drainsAtOnce--;
    removals.push(removalOf(settings, node, podsOf, one, isEmpty));
  }
  return { removals, unneeded, kept, reason: wordsOf(removals, unneeded) };
}

function emptyFirst(unneeded: readonly Unneeded[]): readonly Unneeded[] {
  const rank = ({ moves }: Unneeded) => (Object.keys(moves).length === 0 ? 0 : 1);
  return [...unneeded].sort((a, b) => rank(a) - rank(b));
}

function notYet(
  { unneededMs, unreadyMs }: AutoscalerSettings,
  { isReady }: Node,
  { sinceMs }: Unneeded,
  nowMs: number,
): string | undefined {
  const dueMs = sinceMs + (isReady ? unneededMs : unreadyMs);
  if (dueMs < nowMs) return undefined;
  return `unneeded for ${formatDuration(nowMs - sinceMs)}, ${formatDuration(dueMs - nowMs)} to go`;
}

function groupMinimum(
  { groups }: AutoscalerSettings,
  { group }: Node,
  sizes: ReadonlyMap<string, number>,
): string | undefined {
  const { name, minSize } = groups.find((one) => one.name === group)!;
  return sizes.get(name)! > minSize ? undefined : `${name} is at its minimum of ${minSize}`;
}

function removalOf(
  { maxGracefulMs }: AutoscalerSettings,
  node: Node,
  podsOf: PodsByNode,
  { moves }: Unneeded,
  isEmpty: boolean,
): Removal {
  const graces = podsToMove(podsOf.get(node.name) ?? []).map(({ gracePeriodMs }) => gracePeriodMs);
  const gracefulMs = Math.min(maxGracefulMs, Math.max(0, ...graces));
  return { node: node.name, group: node.group!, isEmpty, gracefulMs, moves };
}

function wordsOf(removals: readonly Removal[], unneeded: readonly Unneeded[]): string {
  if (removals.length > 0) {
    const words = removals.map(({ node, isEmpty }) => `${node} (${isEmpty ? 'empty' : 'drained'})`);
    return `removes ${words.join(', ')}`;
  }
  return unneeded.length === 0 ? 'no node is unneeded' : `${unneeded.length} nodes are unneeded`;
}
