/**
 * The Cluster Autoscaler's scale-up: pods that fit no node, neither one that is there nor one that
 * is to come, are packed on a template of each group; an expander picks the group. Source: Cluster
 * Autoscaler FAQ, "How does scale-up work?", `core/scaleup/orchestrator/orchestrator.go`.
 */
import { formatDuration } from '../../model/units.ts';
import type {
  AutoscalerObservation,
  AutoscalerSettings,
  NodeGroup,
} from './autoscaler-settings.ts';
import { type Pod, staysOnNode } from './cluster.ts';
import { type Option, pickOption } from './expander.ts';
import { misfit } from './fit.ts';
import { estimate, groupAlike, newSpace, placeFirstFit } from './pack.ts';
import type { Requests } from './scale-up-requests.ts';
import { upcoming } from './scale-up-requests.ts';
import { copyOf, type PodsByNode, type Space, usableSpaces } from './space.ts';

/** A group that grows. */
export interface Growth {
  readonly group: string;
  readonly nodes: number;
  readonly from: number;
  readonly to: number;
  /** Pods for which it grows, where they are known. */
  readonly pods: readonly string[];
}

export interface ScaleUp {
  readonly growths: readonly Growth[];
  /** Pods that no group can help, and why. */
  readonly unhelped: readonly { readonly pod: string; readonly reason: string }[];
  /** Pods that wait for nodes that are on the way. */
  readonly waiting: readonly string[];
  readonly reason: string;
}

/** Pods younger than this, all of them: more are likely to come, the next scan takes them all. */
const YOUNG_MS = 2000;

/** Pending pods that count: not expendable and old enough; and those of nodes being drained. */
export function podsToHelp(
  settings: AutoscalerSettings,
  { nowMs, nodes, placed, pending }: AutoscalerObservation,
): Pod[] {
  const drained = new Set(nodes.filter((node) => node.isDeleting).map(({ name }) => name));
  const evicted = placed
    .filter(({ pod, node }) => drained.has(node) && !staysOnNode(pod) && pod.ownerKind)
    .map(({ pod }) => pod);
  const counting = pending.filter(
    ({ priority, createdAtMs }) =>
      priority >= settings.expendablePriorityCutoff &&
      nowMs - (createdAtMs ?? 0) >= settings.newPodDelayMs,
  );
  return [...evicted, ...counting].sort((a, b) => b.priority - a.priority);
}

/** Whether all of the pods are only just there. */
export function areAllYoung(pods: readonly Pod[], nowMs: number): boolean {
  return pods.every(
    ({ createdAtMs }) => createdAtMs !== undefined && nowMs - createdAtMs < YOUNG_MS,
  );
}

/** Nodes that are there and nodes that are to come, empty, from their group's template. */
export function spacesAhead(
  settings: AutoscalerSettings,
  observation: AutoscalerObservation,
  podsOf: PodsByNode,
  { targetSizes }: Requests,
): Space[] {
  const spaces = usableSpaces(observation.nodes, podsOf);
  for (const { name, template } of settings.groups) {
    const count = upcoming(settings, observation, name, targetSizes[name] ?? 0);
    for (let number = 0; number < count; number++) {
      const { node } = template;
      const name = `${node.name}-upcoming`;
      spaces.push(newSpace({ ...template, node: { ...node, name } }, number));
    }
  }
  return spaces;
}

/**
 * Decides which groups grow, and by how much.
 *
 * @param below uniform integer in 0 … n − 1, for options that are equally good
 * Example: one pod of 3 cores, no room, groups of 2 and of 4 cores → the second grows by 1.
 */
export function decideScaleUp(
  settings: AutoscalerSettings,
  observation: AutoscalerObservation,
  podsOf: PodsByNode,
  requests: Requests,
  below: (n: number) => number,
): ScaleUp {
  const helped = podsToHelp(settings, observation);
  const ahead = spacesAhead(settings, observation, podsOf, requests);
  const isThere = usableSpaces(observation.nodes, podsOf).length;
  const trial = ahead.map(copyOf);
  const unschedulable: Pod[] = [];
  const waiting: string[] = [];
  for (const pod of helped) {
    const space = placeFirstFit(pod, trial);
    if (space === undefined) unschedulable.push(pod);
    else if (trial.indexOf(space) >= isThere) waiting.push(pod.name);
  }
  const none = { growths: [], unhelped: [], waiting };
  if (unschedulable.length === 0) return { ...none, reason: wordsOfNone(helped, waiting) };
  if (areAllYoung(unschedulable, observation.nowMs)) {
    const reason = `${unschedulable.length} pods are younger than 2 s: the next scan takes them`;
    return { ...none, reason };
  }
  return { ...grow(settings, observation, requests, trial, unschedulable, below), waiting };
}

function wordsOfNone(helped: readonly Pod[], waiting: readonly string[]): string {
  if (waiting.length > 0) return `${waiting.length} pods wait for nodes that are on the way`;
  return helped.length === 0 ? 'no pod is pending' : 'every pending pod fits a node';
}

/** Why a group may not grow now; undefined when it may. */
export function groupHindrance(
  settings: AutoscalerSettings,
  { name, maxSize }: NodeGroup,
  { targetSizes, backoffs }: Pick<Requests, 'targetSizes' | 'backoffs'>,
  nowMs: number,
): string | undefined {
  if ((targetSizes[name] ?? 0) >= maxSize) return `at its maximum of ${maxSize}`;
  const untilMs = backoffs[name]?.untilMs ?? nowMs;
  if (untilMs > nowMs) return `backed off for ${formatDuration(untilMs - nowMs)} more`;
  if (nodesLeft(settings, targetSizes) === 0) return `max-nodes-total ${settings.maxNodesTotal}`;
  return undefined;
}

function nodesLeft(settings: AutoscalerSettings, targetSizes: Requests['targetSizes']): number {
  if (settings.maxNodesTotal === 0) return Number.POSITIVE_INFINITY;
  const total = Object.values(targetSizes).reduce((sum, size) => sum + size, 0);
  return Math.max(0, settings.maxNodesTotal - total);
}

function grow(
  settings: AutoscalerSettings,
  { nowMs }: AutoscalerObservation,
  requests: Requests,
  ahead: readonly Space[],
  pods: readonly Pod[],
  below: (n: number) => number,
): Omit<ScaleUp, 'waiting'> {
  const hindrances = new Map<string, string>();
  const options: Option[] = [];
  for (const group of settings.groups) {
    const hindrance = groupHindrance(settings, group, requests, nowMs);
    if (hindrance !== undefined) hindrances.set(group.name, hindrance);
    else options.push(optionOf(settings, group, requests, ahead, pods));
  }
  const useful = options.filter(({ estimate: { nodes } }) => nodes > 0);
  const picked = pickOption(useful, settings.expanders, settings.priorities, below);
  const helped = new Set(picked?.estimate.pods);
  const left = pods.filter((pod) => !helped.has(pod));
  const unhelped = left
    .filter((pod) => !useful.some(({ estimate: { pods: its } }) => its.includes(pod)))
    .map((pod) => ({ pod: pod.name, reason: whyNot(settings, hindrances, ahead, pod) }));
  if (picked === undefined) {
    return { growths: [], unhelped, reason: `no group can help ${pods.length} pending pods` };
  }
  const growths = shareOut(settings, requests, picked, nowMs);
  const words = growths.map(({ group, from, to }) => `${group} ${from} → ${to}`).join(', ');
  const count = picked.estimate.pods.length;
  const reason = `${count} of ${pods.length} unschedulable pods (${settings.expanders.join(', ')})`;
  return { growths, unhelped, reason: `${words} for ${reason}` };
}

function optionOf(
  settings: AutoscalerSettings,
  { name, maxSize, pricePerHour, template }: NodeGroup,
  { targetSizes }: Requests,
  ahead: readonly Space[],
  pods: readonly Pod[],
): Option {
  const room = settings.balanceSimilarGroups
    ? roomOfSimilar(settings, name, targetSizes)
    : maxSize - (targetSizes[name] ?? 0);
  const most = Math.min(room, settings.maxNodesPerScaleUp, nodesLeft(settings, targetSizes));
  const fitting = groupAlike(pods)
    .filter((group) => fitsTemplate(group[0], template, ahead))
    .flat();
  return {
    group: name,
    template,
    pricePerHour,
    estimate: estimate(fitting, template, ahead, most),
  };
}

function fitsTemplate(pod: Pod, template: NodeGroup['template'], ahead: readonly Space[]): boolean {
  const space = newSpace(template, 0);
  return misfit(pod, space, [...ahead, space]) === undefined;
}

function whyNot(
  settings: AutoscalerSettings,
  hindrances: ReadonlyMap<string, string>,
  ahead: readonly Space[],
  pod: Pod,
): string {
  const reasons = settings.groups.map(({ name, template }) => {
    const space = newSpace(template, 0);
    const why = misfit(pod, space, [...ahead, space]) ?? hindrances.get(name) ?? 'too few nodes';
    return `${name}: ${why}`;
  });
  return reasons.join('; ');
}

/** Groups of the same resources, taints and labels but for zone and host name. */
function similarTo({ groups }: AutoscalerSettings, name: string): readonly NodeGroup[] {
  const kind = kindOf(groups.find((group) => group.name === name)!);
  return groups.filter((group) => kindOf(group) === kind);
}

const PLACES = ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'];

function kindOf({ template }: NodeGroup): string {
  const { allocatable, labels, taints } = template.node;
  const sorted = (map: Readonly<Record<string, unknown>>) =>
    Object.entries(map)
      .filter(([key]) => !PLACES.includes(key))
      .sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([sorted(allocatable), sorted(labels), taints]);
}

function roomOfSimilar(
  settings: AutoscalerSettings,
  name: string,
  targetSizes: Requests['targetSizes'],
): number {
  return similarTo(settings, name).reduce(
    (sum, group) => sum + Math.max(0, group.maxSize - (targetSizes[group.name] ?? 0)),
    0,
  );
}

/** The new nodes, on the picked group or one after the other on the smallest similar one. */
function shareOut(
  settings: AutoscalerSettings,
  requests: Requests,
  { group, estimate: { nodes, pods } }: Option,
  nowMs: number,
): Growth[] {
  const able = settings.balanceSimilarGroups
    ? similarTo(settings, group).filter(
        (one) => groupHindrance(settings, one, requests, nowMs) === undefined,
      )
    : settings.groups.filter(({ name }) => name === group);
  const sizes = new Map(able.map(({ name }) => [name, requests.targetSizes[name] ?? 0]));
  for (let count = 0; count < nodes; count++) {
    const open = able.filter(({ name, maxSize }) => sizes.get(name)! < maxSize);
    if (open.length === 0) break;
    const smallest = open.reduce((a, b) => (sizes.get(b.name)! < sizes.get(a.name)! ? b : a));
    sizes.set(smallest.name, sizes.get(smallest.name)! + 1);
  }
  const names = pods.map(({ name }) => name);
  return able.flatMap(({ name }) => {
    const from = requests.targetSizes[name] ?? 0;
    const to = sizes.get(name)!;
    return to > from ? [{ group: name, nodes: to - from, from, to, pods: names }] : [];
  });
}
