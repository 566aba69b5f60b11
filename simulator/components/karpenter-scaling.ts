/** Karpenter on a simulated cluster: batches of pending pods, and a look for what can go. */
import type { KarpenterOptions, NodePool } from '../model/node-settings.ts';
import { decideKarpenter, type KarpenterDecision } from '../policies/nodes/karpenter.ts';
import {
  INITIAL_KARPENTER,
  type KarpenterObservation,
  type NodePool as KarpenterPool,
  type KarpenterSettings,
  POOL_DEFAULTS,
  REGISTRATION_MS,
} from '../policies/nodes/karpenter-settings.ts';
import {
  allocatableOf,
  beatAfterTimers,
  type ClusterView,
  type NodeActions,
  type NodeScaler,
  nextBeat,
  POOL_LABEL,
  typeOf,
} from './node-scaler.ts';

/**
 * Between two looks for nodes that can go. Source: Karpenter
 * `pkg/controllers/disruption/controller.go` (pollingPeriod).
 */
const POLLING_MS = 10_000;

export function createKarpenter(pools: readonly NodePool[], options: KarpenterOptions): NodeScaler {
  const settings = settingsOf(pools, options);
  let state = INITIAL_KARPENTER;
  let timersMs: readonly number[] = [];
  let lastLookMs = 0;
  let isSettled = false;

  function look(view: ClusterView): NodeActions {
    const before = state;
    const decision = decideKarpenter(settings, observationOf(view), before);
    state = decision.state;
    lastLookMs = view.nowMs;
    isSettled = JSON.stringify(state) === JSON.stringify(before);
    timersMs = timersOf(options, view);
    return actionsOf(decision);
  }

  function nextMs(nowMs: number, hasChanged: boolean, isPending: boolean): number | undefined {
    const { batch } = state;
    if (batch !== null) {
      const { batchIdleMs, batchMaxMs } = settings;
      // A pod that has come since is seen at once: it starts the idle time again.
      if (hasChanged) return nowMs;
      return Math.max(nowMs, Math.min(batch.lastAtMs + batchIdleMs, batch.firstAtMs + batchMaxMs));
    }
    if (isPending && hasChanged) return nowMs;
    // While pods are pending nothing is consolidated.
    if (hasChanged || !(isSettled || isPending)) return nextBeat(nowMs, lastLookMs, POLLING_MS);
    return beatAfterTimers(timersMs, nowMs, lastLookMs, POLLING_MS);
  }

  /** From which on the same cluster may be seen otherwise. */
  function timersOf(
    { consolidateAfterMs, expireAfterMs }: KarpenterOptions,
    { nodes }: ClusterView,
  ): number[] {
    return nodes.flatMap(({ name, createdAtMs, isReady }) => {
      const changedAtMs = state.nodes[name]?.changedAtMs ?? 0;
      return [
        ...(consolidateAfterMs === undefined ? [] : [changedAtMs + consolidateAfterMs]),
        ...(expireAfterMs === undefined ? [] : [createdAtMs + expireAfterMs]),
        ...(isReady ? [] : [createdAtMs + REGISTRATION_MS]),
      ];
    });
  }

  return { look, nextMs };
}

function settingsOf(pools: readonly NodePool[], options: KarpenterOptions): KarpenterSettings {
  return {
    batchIdleMs: options.batchIdleMs,
    batchMaxMs: options.batchMaxMs,
    spotToSpot: false,
    pools: pools.map((pool) => poolOf(pool, options)),
    instanceTypes: pools.map((pool) => ({
      name: typeOf(pool),
      allocatable: allocatableOf(pool),
      labels: {},
      offerings: [
        { zone: pool.name, capacityType: 'on-demand', pricePerHour: pool.dollarsPerHour ?? 0 },
      ],
    })),
  };
}

/** A pool has one kind of node, and a most of them. */
function poolOf(
  { name, max, labels = {}, taints = [] }: NodePool,
  options: KarpenterOptions,
): KarpenterPool {
  return {
    ...POOL_DEFAULTS,
    name,
    labels,
    taints,
    weight: options.weights[name] ?? 0,
    requirements: [{ key: POOL_LABEL, operator: 'In', values: [name] }],
    limits: { nodes: max },
    consolidationPolicy: options.consolidationPolicy,
    consolidateAfterMs: options.consolidateAfterMs,
    expireAfterMs: options.expireAfterMs,
    budgets: options.budgets,
  };
}

/** Pods that end on nodes that go have been replaced: they need no place any more. */
function observationOf({ nowMs, nodes, placed, pending }: ClusterView): KarpenterObservation {
  const going = new Set(nodes.filter(({ isDeleting }) => isDeleting).map(({ name }) => name));
  const staying = placed.filter(({ node, isEnding }) => !(isEnding && going.has(node)));
  return { nowMs, nodes, placed: staying, pending, budgets: [] };
}

function actionsOf({ launches, drains, replaces, reason }: KarpenterDecision): NodeActions {
  const poolsOf = (all: KarpenterDecision['launches']) => all.map(({ pool }) => pool);
  return {
    launches: poolsOf(launches),
    cancels: [],
    drains: drains.map((node) => ({ node, longestMs: Number.POSITIVE_INFINITY })),
    replaces: replaces === null ? undefined : { nodes: replaces.nodes, by: poolsOf(replaces.by) },
    reason,
  };
}
