/**
 * The Cluster Autoscaler's command line, in its names. Source: Cluster Autoscaler FAQ, "What are
 * the parameters to CA?", and `config/flags/flags.go`.
 */
import { type Complaint, mismatch, quoted, unknown } from '../problem.ts';

export type Expander = 'random' | 'most-pods' | 'least-waste' | 'price' | 'priority';

/** Durations as Go writes them, such as `10m0s`. */
export interface AutoscalerFlags {
  readonly 'scan-interval'?: string | undefined;
  readonly expander?: string | undefined;
  readonly 'balance-similar-node-groups'?: boolean | undefined;
  readonly 'enforce-node-group-min-size'?: boolean | undefined;
  readonly 'max-nodes-total'?: number | undefined;
  readonly 'max-nodes-per-scaleup'?: number | undefined;
  readonly 'max-node-provision-time'?: string | undefined;
  readonly 'new-pod-scale-up-delay'?: string | undefined;
  readonly 'expendable-pods-priority-cutoff'?: number | undefined;
  readonly 'initial-node-group-backoff-duration'?: string | undefined;
  readonly 'max-node-group-backoff-duration'?: string | undefined;
  readonly 'node-group-backoff-reset-timeout'?: string | undefined;
  readonly 'ok-total-unready-count'?: number | undefined;
  readonly 'max-total-unready-percentage'?: number | undefined;
  readonly 'scale-down-enabled'?: boolean | undefined;
  readonly 'scale-down-unready-enabled'?: boolean | undefined;
  readonly 'scale-down-delay-after-add'?: string | undefined;
  readonly 'scale-down-delay-after-delete'?: string | undefined;
  readonly 'scale-down-delay-after-failure'?: string | undefined;
  readonly 'scale-down-unneeded-time'?: string | undefined;
  readonly 'scale-down-unready-time'?: string | undefined;
  readonly 'scale-down-utilization-threshold'?: number | undefined;
  readonly 'scale-down-gpu-utilization-threshold'?: number | undefined;
  readonly 'ignore-daemonsets-utilization'?: boolean | undefined;
  readonly 'ignore-mirror-pods-utilization'?: boolean | undefined;
  readonly 'max-scale-down-parallelism'?: number | undefined;
  readonly 'max-drain-parallelism'?: number | undefined;
  readonly 'max-graceful-termination-sec'?: number | undefined;
  readonly 'skip-nodes-with-system-pods'?: boolean | undefined;
  readonly 'skip-nodes-with-local-storage'?: boolean | undefined;
  readonly 'skip-nodes-with-custom-controller-pods'?: boolean | undefined;
  /** Of the ConfigMap of the priority expander: priority → patterns of group names. */
  readonly priorities?: Readonly<Record<string, readonly string[]>> | undefined;
}

export const EXPANDERS: readonly Expander[] = [
  'random',
  'most-pods',
  'least-waste',
  'price',
  'priority',
];

const MS_PER_UNIT: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/**
 * Milliseconds of a duration as Go writes it; undefined for anything else.
 * Example: `1h30m` is 5400000, `10m0s` 600000, `0` is 0.
 */
export function parseGoDuration(text: string): number | undefined {
  if (text === '0') return 0;
  if (!/^(\d{1,9}(\.\d{1,9})?(h|ms|m|s))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, number, , unit] of text.matchAll(/(\d+(\.\d+)?)(h|ms|m|s)/g)) {
    total += Number(number) * MS_PER_UNIT[unit!]!;
  }
  return total;
}

/** Names of a list such as `least-waste,random`. */
export function namesOf(list: string): string[] {
  return list.split(',').map((name) => name.trim());
}

/** Everything that is wrong with flags of the right shape; paths start in them. */
export function flagComplaints(flags: AutoscalerFlags): Complaint[] {
  return [...durationComplaints(flags), ...expanderComplaints(flags)];
}

function durationComplaints(flags: AutoscalerFlags): Complaint[] {
  const complaints: Complaint[] = [];
  for (const [flag, value] of Object.entries(flags)) {
    if (!/-(interval|time|delay|duration|timeout|add|delete|failure)$/.test(flag)) continue;
    if (typeof value !== 'string' || parseGoDuration(value) !== undefined) continue;
    complaints.push(mismatch([flag], 'a duration such as 10m, 90s or 1h30m', quoted(value)));
  }
  const first = parseGoDuration(flags['initial-node-group-backoff-duration'] ?? '5m');
  const most = parseGoDuration(flags['max-node-group-backoff-duration'] ?? '30m');
  if (first !== undefined && most !== undefined && first > most) {
    const flag = 'initial-node-group-backoff-duration';
    const expected = 'at most max-node-group-backoff-duration (Cluster Autoscaler)';
    complaints.push(mismatch([flag], expected, quoted(flags[flag] ?? '5m')));
  }
  return complaints;
}

function expanderComplaints(flags: AutoscalerFlags): Complaint[] {
  const names = namesOf(flags.expander ?? 'random');
  const complaints = names.flatMap((name, index) => {
    if (!EXPANDERS.some((one) => one === name)) {
      return [unknown('expander', ['expander'], name, EXPANDERS)];
    }
    if (names.indexOf(name) === index) return [];
    return [mismatch(['expander'], 'each expander once (Cluster Autoscaler)', quoted(name))];
  });
  if (names.includes('priority') && flags.priorities === undefined) {
    const expected = 'priorities (Cluster Autoscaler: ConfigMap of the priority expander)';
    complaints.push(mismatch(['expander'], expected, 'none'));
  }
  for (const [priority, patterns] of Object.entries(flags.priorities ?? {})) {
    const path = ['priorities', priority];
    if (!/^\d{1,9}$/.test(priority)) {
      complaints.push(mismatch(path, 'a whole number as the priority', quoted(priority)));
    }
    patterns.forEach((pattern, index) => {
      if (isPattern(pattern)) return;
      const expected = 'a regular expression such as ".*spot.*"';
      complaints.push(mismatch([...path, index], expected, quoted(pattern)));
    });
  }
  return complaints;
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}
