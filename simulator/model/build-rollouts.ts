/** Checked roll-outs of a service → numbers, in order of time; defaults are the vendors'. */
import { distribution, duration, ratio } from './build-units.ts';
import type {
  CanaryDocument,
  CanaryStepDocument,
  GateDocument,
  PodLimitsDocument,
  RolloutDocument,
  StrategyDocument,
} from './rollout-document.ts';
import type {
  CanaryRolloutStep,
  CanaryRoutes,
  PodLimits,
  Rollout,
  RolloutStrategy,
  VersionGate,
} from './rollout-settings.ts';

/** Nothing where no version comes. */
export function rolloutsOf(documents: readonly RolloutDocument[] = []): {
  readonly rollouts?: readonly Rollout[];
} {
  const rollouts = documents.map(rollout).sort((a, b) => a.atMs - b.atMs);
  return rollouts.length > 0 ? { rollouts } : {};
}

function rollout({ at, version, strategy, gate }: RolloutDocument): Rollout {
  const { cpu = 1, errors = '0%', boot } = version;
  const built = strategyOf(typeof strategy === 'string' ? named(strategy) : strategy);
  return {
    atMs: duration(at),
    version: {
      slowness: cpu,
      failRatio: ratio(errors),
      ...(boot !== undefined && { boot: distribution(boot) }),
    },
    strategy: built,
    ...(gate !== undefined && { gate: gateOf(gate, built) }),
  };
}

function named(name: 'rolling' | 'instance-refresh'): Exclude<StrategyDocument, string> {
  return name === 'rolling' ? { rolling: {} } : { 'instance-refresh': {} };
}

function strategyOf(document: Exclude<StrategyDocument, string>): RolloutStrategy {
  if ('rolling' in document) return { type: 'rolling', ...limits(document.rolling) };
  if ('canary' in document) {
    const { steps, routing } = document.canary;
    const rest = { ...routes(routing), ...limits(document.canary) };
    return { type: 'canary', steps: steps.map(canaryStep), ...rest };
  }
  if ('flagger' in document) {
    const { step, max = '100%', threshold = 1, interval = '60s' } = document.flagger;
    const { 'progress-deadline': deadline = '600s' } = document.flagger;
    return {
      type: 'flagger',
      intervalMs: duration(interval),
      stepWeight: percent(step),
      maxWeight: percent(max),
      threshold,
      progressDeadlineMs: duration(deadline),
    };
  }
  if ('groups' in document) {
    const bakeMs = duration(document.groups.bake);
    const stages = document.groups.stages.map((stage) => ({ percent: percent(stage), bakeMs }));
    return { type: 'groups', stages };
  }
  return refresh(document['instance-refresh']);
}

function canaryStep(step: CanaryStepDocument): CanaryRolloutStep {
  if ('weight' in step) return { weight: percent(step.weight) };
  if ('pause' in step) return { pauseMs: duration(step.pause) };
  const { scale } = step;
  if (typeof scale === 'number') return { scale: { replicas: scale } };
  const isMatch = scale === 'match-traffic';
  return { scale: isMatch ? { matchTrafficWeight: true } : { weight: percent(scale) } };
}

function routes(written: CanaryDocument['routing']): { readonly routing?: CanaryRoutes } {
  if (written === undefined) return {};
  const document = written === 'weighted' ? {} : written;
  const abortDelay = document['abort-scale-down-delay'];
  const routing = {
    dynamicStableScale: document['dynamic-stable-scale'] ?? false,
    minPodsPerReplicaSet: document['min-pods'] ?? 1,
    scaleDownDelayMs: duration(document['scale-down-delay'] ?? '30s'),
    abortScaleDownDelayMs: abortDelay === undefined ? undefined : duration(abortDelay),
  };
  return { routing };
}

type RefreshDocument = Extract<StrategyDocument, { 'instance-refresh': unknown }>;

function refresh(document: RefreshDocument['instance-refresh']): RolloutStrategy {
  const { checkpoints = [], bake = '0s' } = document;
  return {
    type: 'instance-refresh',
    minHealthyPercent: percent(document['min-healthy'] ?? '90%'),
    maxHealthyPercent: percent(document['max-healthy'] ?? '100%'),
    checkpointPercents: checkpoints.map(percent),
    checkpointDelayMs: duration(document['checkpoint-delay'] ?? '1h'),
    autoRollback: document['auto-rollback'] ?? false,
    bakeMs: duration(bake),
  };
}

function limits(document: PodLimitsDocument): PodLimits {
  return {
    maxSurge: document.surge ?? '25%',
    maxUnavailable: document.unavailable ?? '25%',
    minReadyMs: duration(document['min-ready'] ?? '0s'),
    progressDeadlineMs: duration(document['progress-deadline'] ?? '600s'),
  };
}

/** Flagger judges by any request at all. */
function gateOf(document: GateDocument, { type }: RolloutStrategy): VersionGate {
  const { errors, latency, requests, confidence = '95%', every = '60s', failures = 0 } = document;
  return {
    errorRatioMargin: errors === undefined ? undefined : ratio(errors),
    latencyRatioMax: latency,
    requestsMin: requests ?? (type === 'flagger' ? 1 : 100),
    confidence: ratio(confidence),
    everyMs: duration(every),
    failuresMax: failures,
  };
}

/** 0 … 100. */
function percent(text: string): number {
  return Number(text.slice(0, -1));
}
