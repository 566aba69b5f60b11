/** NodePools as Karpenter writes them. Source: Karpenter documentation, "NodePools". */

import { parseGoDuration } from '../../model/kubernetes/autoscaler-flags.ts';
import type { Labels, Taint } from '../../model/kubernetes/taints.ts';
import { type Complaint, mismatch, quoted } from '../../model/problem.ts';
import type { LabelExpression, Pod, Resources } from './cluster.ts';
import { type InstanceType, type NodePool, POOL_DEFAULTS } from './karpenter-settings.ts';

/** A NodePool's parts that are looked at, its quantities and daemons read already. */
export interface NodePoolSpec {
  readonly name: string;
  readonly weight?: number | undefined;
  readonly limits: Resources;
  readonly disruption?:
    | {
        readonly consolidationPolicy?: NodePool['consolidationPolicy'] | undefined;
        /** A duration of Go, or `Never`. */
        readonly consolidateAfter?: string | undefined;
        readonly budgets?: NodePool['budgets'] | undefined;
      }
    | undefined;
  readonly requirements?: readonly LabelExpression[] | undefined;
  readonly labels?: Labels | undefined;
  readonly taints?: readonly Taint[] | undefined;
  readonly expireAfter?: string | undefined;
  readonly daemons: readonly Pod[];
}

/** Settings of a pool with the vendor's defaults; its durations have been checked. */
export function readNodePool(spec: NodePoolSpec): NodePool {
  const { disruption } = spec;
  return {
    name: spec.name,
    weight: spec.weight ?? POOL_DEFAULTS.weight,
    requirements: spec.requirements ?? [],
    labels: spec.labels ?? {},
    taints: spec.taints ?? [],
    daemons: spec.daemons,
    limits: spec.limits,
    consolidationPolicy: disruption?.consolidationPolicy ?? POOL_DEFAULTS.consolidationPolicy,
    consolidateAfterMs: orNever(disruption?.consolidateAfter ?? '0s'),
    expireAfterMs: orNever(spec.expireAfter ?? '720h'),
    budgets: disruption?.budgets ?? POOL_DEFAULTS.budgets,
  };
}

function orNever(text: string): number | undefined {
  return text === 'Never' ? undefined : parseGoDuration(text);
}

/** What is wrong with pools; paths start at the list, keys as in `NodePoolSpec`. */
export function nodePoolComplaints(pools: readonly NodePoolSpec[]): Complaint[] {
  const names = pools.map(({ name }) => name);
  return pools.flatMap((pool, index) => [
    ...(names.indexOf(pool.name) < index
      ? [mismatch([index, 'name'], 'a name of its own', quoted(pool.name))]
      : []),
    ...durationComplaint([index, 'expireAfter'], pool.expireAfter),
    ...durationComplaint(
      [index, 'disruption', 'consolidateAfter'],
      pool.disruption?.consolidateAfter,
    ),
    ...(pool.disruption?.budgets ?? []).flatMap(({ nodes }, number) => {
      if (/^(\d{1,9}|(\d{1,2}|100)%)$/.test(nodes)) return [];
      const path = [index, 'disruption', 'budgets', number, 'nodes'];
      return [mismatch(path, 'a number or a percentage such as "10%"', quoted(nodes))];
    }),
  ]);
}

function durationComplaint(path: (string | number)[], text: string | undefined): Complaint[] {
  if (text === undefined || text === 'Never' || parseGoDuration(text) !== undefined) return [];
  return [mismatch(path, 'a duration such as 720h or 30s, or Never', quoted(text))];
}

/** What is wrong with instance types; paths start at the list. */
export function instanceTypeComplaints(types: readonly InstanceType[]): Complaint[] {
  const names = types.map(({ name }) => name);
  return types.flatMap(({ name }, index) =>
    names.indexOf(name) < index
      ? [mismatch([index, 'name'], 'a name of its own', quoted(name))]
      : [],
  );
}
