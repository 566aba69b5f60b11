/**
 * The Cluster Autoscaler's command line with its defaults. Source: Cluster Autoscaler FAQ, "What
 * are the parameters to CA?", and `config/flags/flags.go`.
 */
import {
  type AutoscalerFlags,
  EXPANDERS,
  type Expander,
  namesOf,
  parseGoDuration,
} from '../../model/kubernetes/autoscaler-flags.ts';
import { type Complaint, mismatch, quoted } from '../../model/problem.ts';
import type { AutoscalerSettings, NodeGroup } from './autoscaler-settings.ts';

/** Settings with the vendor's defaults; the flags have been checked. */
export function readAutoscaler(
  flags: AutoscalerFlags,
  groups: readonly NodeGroup[],
): AutoscalerSettings {
  const ms = (text: string | undefined, otherwise: string) =>
    parseGoDuration(text ?? otherwise) ?? Number.NaN;
  const scanInterval = flags['scan-interval'] ?? '10s';
  return {
    scanIntervalMs: ms(scanInterval, '10s'),
    expanders: expandersOf(flags),
    priorities: Object.entries(flags.priorities ?? {}).map(([priority, patterns]) => ({
      priority: Number(priority),
      patterns: patterns.map((pattern) => new RegExp(pattern)),
    })),
    balanceSimilarGroups: flags['balance-similar-node-groups'] ?? false,
    enforceMinSize: flags['enforce-node-group-min-size'] ?? false,
    maxNodesTotal: flags['max-nodes-total'] ?? 0,
    maxNodesPerScaleUp: flags['max-nodes-per-scaleup'] ?? 1000,
    maxProvisionMs: ms(flags['max-node-provision-time'], '15m'),
    newPodDelayMs: ms(flags['new-pod-scale-up-delay'], '0s'),
    expendablePriorityCutoff: flags['expendable-pods-priority-cutoff'] ?? -10,
    backoffMs: {
      first: ms(flags['initial-node-group-backoff-duration'], '5m'),
      most: ms(flags['max-node-group-backoff-duration'], '30m'),
      reset: ms(flags['node-group-backoff-reset-timeout'], '3h'),
    },
    okUnreadyCount: flags['ok-total-unready-count'] ?? 3,
    maxUnreadyRatio: (flags['max-total-unready-percentage'] ?? 45) / 100,
    scaleDownEnabled: flags['scale-down-enabled'] ?? true,
    scaleDownUnreadyEnabled: flags['scale-down-unready-enabled'] ?? true,
    delayAfterAddMs: ms(flags['scale-down-delay-after-add'], '10m'),
    delayAfterDeleteMs: ms(flags['scale-down-delay-after-delete'], scanInterval),
    delayAfterFailureMs: ms(flags['scale-down-delay-after-failure'], '3m'),
    unneededMs: ms(flags['scale-down-unneeded-time'], '10m'),
    unreadyMs: ms(flags['scale-down-unready-time'], '20m'),
    utilizationThreshold: flags['scale-down-utilization-threshold'] ?? 0.5,
    gpuUtilizationThreshold: flags['scale-down-gpu-utilization-threshold'] ?? 0.5,
    gpuResource: 'nvidia.com/gpu',
    ignoreDaemonsUtilization: flags['ignore-daemonsets-utilization'] ?? false,
    ignoreMirrorsUtilization: flags['ignore-mirror-pods-utilization'] ?? false,
    maxParallelism: flags['max-scale-down-parallelism'] ?? 10,
    maxDrainParallelism: flags['max-drain-parallelism'] ?? 1,
    maxGracefulMs: (flags['max-graceful-termination-sec'] ?? 600) * 1000,
    skipSystemPods: flags['skip-nodes-with-system-pods'] ?? true,
    skipLocalStorage: flags['skip-nodes-with-local-storage'] ?? true,
    skipCustomControllers: flags['skip-nodes-with-custom-controller-pods'] ?? true,
    groups,
  };
}

function expandersOf({ expander = 'random' }: AutoscalerFlags): readonly Expander[] {
  return namesOf(expander).flatMap((name) => EXPANDERS.filter((one) => one === name));
}

/** What is wrong with the groups; paths start at the list. */
export function groupComplaints(groups: readonly NodeGroup[]): Complaint[] {
  const names = groups.map(({ name }) => name);
  return groups.flatMap(({ name, minSize, maxSize, template }, index) => {
    const complaints: Complaint[] = [];
    if (names.indexOf(name) < index) {
      complaints.push(mismatch([index, 'name'], 'a name of its own', quoted(name)));
    }
    if (minSize > maxSize) {
      const expected = `at most maxSize ${maxSize} (Cluster Autoscaler: --nodes min:max:name)`;
      complaints.push(mismatch([index, 'minSize'], expected, String(minSize)));
    }
    for (const resource of ['cpu', 'memory']) {
      if ((template.node.allocatable[resource] ?? 0) > 0) continue;
      const path = [index, 'template', 'allocatable'];
      complaints.push(mismatch(path, `some ${resource}`, 'none'));
    }
    return complaints;
  });
}
