/**
 * What every scaling policy sees and says, in the simulator and in the staging controller alike.
 */
import type { MetricName } from '../model/scaling-settings.ts';

/** One aggregated metric of a group, over the period that has just ended. */
export interface Datapoint {
  readonly metric: MetricName;
  readonly periodMs: number;
  /** Absent when no instance past its warm-up reported during the period. */
  readonly value: number | undefined;
}

/** A policy's only view of the world; `nowMs` is its only clock. */
export interface ScalingObservation {
  readonly nowMs: number;
  /** Desired capacity in force: in instances, or with the next three in units of weight. */
  readonly desired: number;
  /** Instances that were asked for and do not serve yet. */
  readonly booting: number;
  /** Instances that serve and are still in their warm-up. */
  readonly warming: number;
  /** Units beyond the desired ones, where instances weigh differently; absent: none. */
  readonly surplus?: number;
  /** Instances that are still ending. */
  readonly draining?: number;
  /** Datapoints whose period ends at `nowMs`. */
  readonly datapoints: readonly Datapoint[];
  /** One by one, all but those that are ending; where a policy looks at them. */
  readonly instances?: readonly InstanceView[];
  /** Requests that found no instance. */
  readonly turnedAwayPerSecond?: number;
  /** Of a pool of nodes: pods that might be on it, and have no node yet. */
  readonly pendingPods?: number;
}

/** An instance as Kubernetes sees a pod. */
export interface InstanceView {
  /** Of its container; absent while it is pending. */
  readonly startedAtMs?: number;
  /** Absent while it is not ready. */
  readonly readyAtMs?: number;
  /** Absent where the pipeline shows no sample. */
  readonly metrics: Readonly<Partial<Record<MetricName, number>>>;
  /** End and length of the window that the metrics are over. */
  readonly sampledAtMs?: number;
  readonly windowMs?: number;
}

/** What one policy asks for; `desired` absent means it asks for nothing. */
export interface Proposal {
  readonly desired: number | undefined;
  readonly reason: string;
}

/** What policies say of a group that is as large as they want it. */
const CONTENT: readonly RegExp[] = [
  /^no policy asks for a change/,
  /: unchanged at \d+$/,
  /^DesiredWithinRange\b/,
  /^ScalerActive: .*; the HPA scales/,
  /^ScalerNotActive: no trigger active/,
  /^no pod is pending; (no node is unneeded|scale-down is switched off)/,
  /^\d+ pods (wait for nodes that are on the way|pending, the batch waits for more)/,
  /^nothing to consolidate/,
  /^no node is launched$/,
];

/**
 * Whether a reason for leaving the size as it is tells of something that stood in the way: a
 * warm-up, a limit, a stabilisation, a metric that is missing.
 * Example: `… scale-in waits for 2 warming up` does, `no policy asks for a change` does not.
 */
export function isHeldBack(reason: string): boolean {
  return !CONTENT.some((words) => words.test(reason));
}
