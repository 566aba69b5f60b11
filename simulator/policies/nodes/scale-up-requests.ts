/**
 * Nodes that were asked for: whether they come, and what happens to a group whose nodes do not.
 * Source: Cluster Autoscaler `clusterstate/clusterstate.go`, `utils/backoff/exponential_backoff.go`.
 */
import { formatDuration } from '../../model/units.ts';
import type {
  AutoscalerObservation,
  AutoscalerSettings,
  AutoscalerState,
  Backoff,
} from './autoscaler-settings.ts';

/** A group that gives up waiting: so many nodes less are wanted. */
export interface Release {
  readonly group: string;
  readonly nodes: number;
  readonly reason: string;
}

export interface Requests {
  readonly requestedAtMs: Readonly<Record<string, number>>;
  readonly backoffs: Readonly<Record<string, Backoff>>;
  readonly releases: readonly Release[];
  readonly targetSizes: Readonly<Record<string, number>>;
}

/**
 * Nodes of a group that are still to come: the target less the nodes that are there. One that is
 * not ready is still to come while it is younger than the time that provisioning may take.
 */
export function upcoming(
  { maxProvisionMs }: AutoscalerSettings,
  { nowMs, nodes }: AutoscalerObservation,
  group: string,
  target: number,
): number {
  const there = nodes.filter(
    (node) => node.group === group && (node.isReady || nowMs - node.createdAtMs >= maxProvisionMs),
  );
  return Math.max(0, target - there.length);
}

/**
 * Follows up what was asked for. When all has come the group is trusted again; when the cloud
 * refuses, or the time is over, the missing nodes are released and the group is backed off.
 * Example: asked for at 0, max-node-provision-time 15 min, nothing at 15 min 10 s → released.
 */
export function followRequests(
  settings: AutoscalerSettings,
  observation: AutoscalerObservation,
  state: AutoscalerState,
): Requests {
  const { nowMs, nodes } = observation;
  const requestedAtMs: Record<string, number> = {};
  const backoffs = withoutStale(settings, nowMs, state.backoffs);
  const targetSizes: Record<string, number> = { ...observation.targetSizes };
  const releases: Release[] = [];
  for (const { name: group, minSize } of settings.groups) {
    const target = targetSizes[group] ?? 0;
    const sinceMs = state.requestedAtMs[group];
    const missing = upcoming(settings, observation, group, target);
    const isRefused = observation.failedScaleUps.includes(group);
    const isLate = sinceMs !== undefined && sinceMs + settings.maxProvisionMs < nowMs;
    if (missing > 0 && (isRefused || isLate)) {
      const registered = nodes.filter((node) => node.group === group).length;
      const least = Math.max(minSize, registered);
      const released = Math.max(0, target - least);
      targetSizes[group] = target - released;
      backoffs[group] = backOff(settings, backoffs[group], nowMs);
      const why = isRefused
        ? 'the cloud refused'
        : `not there after ${formatDuration(settings.maxProvisionMs)}`;
      releases.push({ group, nodes: released, reason: why });
    } else if (missing > 0 && sinceMs !== undefined) {
      requestedAtMs[group] = sinceMs;
    } else if (sinceMs !== undefined) {
      delete backoffs[group];
    }
  }
  return { requestedAtMs, backoffs, releases, targetSizes };
}

function withoutStale(
  { backoffMs }: AutoscalerSettings,
  nowMs: number,
  backoffs: Readonly<Record<string, Backoff>>,
): Record<string, Backoff> {
  const fresh = Object.entries(backoffs).filter(
    ([, { failedAtMs }]) => failedAtMs + backoffMs.reset >= nowMs,
  );
  return Object.fromEntries(fresh);
}

/**
 * The first failure, and any while a back-off lasts, backs off for the first duration; a failure
 * after that for twice the last duration, up to the most.
 * Example: 5 min, then after those 10 min, 20 min, 30 min, 30 min.
 */
export function backOff(
  { backoffMs }: AutoscalerSettings,
  before: Backoff | undefined,
  nowMs: number,
): Backoff {
  const isOver = before !== undefined && before.untilMs < nowMs;
  const durationMs = isOver ? Math.min(backoffMs.most, before.durationMs * 2) : backoffMs.first;
  return { durationMs, untilMs: nowMs + durationMs, failedAtMs: nowMs };
}
