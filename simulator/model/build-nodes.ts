/** Checked node pools, pods and autoscalers → numbers, with the vendors' defaults. */
import { checked, distribution } from './build-units.ts';
import { parseGoDuration } from './kubernetes/autoscaler-flags.ts';
import { placeMisfit } from './kubernetes/taints.ts';
import type { Model } from './model.ts';
import type {
  KarpenterDocument,
  ModelDocument,
  NodeAutoscalerDocument,
  NodePoolDocument,
  ServiceDocument,
} from './model-document.ts';
import type { KarpenterOptions, NodeAutoscaler, NodePool, PodPlacement } from './node-settings.ts';
import { parseMemory, parsePrice } from './units.ts';

/** Pods that a node takes when it does not say (kubelet: maxPods). */
const PODS = 110;

/** Pools by name; nothing of a document without any. */
export function buildNodes({
  nodes = {},
  autoscaler,
}: ModelDocument): Pick<Model, 'nodes' | 'autoscaler'> {
  const pools = Object.entries(nodes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, document]) => poolOf(name, document));
  if (pools.length === 0) return {};
  return {
    nodes: pools,
    ...(autoscaler !== undefined && { autoscaler: autoscalerOf(autoscaler) }),
  };
}

function poolOf(name: string, document: NodePoolDocument): NodePool {
  const { type, cpu, memory, pods = PODS, price, min = 0, start = min, max = start } = document;
  const { labels, taints } = document;
  return {
    name,
    type,
    dollarsPerHour: price === undefined ? undefined : checked(parsePrice(price), price),
    cpuMillis: millisOf(cpu),
    memoryBytes: bytesOf(memory),
    pods,
    min,
    max,
    start,
    provision: distribution(document.provision ?? '0s'),
    ...(labels !== undefined && { labels }),
    ...(taints !== undefined && { taints }),
  };
}

type Pools = NonNullable<ModelDocument['nodes']>;

/**
 * What a service's pods ask for, and where they may be; nothing where it has none. The rules have
 * seen to it that they say what they ask for, and fit a pool.
 */
export function podPlacement(
  on: NonNullable<ServiceDocument['on']>,
  pools: Pools,
): { readonly pod?: PodPlacement } {
  const { nodes, 'node-selector': nodeSelector, tolerations } = on;
  if ((nodes ?? nodeSelector ?? tolerations) === undefined) return {};
  const named = typeof nodes === 'string' ? [nodes] : [...(nodes ?? Object.keys(pools).sort())];
  const choice = {
    ...(nodeSelector !== undefined && { nodeSelector }),
    ...(tolerations !== undefined && { tolerations }),
  };
  return {
    pod: {
      pools: named.filter((name) => placeMisfit(pools[name] ?? {}, choice) === undefined),
      cpuMillis: millisOf(checked(on.cpu, 'cpu')),
      memoryBytes: bytesOf(on.memory ?? ''),
      ...choice,
    },
  };
}

function millisOf(cores: number): number {
  return Math.round(cores * 1000);
}

function bytesOf(text: string): number {
  return checked(parseMemory(text), text);
}

function autoscalerOf(document: NodeAutoscalerDocument): NodeAutoscaler {
  if (document === 'karpenter') return { type: 'karpenter', ...karpenterOptions({}) };
  if (typeof document === 'string') return { type: 'cluster-autoscaler', flags: {} };
  if ('karpenter' in document) {
    return { type: 'karpenter', ...karpenterOptions(document.karpenter) };
  }
  return { type: 'cluster-autoscaler', flags: document['cluster-autoscaler'] };
}

function karpenterOptions(document: KarpenterDocument): KarpenterOptions {
  const { disruption = {}, expireAfter = '720h', weight = {} } = document;
  const { consolidateAfter = '0s' } = disruption;
  return {
    batchIdleMs: goMs(document['batch-idle-duration'] ?? '1s'),
    batchMaxMs: goMs(document['batch-max-duration'] ?? '10s'),
    consolidationPolicy: disruption.consolidationPolicy ?? 'WhenEmptyOrUnderutilized',
    ...(consolidateAfter !== 'Never' && { consolidateAfterMs: goMs(consolidateAfter) }),
    ...(expireAfter !== 'Never' && { expireAfterMs: goMs(expireAfter) }),
    budgets: disruption.budgets ?? [{ nodes: '10%' }],
    weights: weight,
  };
}

function goMs(text: string): number {
  return checked(parseGoDuration(text), text);
}
