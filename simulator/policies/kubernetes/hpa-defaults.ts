/**
 * A checked HorizontalPodAutoscaler, with Kubernetes' defaults where it says nothing. Source:
 * kubernetes `pkg/apis/autoscaling/v2/defaults.go`; defaults of the flags: kube-controller-manager.
 */
import { goDurationMs } from '../../model/kubernetes/duration.ts';
import {
  type BehaviorDocument,
  type ControllerDocument,
  type HpaDocument,
  type MetricDocument,
  type ScalingRulesDocument,
  specOf,
  type TargetDocument,
} from '../../model/kubernetes/hpa-document.ts';
import { approximateOf, milliOf, type Quantity } from '../../model/kubernetes/quantity.ts';
import type {
  Behavior,
  HpaSettings,
  MetricSettings,
  PodTarget,
  ScalingRules,
  Tolerance,
  ValueTarget,
} from './hpa-settings.ts';

const CPU_PERCENT = 80;
const TOLERANCE_RATIO = 0.1;

/**
 * Settings of a document that has been checked.
 *
 * Defaults: minReplicas 1; metrics: CPU utilisation 80 %; of `behavior`, and only where it is
 * there: scaleUp window 0, Pods 4 / 15 s and Percent 100 / 15 s, scaleDown window as the flag,
 * Percent 100 / 15 s, selectPolicy Max. Flags: tolerance 0.1, CPU initialisation 5 min, initial
 * readiness delay 30 s, downscale stabilisation 5 min, sync period 15 s. Gates as of 1.36:
 * HPAScaleToZero off, HPAConfigurableTolerance and PodLevelResources on.
 *
 * Throws where the document breaks a rule of `hpa-rules.ts` that makes a quantity unreadable.
 * Example: `{ maxReplicas: 10 }` → minReplicas 1, CPU utilisation 80 %, no behavior.
 */
export function hpaSettingsOf(document: HpaDocument): HpaSettings {
  const { spec } = specOf(document);
  const controller = document.controller ?? {};
  const gates = controller.featureGates ?? {};
  const flag = (text: string | undefined, defaultMs: number) =>
    text === undefined ? defaultMs : sure(goDurationMs(text), text);
  const downscaleStabilizationMs = flag(controller.downscaleStabilization, 300_000);
  return {
    minReplicas: spec.minReplicas ?? 1,
    maxReplicas: spec.maxReplicas,
    metrics: metricsOf(spec.metrics ?? []),
    behavior: behaviorOf(spec.behavior, downscaleStabilizationMs),
    downscaleStabilizationMs,
    tolerance: toleranceOf(spec.behavior, controller),
    cpuInitializationMs: flag(controller.cpuInitializationPeriod, 300_000),
    initialReadinessDelayMs: flag(controller.initialReadinessDelay, 30_000),
    syncMs: flag(controller.syncPeriod, 15_000),
    canScaleToZero: gates.HPAScaleToZero ?? false,
    hasPodLevelResources: gates.PodLevelResources ?? true,
  };
}

/** With the gate off, tolerances of the spec are not looked at. */
function toleranceOf(
  behavior: BehaviorDocument | undefined,
  { toleranceRatio = TOLERANCE_RATIO, featureGates }: ControllerDocument,
): Tolerance {
  const isOpen = featureGates?.HPAConfigurableTolerance ?? true;
  const own = (rules: ScalingRulesDocument | undefined) =>
    isOpen && rules?.tolerance !== undefined
      ? sure(approximateOf(rules.tolerance), rules.tolerance)
      : toleranceRatio;
  return { upRatio: own(behavior?.scaleUp), downRatio: own(behavior?.scaleDown) };
}

const FOUR_PODS = { type: 'Pods', value: 4, periodSeconds: 15 } as const;
const ALL_PODS = { type: 'Percent', value: 100, periodSeconds: 15 } as const;

function behaviorOf(
  behavior: BehaviorDocument | undefined,
  downscaleStabilizationMs: number,
): Behavior | undefined {
  if (behavior === undefined) return undefined;
  // The flag goes where a number of seconds stands: whole ones.
  const downMs = Math.trunc(downscaleStabilizationMs / 1000) * 1000;
  const upDefaults = { policies: [FOUR_PODS, ALL_PODS], stabilizationMs: 0 };
  const downDefaults = { policies: [ALL_PODS], stabilizationMs: downMs };
  return {
    scaleUp: rulesOf(behavior.scaleUp, upDefaults),
    scaleDown: rulesOf(behavior.scaleDown, downDefaults),
  };
}

function rulesOf(
  rules: ScalingRulesDocument | undefined,
  defaults: {
    readonly policies: NonNullable<ScalingRulesDocument['policies']>;
    readonly stabilizationMs: number;
  },
): ScalingRules {
  const { stabilizationWindowSeconds, selectPolicy, policies } = rules ?? {};
  return {
    stabilizationMs:
      stabilizationWindowSeconds === undefined
        ? defaults.stabilizationMs
        : stabilizationWindowSeconds * 1000,
    selectPolicy: selectPolicy ?? 'Max',
    policies: (policies ?? defaults.policies).map(({ type, value, periodSeconds }) => ({
      type,
      value,
      periodMs: periodSeconds * 1000,
    })),
  };
}

function metricsOf(metrics: readonly MetricDocument[]): readonly MetricSettings[] {
  if (metrics.length > 0) return metrics.map(metricOf);
  const target = { type: 'Utilization', percent: CPU_PERCENT } as const;
  return [{ type: 'Resource', resource: 'cpu', target }];
}

function metricOf(metric: MetricDocument): MetricSettings {
  switch (metric.type) {
    case 'Resource': {
      const { name: resource, target } = metric.resource;
      return { type: metric.type, resource, target: podTarget(target) };
    }
    case 'ContainerResource': {
      const { name: resource, container, target } = metric.containerResource;
      return { type: metric.type, resource, container, target: podTarget(target) };
    }
    case 'Pods': {
      const { name } = metric.pods.metric;
      return { type: metric.type, name, target: podTarget(metric.pods.target) };
    }
    case 'Object': {
      const { metric: identifier, describedObject, target } = metric.object;
      const { name } = identifier;
      return { type: metric.type, name, kind: describedObject.kind, target: objectTarget(target) };
    }
    case 'External': {
      const { name } = metric.external.metric;
      return { type: metric.type, name, target: externalTarget(metric.external.target) };
    }
    default:
      throw new Error(`unknown metric ${metric satisfies never}`);
  }
}

/** Which field is there decides, not the `type` beside it. */
function podTarget({ averageValue, averageUtilization }: TargetDocument): PodTarget {
  if (averageValue !== undefined) return { type: 'AverageValue', milli: exact(averageValue) };
  return { type: 'Utilization', percent: sure(averageUtilization, 'averageUtilization') };
}

function externalTarget({ value, averageValue }: TargetDocument): ValueTarget {
  if (averageValue !== undefined) return { type: 'AverageValue', milli: exact(averageValue) };
  return { type: 'Value', milli: exact(sure(value, 'value')) };
}

/** Of an Object the `type` decides. */
function objectTarget({ type, value, averageValue }: TargetDocument): ValueTarget | undefined {
  if (type === 'Value' && value !== undefined) return { type, milli: exact(value) };
  if (type === 'AverageValue' && averageValue !== undefined) {
    return { type, milli: exact(averageValue) };
  }
  return undefined;
}

function exact(quantity: Quantity): bigint {
  return sure(milliOf(quantity), quantity);
}

function sure<T>(value: T | undefined, what: Quantity): T {
  if (value === undefined) throw new Error(`not checked before it was used: ${what}`);
  return value;
}
