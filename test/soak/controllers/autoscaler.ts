/** The HorizontalPodAutoscaler of `plimsoll decide hpa` beside Kubernetes' own controller. */
import type { HpaDocument } from '../../../simulator/model/kubernetes/hpa-document.ts';
import { hpaRules } from '../../../simulator/model/kubernetes/hpa-rules.ts';
import { decideHpa, FRESH_STATE } from '../../../simulator/policies/kubernetes/hpa.ts';
import { hpaSettingsOf } from '../../../simulator/policies/kubernetes/hpa-defaults.ts';
import {
  hpaObservationOf,
  type ObservationDocument,
} from '../../../simulator/policies/kubernetes/hpa-observation.ts';
import type { Beside } from './beside.ts';
import { type RandomAutoscaler, type RandomPod, randomAutoscaler } from './random-autoscalers.ts';

const FIRST_SYNC_MS = 1_000_000;

/** As the controller's `testRun` reads it. */
interface AutoscalerRun {
  readonly autoscaler: unknown;
  readonly controller: unknown;
  readonly observations: readonly ObservationDocument[];
}

export const autoscaler: Beside<RandomAutoscaler, AutoscalerRun> = {
  name: 'hpa',
  controller: ['kubernetes', 'k8s.io/kubernetes/pkg/controller/podautoscaler'],
  cases: randomAutoscaler,
  decide: (random) => {
    const document = documentOf(random);
    if ([...hpaRules(document)].length > 0) return undefined;
    const { observations, decisions } = playOurs(random, document);
    const { controller: _, ...spec } = document as { controller: unknown };
    const { syncs: __, ...controller } = random;
    return { line: { autoscaler: { spec }, controller, observations }, decisions };
  },
};

/** What is not there is left out. */
function written<T>(value: unknown): T {
  return JSON.parse(JSON.stringify(value));
}

function documentOf(random: RandomAutoscaler): HpaDocument {
  const { minReplicas, more, metrics, behavior } = random;
  return written({
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'played' },
    minReplicas,
    maxReplicas: Math.max(1, minReplicas ?? 1) + more,
    metrics: metrics.length > 0 ? metrics : undefined,
    behavior,
    controller: {
      toleranceRatio: random.tolerance,
      cpuInitializationPeriod: `${random.cpuInitializationMs}ms`,
      initialReadinessDelay: `${random.initialReadinessDelayMs}ms`,
      downscaleStabilization: `${random.downscaleStabilizationMs}ms`,
      featureGates: { HPAScaleToZero: random.scaleToZero },
    },
  });
}

/** The size that is decided is the one that the next sync finds. */
function playOurs({ start, syncs }: RandomAutoscaler, document: HpaDocument) {
  const settings = hpaSettingsOf(document);
  const observations: ObservationDocument[] = [];
  const decisions: string[] = [];
  let [state, replicas, nowMs] = [FRESH_STATE, start, FIRST_SYNC_MS];
  for (const sync of syncs) {
    nowMs += sync.afterMs;
    const observation = observationOf(sync, sync.setTo ?? replicas, nowMs);
    const seen = hpaObservationOf(document, settings, observation);
    const decision = decideHpa(settings, seen, state);
    observations.push(observation);
    decisions.push(told(decision.desired, decision.conditions));
    ({ state, desired: replicas } = decision);
  }
  return { observations, decisions };
}

function observationOf(
  { statusMore, podsMore, pods, level, hits, queue }: RandomAutoscaler['syncs'][number],
  specReplicas: number,
  nowMs: number,
): ObservationDocument {
  return written({
    nowMs,
    specReplicas,
    statusReplicas: Math.max(0, specReplicas + statusMore),
    pods: pods
      .slice(0, Math.max(0, specReplicas + podsMore))
      .map((pod, index) => podOf(pod, index, level, nowMs)),
    objectMetrics: [{ metric: { name: 'hits' }, value: hits, error: hits ? undefined : 'away' }],
    externalMetrics: [
      { metric: { name: 'queue' }, values: queue, error: queue ? undefined : 'away' },
    ],
  });
}

function podOf(pod: RandomPod, index: number, level: number, nowMs: number) {
  const { phase, isDeleted, start, ready, requests, second, init, podLevel, rps } = pod;
  const at = (seconds: number | undefined) =>
    seconds === undefined ? undefined : nowMs + 1000 * seconds;
  return {
    name: `p${index}`,
    phase,
    deletionTimestampMs: isDeleted ? nowMs : undefined,
    startTimeMs: at(start),
    conditions: ready && [
      { type: 'Ready', status: ready.status, lastTransitionTimeMs: at(ready.at) },
    ],
    containers: [
      { name: 'app', resources: { requests } },
      ...(second ? [{ name: 'b', resources: { requests: { cpu: second, memory: '1Mi' } } }] : []),
    ],
    initContainers: init && [
      {
        name: 'init',
        restartPolicy: init.restartPolicy,
        resources: { requests: { cpu: init.cpu, memory: '3Mi' } },
      },
    ],
    resources: podLevel ? { requests: { cpu: podLevel } } : undefined,
    metrics: metricsOf(pod, level, at),
    customMetrics: rps ? { rps } : undefined,
  };
}

function metricsOf(
  { usage, second, usageOfSecond, sampledAt, windowMs }: RandomPod,
  level: number,
  at: (seconds: number | undefined) => number | undefined,
) {
  if (usage === undefined) return undefined;
  const app = { cpu: `${Math.round(usage.cpu * level)}m`, memory: usage.memory };
  const isMeasured = second !== undefined && usageOfSecond !== undefined;
  const other = { name: 'b', usage: { cpu: usageOfSecond, memory: '2Mi' } };
  const containers = [{ name: 'app', usage: app }, ...(isMeasured ? [other] : [])];
  return { timestampMs: at(sampledAt), windowMs, containers };
}

/** As `decisions_test.go` writes it down. */
function told(
  desired: number,
  conditions: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason: string;
  }[],
): string {
  const words = conditions.map(({ type, status, reason }) => `${type}=${status}:${reason}`);
  return [desired, ...words.sort()].join(' ');
}
