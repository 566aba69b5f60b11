/**
 * One scan of the Cluster Autoscaler: it follows up the nodes that it asked for, grows a group for
 * pods that fit nowhere, or else takes nodes away that nobody needs. Source: Cluster Autoscaler
 * FAQ and `core/static_autoscaler.go`.
 *
 *     requests ─► healthy? ─► scale-up ──grows──► (no scale-down in this scan)
 *                                 └───nothing───► scale-down: unneeded ─► timers ─► limits
 */
import type {
  AutoscalerObservation,
  AutoscalerSettings,
  AutoscalerState,
} from './autoscaler-settings.ts';
import type { Pod } from './cluster.ts';
import {
  decideScaleDown,
  type Kept,
  type Removal,
  type ScaleDown,
  type Unneeded,
} from './scale-down.ts';
import { decideScaleUp, type Growth, groupHindrance, type ScaleUp } from './scale-up.ts';
import { followRequests, type Release, type Requests } from './scale-up-requests.ts';

export interface AutoscalerDecision {
  /** Desired sizes of the groups from now on; nodes that go are in it until they are gone. */
  readonly targetSizes: Readonly<Record<string, number>>;
  readonly scaleUp: readonly Growth[];
  readonly releases: readonly Release[];
  readonly scaleDown: readonly Removal[];
  readonly unneeded: readonly Unneeded[];
  readonly kept: readonly Kept[];
  readonly waiting: readonly string[];
  readonly unhelped: ScaleUp['unhelped'];
  readonly reason: string;
  readonly state: AutoscalerState;
}

const NO_SCALE_DOWN: Omit<ScaleDown, 'reason'> = { removals: [], unneeded: [], kept: [] };

/**
 * Decides one scan. A scan that grows a group takes nothing away, and the timers of unneeded nodes
 * stand as they are.
 *
 * @param below uniform integer in 0 … n − 1, for groups that are equally good
 * Example: a node used to 30 % whose pods fit elsewhere, unneeded for 10 min 10 s → drained.
 */
export function decideClusterAutoscaler(
  settings: AutoscalerSettings,
  observation: AutoscalerObservation,
  before: AutoscalerState,
  below: (n: number) => number,
): AutoscalerDecision {
  const { nowMs } = observation;
  const requests = followRequests(settings, observation, before);
  const lastFailureAtMs = observation.hasScaleDownFailed ? nowMs : before.lastFailureAtMs;
  const { requestedAtMs, backoffs, releases, targetSizes } = requests;
  const state = { ...before, requestedAtMs, backoffs, lastFailureAtMs };
  const sick = sickness(settings, observation);
  if (sick !== undefined) return unchanged(requests, state, sick);
  const podsOf = podsByNode(observation);
  const up = withMinimums(
    settings,
    requests,
    decideScaleUp(settings, observation, podsOf, requests, below),
    nowMs,
  );
  if (up.growths.length > 0) return grown(requests, state, up, nowMs);
  const seen = { ...observation, targetSizes };
  const down = settings.scaleDownEnabled
    ? decideScaleDown(settings, seen, podsOf, state)
    : { ...NO_SCALE_DOWN, reason: 'scale-down is switched off' };
  const since = down.unneeded.map(({ node, sinceMs }) => [node, sinceMs] as const);
  const gone = new Set(down.removals.map(({ node }) => node));
  return {
    targetSizes,
    scaleUp: [],
    releases,
    scaleDown: down.removals,
    unneeded: down.unneeded,
    kept: down.kept,
    waiting: up.waiting,
    unhelped: up.unhelped,
    reason: [...releaseWords(requests), up.reason, down.reason].join('; '),
    state: {
      ...state,
      unneededSinceMs: Object.fromEntries(since.filter(([node]) => !gone.has(node))),
      lastDeleteAtMs: down.removals.length > 0 ? nowMs : state.lastDeleteAtMs,
    },
  };
}

function grown(
  requests: Requests,
  state: AutoscalerState,
  up: ScaleUp,
  nowMs: number,
): AutoscalerDecision {
  const sizes = up.growths.map(({ group, to }) => [group, to] as const);
  const asked = up.growths.map(({ group }) => [group, nowMs] as const);
  return {
    ...unchanged(requests, state, up.reason),
    targetSizes: { ...requests.targetSizes, ...Object.fromEntries(sizes) },
    scaleUp: up.growths,
    waiting: up.waiting,
    unhelped: up.unhelped,
    state: {
      ...state,
      lastScaleUpAtMs: nowMs,
      requestedAtMs: { ...state.requestedAtMs, ...Object.fromEntries(asked) },
    },
  };
}

function unchanged(requests: Requests, state: AutoscalerState, reason: string): AutoscalerDecision {
  return {
    targetSizes: requests.targetSizes,
    scaleUp: [],
    releases: requests.releases,
    scaleDown: [],
    unneeded: [],
    kept: [],
    waiting: [],
    unhelped: [],
    reason: [...releaseWords(requests), reason].join('; '),
    state,
  };
}

function releaseWords({ releases }: Requests): string[] {
  return releases.map(({ group, nodes, reason }) => `${group} gives up ${nodes} nodes: ${reason}`);
}

/** Why nothing is scaled: too many nodes are not ready, so that what is seen may be wrong. */
function sickness(
  { okUnreadyCount, maxUnreadyRatio }: AutoscalerSettings,
  { nodes }: AutoscalerObservation,
): string | undefined {
  const unready = nodes.filter(({ isReady }) => !isReady).length;
  if (unready <= okUnreadyCount || unready <= maxUnreadyRatio * nodes.length) return undefined;
  return `the cluster is unhealthy: ${unready} of ${nodes.length} nodes are not ready`;
}

/** With enforce-node-group-min-size, groups below their minimum when nothing else grows. */
function withMinimums(
  settings: AutoscalerSettings,
  requests: Requests,
  up: ScaleUp,
  nowMs: number,
): ScaleUp {
  if (!settings.enforceMinSize || up.growths.length > 0) return up;
  const growths = settings.groups.flatMap((group) => {
    const from = requests.targetSizes[group.name] ?? 0;
    const to = group.minSize;
    if (from >= to || groupHindrance(settings, group, requests, nowMs) !== undefined) return [];
    return [{ group: group.name, nodes: to - from, from, to, pods: [] }];
  });
  if (growths.length === 0) return up;
  const words = growths.map(({ group, from, to }) => `${group} ${from} → ${to}`).join(', ');
  return { ...up, growths, reason: `${words} to the minimum size` };
}

/** Pods of each node. */
export function podsByNode({ placed }: AutoscalerObservation): Map<string, Pod[]> {
  const pods = new Map<string, Pod[]>();
  for (const { pod, node } of placed) {
    const its = pods.get(node);
    if (its === undefined) pods.set(node, [pod]);
    else its.push(pod);
  }
  return pods;
}
