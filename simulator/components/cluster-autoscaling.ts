/** The Cluster Autoscaler on a simulated cluster: a scan every interval at which it may matter. */
import type { AutoscalerFlags } from '../model/kubernetes/autoscaler-flags.ts';
import type { NodePool } from '../model/node-settings.ts';
import { readAutoscaler } from '../policies/nodes/autoscaler-flags.ts';
import {
  type AutoscalerObservation,
  type AutoscalerSettings,
  type AutoscalerState,
  INITIAL_AUTOSCALER,
  type NodeGroup,
} from '../policies/nodes/autoscaler-settings.ts';
import type { Pod } from '../policies/nodes/cluster.ts';
import {
  type AutoscalerDecision,
  decideClusterAutoscaler,
} from '../policies/nodes/cluster-autoscaler.ts';
import {
  beatAfterTimers,
  type ClusterView,
  type NodeActions,
  type NodeScaler,
  nextBeat,
  nodeOf,
} from './node-scaler.ts';

/** @param below uniform integer in 0 … n − 1, for groups that are equally good */
export function createClusterAutoscaler(
  pools: readonly NodePool[],
  flags: AutoscalerFlags,
  below: (n: number) => number,
): NodeScaler {
  const settings = readAutoscaler(flags, pools.map(groupOf));
  const { scanIntervalMs } = settings;
  let state = INITIAL_AUTOSCALER;
  let timersMs: readonly number[] = [];
  let lastLookMs = 0;
  let isSettled = false;

  function look(view: ClusterView): NodeActions {
    const before = state;
    const observation = observationOf(pools, view);
    const decision = decideClusterAutoscaler(settings, observation, before, below);
    state = decision.state;
    lastLookMs = view.nowMs;
    // Nodes found unneeded come first in the next scan, which may change what it finds.
    isSettled = JSON.stringify(state) === JSON.stringify(before);
    timersMs = timersOf(settings, state, view);
    return actionsOf(observation, decision);
  }

  function nextMs(nowMs: number, hasChanged: boolean): number | undefined {
    if (hasChanged || !isSettled) return nextBeat(nowMs, lastLookMs, scanIntervalMs);
    return beatAfterTimers(timersMs, nowMs, lastLookMs, scanIntervalMs);
  }

  return { look, nextMs };
}

function groupOf(pool: NodePool): NodeGroup {
  return {
    name: pool.name,
    minSize: pool.min,
    maxSize: pool.max,
    pricePerHour: pool.dollarsPerHour,
    template: { node: nodeOf(pool, pool.name), daemons: [] },
  };
}

/** Nodes on their way are known by the size that was asked for alone. */
function observationOf(pools: readonly NodePool[], view: ClusterView): AutoscalerObservation {
  const sizes = pools.map(({ name }) => {
    return [name, view.nodes.filter(({ group }) => group === name).length] as const;
  });
  const going = new Set(view.nodes.filter(({ isDeleting }) => isDeleting).map(({ name }) => name));
  return {
    nowMs: view.nowMs,
    nodes: view.nodes.filter(({ isReady }) => isReady),
    placed: view.placed.map(({ pod, node, isEnding }) => ({
      pod: isEnding && going.has(node) ? withoutOwner(pod) : pod,
      node,
    })),
    pending: view.pending,
    targetSizes: Object.fromEntries(sizes),
    budgets: [],
    failedScaleUps: [],
    hasScaleDownFailed: false,
  };
}

/** It has been evicted, and replaced: nobody will make it once more. */
function withoutOwner(pod: Pod): Pod {
  return { ...pod, ownerKind: undefined };
}

function actionsOf(
  { targetSizes: before }: AutoscalerObservation,
  { targetSizes, scaleDown, reason }: AutoscalerDecision,
): NodeActions {
  const changes = Object.entries(targetSizes).map(([pool, size]) => {
    return { pool, by: size - (before[pool] ?? 0) };
  });
  return {
    launches: changes.flatMap(({ pool, by }) => Array<string>(Math.max(0, by)).fill(pool)),
    cancels: changes.flatMap(({ pool, by }) => (by < 0 ? [{ pool, nodes: -by }] : [])),
    drains: scaleDown.map(({ node, gracefulMs }) => ({ node, longestMs: gracefulMs })),
    replaces: undefined,
    reason,
  };
}

/** Moments from which on a scan of the same cluster may say something else. */
function timersOf(
  settings: AutoscalerSettings,
  state: AutoscalerState,
  { pending, nodes }: ClusterView,
): number[] {
  const { maxProvisionMs, newPodDelayMs, backoffMs, unneededMs } = settings;
  const after = (atMs: number | null, delayMs: number) => (atMs === null ? [] : [atMs + delayMs]);
  const backoffs = Object.values(state.backoffs).flatMap(({ untilMs, failedAtMs }) => [
    untilMs,
    failedAtMs + backoffMs.reset,
  ]);
  return [
    ...Object.values(state.requestedAtMs).map((atMs) => atMs + maxProvisionMs),
    ...backoffs,
    ...Object.values(state.unneededSinceMs).map((atMs) => atMs + unneededMs),
    ...after(state.lastScaleUpAtMs, settings.delayAfterAddMs),
    ...after(state.lastDeleteAtMs, settings.delayAfterDeleteMs),
    ...pending.flatMap(({ createdAtMs = 0 }) => [
      createdAtMs + YOUNG_MS,
      createdAtMs + newPodDelayMs,
    ]),
    ...nodes.flatMap((one) => (one.isReady ? [] : [one.createdAtMs + maxProvisionMs])),
  ];
}

/** See `areAllYoung`. */
const YOUNG_MS = 2000;
