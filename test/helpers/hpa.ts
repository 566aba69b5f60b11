/** Makes up pods and autoscalers, in the units of Kubernetes' own tables: thousandths. */
import type {
  HpaSettings,
  MetricSettings,
} from '../../simulator/policies/kubernetes/hpa-settings.ts';
import {
  countReadyPods,
  type PodPhase,
  type PodStatus,
} from '../../simulator/policies/kubernetes/pods.ts';
import {
  type Proposal,
  propose,
  type Reading,
} from '../../simulator/policies/kubernetes/proposals.ts';

export const NOW_MS = 1_000_000_000;
export const MINUTE_MS = 60_000;

/** As in Kubernetes' tests: CPU initialisation 2 min, readiness delay 10 s, tolerance 0.1. */
export const SETTINGS: HpaSettings = {
  minReplicas: 1,
  maxReplicas: 1000,
  behavior: undefined,
  downscaleStabilizationMs: 5 * MINUTE_MS,
  metrics: [],
  tolerance: { upRatio: 0.1, downRatio: 0.1 },
  cpuInitializationMs: 2 * MINUTE_MS,
  initialReadinessDelayMs: 10_000,
  syncMs: 15_000,
  canScaleToZero: false,
  hasPodLevelResources: true,
};

/** Lists run in parallel; what is left out is as in Kubernetes' fixtures. */
export interface PodsFixture {
  readonly current: number;
  /** Usage of each pod; pods beyond the end of the list have no sample. */
  readonly levels: readonly number[];
  /** Of each pod; default 1000 for each. */
  readonly requests?: readonly number[];
  readonly isReady?: readonly boolean[];
  readonly phases?: readonly PodPhase[];
  readonly isDeleted?: readonly boolean[];
  /** Minutes since the start; default: long ago. */
  readonly ageMinutes?: readonly number[];
  readonly status?: number;
  readonly tolerance?: HpaSettings['tolerance'];
}

function podsOf(fixture: PodsFixture): PodStatus[] {
  const { current, requests, isReady, phases, isDeleted, ageMinutes } = fixture;
  const count = Math.max(current, requests?.length ?? 0, phases?.length ?? 0);
  return Array.from({ length: count }, (_, pod) => {
    const age = ageMinutes?.[pod];
    return {
      phase: phases?.[pod] ?? 'Running',
      isDeleted: isDeleted?.[pod] ?? false,
      startMs: age === undefined ? 0 : NOW_MS - age * MINUTE_MS,
      ready: { status: (isReady?.[pod] ?? true) ? 'True' : 'False', sinceMs: 0 },
    };
  });
}

/** What one metric of pods asks for. */
export function proposeForPods(metric: MetricSettings, fixture: PodsFixture): Proposal {
  const pods = podsOf(fixture);
  const samples = pods.map((_, pod) => {
    const level = fixture.levels[pod];
    if (level === undefined) return undefined;
    return { usageMilli: BigInt(level), atMs: 0, windowMs: MINUTE_MS };
  });
  const requestsMilli = pods.map((_, pod) => BigInt(fixture.requests?.[pod] ?? 1000));
  return proposeWith(metric, fixture, { samples, requestsMilli });
}

/** What one metric of the whole asks for. */
export function proposeForValues(
  metric: MetricSettings,
  fixture: Omit<PodsFixture, 'levels'>,
  valuesMilli: readonly bigint[],
): Proposal {
  return proposeWith(metric, { ...fixture, levels: [] }, { valuesMilli });
}

function proposeWith(metric: MetricSettings, fixture: PodsFixture, reading: Reading): Proposal {
  const pods = podsOf(fixture);
  const { current, status = current, tolerance = SETTINGS.tolerance } = fixture;
  const ready = pods.length === 0 ? undefined : countReadyPods(pods);
  const replicas = { spec: current, status, ready };
  return propose(
    { settings: { ...SETTINGS, tolerance }, nowMs: NOW_MS, pods, replicas },
    metric,
    reading,
  );
}

export function cpuUtilization(percent: number): MetricSettings {
  return { type: 'Resource', resource: 'cpu', target: { type: 'Utilization', percent } };
}

export function podsMetric(milli: number): MetricSettings {
  return { type: 'Pods', name: 'qps', target: { type: 'AverageValue', milli: BigInt(milli) } };
}

export function objectMetric(type: 'Value' | 'AverageValue', milli: bigint): MetricSettings {
  return { type: 'Object', name: 'qps', kind: 'Deployment', target: { type, milli } };
}

export function externalMetric(type: 'Value' | 'AverageValue', milli: bigint): MetricSettings {
  return { type: 'External', name: 'qps', target: { type, milli } };
}
