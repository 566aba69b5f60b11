/** Pools of nodes as groups like any other: `nodes/general` has decisions, sizes and a rule. */
import type { NodePool } from '../simulator/model/node-settings.ts';
import { formatDuration, formatMoney, significant } from '../simulator/model/units.ts';
import type { Beat } from '../simulator/policies/metric-pipeline.ts';
import { readAutoscaler } from '../simulator/policies/nodes/autoscaler-flags.ts';
import type { NodeSeries, Results, Run, ServiceSeries } from '../simulator/results/results.ts';
import { counted } from './text-clean.ts';
import { serviceNames } from './text-findings.ts';

const PREFIX = 'nodes/';
/** Of Karpenter, between two looks for nodes that can go. */
const POLLING_MS = 10_000;

/** Names of the pools of all results, as their decisions name them. */
export function poolNames(...all: readonly Results[]): string[] {
  const modelled = all.flatMap(({ model }) => model?.nodes?.map(({ name }) => name) ?? []);
  const seen = all.flatMap(({ runs }) => runs.flatMap(({ nodes = {} }) => Object.keys(nodes)));
  return [...new Set([...modelled, ...seen])].map((name) => PREFIX + name);
}

/** Services, and then pools of nodes. */
export function groupNames(...all: readonly Results[]): string[] {
  return [...serviceNames(...all), ...poolNames(...all)];
}

/** What the model says of a pool; undefined for other groups. */
export function poolOf({ model }: Results, group: string): NodePool | undefined {
  return model?.nodes?.find(({ name }) => PREFIX + name === group);
}

/** A pool in every run that has it. */
export function poolIn({ runs }: Results, group: string): NodeSeries[] {
  return runs.flatMap((run) => poolSeries(run, group) ?? []);
}

function poolSeries({ nodes = {} }: Run, group: string): NodeSeries | undefined {
  const name = group.slice(PREFIX.length);
  const isPool = group.startsWith(PREFIX) && Object.hasOwn(nodes, name);
  return isPool ? nodes[name] : undefined;
}

/**
 * Sizes of a service's group (in units, where it counts in them) or of a pool; undefined where a
 * run did not see it.
 */
export function sizesOf(
  run: Run,
  group: string,
): Pick<ServiceSeries, 'booting' | 'serving' | 'draining' | 'desired' | 'updated'> | undefined {
  if (Object.hasOwn(run.services, group)) {
    const series = run.services[group]!;
    return { ...series, ...series.mix };
  }
  const pool = poolSeries(run, group);
  if (pool === undefined) return undefined;
  const { provisioning, ready, draining, desired } = pool;
  return { booting: provisioning, serving: ready, draining, desired };
}

/** When a pool's autoscaler looks; nothing of other groups, and where there is none. */
export function poolBeats({ model }: Results, group: string): Beat[] {
  if (!group.startsWith(PREFIX) || model?.autoscaler === undefined) return [];
  const { autoscaler } = model;
  if (autoscaler.type === 'karpenter') return [{ everyMs: POLLING_MS, offsetMs: 0 }];
  return [{ everyMs: readAutoscaler(autoscaler.flags, []).scanIntervalMs, offsetMs: 0 }];
}

/** What a pool is of, and by which rule it grows and shrinks; nothing of other groups. */
export function poolWords(results: Results, group: string): string[] {
  const pool = poolOf(results, group);
  if (pool === undefined) return [];
  const { type, dollarsPerHour, min, max, cpuMillis, memoryBytes, pods } = pool;
  const cores = significant(cpuMillis / 1000);
  const gib = significant(memoryBytes / 1_073_741_824);
  const price = dollarsPerHour === undefined ? '' : `, ${formatMoney(dollarsPerHour)} an hour`;
  const each = `${cores} cores, ${gib} GiB and ${pods} pods each${price}`;
  return [
    `from ${min} to ${counted(max, 'node')}${type === undefined ? '' : ` of ${type}`}: ${each}`,
    ...scalerWords(results),
  ];
}

function scalerWords({ model }: Results): string[] {
  const autoscaler = model?.autoscaler;
  switch (autoscaler?.type) {
    case undefined:
      return ['no autoscaler: the size stays as it is'];
    case 'cluster-autoscaler': {
      const settings = readAutoscaler(autoscaler.flags, []);
      const { scanIntervalMs, expanders, unneededMs, utilizationThreshold } = settings;
      return [
        `cluster-autoscaler: scans every ${formatDuration(scanIntervalMs)}, grows for pods that ` +
          `fit nowhere (expander ${expanders.join(', ')}); a node used below ` +
          `${significant(utilizationThreshold * 100)} % whose pods fit elsewhere goes after ` +
          `${formatDuration(unneededMs)}, and none for ` +
          `${formatDuration(settings.delayAfterAddMs)} after one has come`,
        'by the Cluster Autoscaler FAQ',
      ];
    }
    case 'karpenter': {
      const { batchIdleMs, batchMaxMs, consolidationPolicy, consolidateAfterMs } = autoscaler;
      const after =
        consolidateAfterMs === undefined ? 'never' : `after ${formatDuration(consolidateAfterMs)}`;
      return [
        `karpenter: launches nodes for a batch of pods, complete when none has come for ` +
          `${formatDuration(batchIdleMs)}, or after ${formatDuration(batchMaxMs)}; consolidates ` +
          `${consolidationPolicy} ${after}`,
        'by the Karpenter documentation, "Disruption" and "Scheduling"',
      ];
    }
    default:
      throw new Error(`unknown autoscaler ${autoscaler satisfies never}`);
  }
}
