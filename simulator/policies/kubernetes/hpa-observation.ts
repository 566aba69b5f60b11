/**
 * Pods and metrics as people write them → what an autoscaler's pass sees. Matches metrics of the
 * spec with the values that were read.
 */

import {
  type HpaDocument,
  type MetricDocument,
  type MetricIdentifier,
  type ObjectReference,
  specOf,
} from '../../model/kubernetes/hpa-document.ts';
import { milliOf, type Quantity } from '../../model/kubernetes/quantity.ts';
import type { HpaObservation } from './hpa.ts';
import type { HpaSettings, MetricSettings } from './hpa-settings.ts';
import { type Amounts, type PodRequests, requestOf, usageOf } from './pod-resources.ts';
import type { PodPhase, PodStatus, Sample } from './pods.ts';
import type { Reading } from './proposals.ts';

type Optional<T> = T | undefined;
type QuantityMap = Readonly<Record<string, Quantity>>;

export interface ContainerDocument {
  name: string;
  restartPolicy?: Optional<string>;
  resources?: Optional<{ requests?: Optional<QuantityMap> }>;
}

export interface PodDocument {
  name: string;
  phase: PodPhase;
  deletionTimestampMs?: Optional<number>;
  startTimeMs?: Optional<number>;
  conditions?: Optional<
    { type: string; status: 'True' | 'False' | 'Unknown'; lastTransitionTimeMs: number }[]
  >;
  containers?: Optional<ContainerDocument[]>;
  initContainers?: Optional<ContainerDocument[]>;
  resources?: Optional<{ requests?: Optional<QuantityMap> }>;
  metrics?: Optional<{
    timestampMs?: Optional<number>;
    windowMs?: Optional<number>;
    containers: { name: string; usage: QuantityMap }[];
  }>;
  customMetrics?: Optional<QuantityMap>;
}

export interface ObjectMetricDocument {
  metric: MetricIdentifier;
  describedObject?: Optional<ObjectReference>;
  value?: Optional<Quantity>;
  error?: Optional<string>;
}

export interface ExternalMetricDocument {
  metric: MetricIdentifier;
  values?: Optional<Quantity[]>;
  error?: Optional<string>;
}

export interface ObservationDocument {
  nowMs: number;
  specReplicas: number;
  statusReplicas?: Optional<number>;
  pods?: Optional<PodDocument[]>;
  objectMetrics?: Optional<ObjectMetricDocument[]>;
  externalMetrics?: Optional<ExternalMetricDocument[]>;
}

/** The window of a sample that says none. Source: kubernetes `metrics/client.go`. */
const DEFAULT_WINDOW_MS = 60_000;

/**
 * What a pass sees. statusReplicas are specReplicas where they are not said; a sample without a
 * time is of now, and its window is a minute.
 *
 * Throws where a quantity is none: the schema has checked them.
 * Example: 1 pod with `metrics: { containers: [{ name: app, usage: { cpu: 250m } }] }` → a sample
 * of 250n for a metric of cpu.
 */
export function hpaObservationOf(
  document: HpaDocument,
  settings: HpaSettings,
  observation: ObservationDocument,
): HpaObservation {
  const { nowMs, specReplicas, statusReplicas = specReplicas, pods = [] } = observation;
  const documents = specOf(document).spec.metrics ?? [];
  return {
    nowMs,
    specReplicas,
    statusReplicas,
    pods: pods.map(statusOf),
    readings: settings.metrics.map((metric, index) =>
      readingOf(metric, documents[index], settings, observation),
    ),
  };
}

function statusOf({ phase, deletionTimestampMs, startTimeMs, conditions }: PodDocument): PodStatus {
  const ready = conditions?.find(({ type }) => type === 'Ready');
  return {
    phase,
    isDeleted: deletionTimestampMs !== undefined,
    startMs: startTimeMs,
    ready: ready && { status: ready.status, sinceMs: ready.lastTransitionTimeMs },
  };
}

function readingOf(
  metric: MetricSettings,
  document: MetricDocument | undefined,
  settings: HpaSettings,
  observation: ObservationDocument,
): Reading {
  const { nowMs, pods = [] } = observation;
  switch (metric.type) {
    case 'Resource':
    case 'ContainerResource': {
      const container = metric.type === 'ContainerResource' ? metric.container : undefined;
      const { resource } = metric;
      return {
        samples: pods.map((pod) => resourceSample(pod, resource, container, nowMs)),
        requestsMilli: requestsOf(pods, resource, container, settings.hasPodLevelResources),
      };
    }
    case 'Pods': {
      const samples = pods.map((pod) => customSample(pod, metric.name, nowMs));
      return { samples, requestsMilli: [] };
    }
    case 'Object':
      return objectReading(document, observation.objectMetrics ?? []);
    case 'External':
      return externalReading(document, observation.externalMetrics ?? []);
    default:
      throw new Error(`unknown metric ${metric satisfies never}`);
  }
}

function resourceSample(
  { metrics }: PodDocument,
  resource: string,
  container: string | undefined,
  nowMs: number,
): Sample | undefined {
  if (metrics === undefined) return undefined;
  const containers = metrics.containers.map(({ name, usage }) => ({ name, usage: exactly(usage) }));
  const usageMilli = usageOf(containers, resource, container);
  if (usageMilli === undefined) return undefined;
  const { timestampMs: atMs = nowMs, windowMs = DEFAULT_WINDOW_MS } = metrics;
  return { usageMilli, atMs, windowMs };
}

function customSample(pod: PodDocument, name: string, nowMs: number): Sample | undefined {
  const value = pod.customMetrics?.[name];
  if (value === undefined) return undefined;
  return { usageMilli: exact(value), atMs: nowMs, windowMs: DEFAULT_WINDOW_MS };
}

/** One pod without a request, whatever its phase, makes the metric invalid. */
function requestsOf(
  pods: readonly PodDocument[],
  resource: string,
  container: string | undefined,
  hasPodLevelResources: boolean,
): readonly bigint[] | { readonly error: string } {
  const requests: bigint[] = [];
  for (const pod of pods) {
    const request = requestOf(podRequests(pod), resource, container, hasPodLevelResources);
    if (typeof request !== 'bigint') return request;
    requests.push(request);
  }
  return requests;
}

function podRequests(pod: PodDocument): PodRequests {
  const { name, containers = [], initContainers = [], resources } = pod;
  const read = (one: ContainerDocument) => ({
    name: one.name,
    requests: exactly(one.resources?.requests ?? {}),
    isSidecar: one.restartPolicy === 'Always',
  });
  return {
    name,
    containers: containers.map(read),
    initContainers: initContainers.map(read),
    requests: resources?.requests && exactly(resources.requests),
  };
}

function objectReading(
  document: MetricDocument | undefined,
  metrics: readonly ObjectMetricDocument[],
): Reading {
  const wanted = document?.type === 'Object' ? document.object : undefined;
  const found = metrics.find(
    ({ metric, describedObject }) =>
      wanted !== undefined &&
      isSameMetric(metric, wanted.metric) &&
      (describedObject === undefined || isSameObject(describedObject, wanted.describedObject)),
  );
  if (found?.value === undefined) return { error: found?.error ?? 'no value was read' };
  return found.error === undefined ? { valuesMilli: [exact(found.value)] } : { error: found.error };
}

function externalReading(
  document: MetricDocument | undefined,
  metrics: readonly ExternalMetricDocument[],
): Reading {
  const wanted = document?.type === 'External' ? document.external : undefined;
  const found = metrics.find(
    ({ metric }) => wanted !== undefined && isSameMetric(metric, wanted.metric),
  );
  if (found?.error !== undefined) return { error: found.error };
  const values = found?.values ?? [];
  return values.length === 0 ? { error: 'no value was read' } : { valuesMilli: values.map(exact) };
}

/** What was read need not repeat the selector; where it does, it is that of this metric only. */
function isSameMetric(read: MetricIdentifier, wanted: MetricIdentifier): boolean {
  if (read.name !== wanted.name) return false;
  return read.selector === undefined || canonical(read.selector) === canonical(wanted.selector);
}

function isSameObject(read: ObjectReference, wanted: ObjectReference): boolean {
  return read.kind === wanted.kind && read.name === wanted.name;
}

/** JSON with keys in order, so that equal maps are equal texts. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined';
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${canonical(one)}`).join()}}`;
}

function exactly(quantities: QuantityMap): Amounts {
  return Object.fromEntries(Object.entries(quantities).map(([key, one]) => [key, exact(one)]));
}

function exact(quantity: Quantity): bigint {
  const milli = milliOf(quantity);
  if (milli === undefined) throw new Error(`not checked before it was used: ${quantity}`);
  return milli;
}
