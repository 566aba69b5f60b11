/** The autoscaler for callers whose pods are plain rows of numbers, such as a simulation. */
import { decideHpa, type HpaDecision, type HpaState } from './hpa.ts';
import type { HpaSettings } from './hpa-settings.ts';
import type { PodPhase, PodStatus } from './pods.ts';
import type { Reading } from './proposals.ts';

/** One pod; numbers are whole. */
export interface PodRow {
  readonly phase: PodPhase;
  readonly isDeleted: boolean;
  readonly startMs: number;
  readonly isReady: boolean;
  /** When it last became ready or unready. */
  readonly readySinceMs: number;
  /** One a metric of pods, by the metric's place in the settings; unused for averages. */
  readonly requestsMilli: readonly number[];
  /** As `requestsMilli`; undefined where the pipeline shows no sample. */
  readonly usagesMilli: readonly (number | undefined)[];
  /** End and length of the window of its samples. */
  readonly sampledAtMs: number;
  readonly windowMs: number;
}

export interface RowsObservation {
  readonly nowMs: number;
  readonly specReplicas: number;
  readonly statusReplicas: number;
  readonly rows: readonly PodRow[];
  /** Object and External metrics by their place in the settings; undefined where none was read. */
  readonly valuesMilli: readonly (number | undefined)[];
}

/**
 * One pass over plain rows; otherwise as `decideHpa`.
 * Example: 2 rows that use 90 and 110 of 200 thousandths each, target 25 % → 4 replicas.
 */
export function decideHpaOfRows(
  settings: HpaSettings,
  observation: RowsObservation,
  state: HpaState,
): HpaDecision {
  const { rows, valuesMilli, ...sizes } = observation;
  const readings = settings.metrics.map(({ type }, metric): Reading => {
    if (type !== 'Object' && type !== 'External') return podsReading(rows, metric);
    const value = valuesMilli[metric];
    return value === undefined ? { error: 'no value was read' } : { valuesMilli: [BigInt(value)] };
  });
  return decideHpa(settings, { ...sizes, pods: rows.map(statusOf), readings }, state);
}

function statusOf({ phase, isDeleted, startMs, isReady, readySinceMs }: PodRow): PodStatus {
  const ready = { status: isReady ? 'True' : 'False', sinceMs: readySinceMs } as const;
  return { phase, isDeleted, startMs, ready };
}

function podsReading(rows: readonly PodRow[], metric: number): Reading {
  return {
    samples: rows.map(({ usagesMilli, sampledAtMs: atMs, windowMs }) => {
      const usage = usagesMilli[metric];
      return usage === undefined ? undefined : { usageMilli: BigInt(usage), atMs, windowMs };
    }),
    requestsMilli: rows.map(({ requestsMilli }) => BigInt(requestsMilli[metric] ?? 0)),
  };
}
