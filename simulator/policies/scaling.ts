/**
 * What every scaling policy sees and says, in the simulator and in the staging controller alike.
 */
import type { MetricName } from '../model/model.ts';

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
  /** Desired capacity in force. */
  readonly desired: number;
  /** Instances that were asked for and do not serve yet. */
  readonly booting: number;
  /** Instances that serve and are still in their warm-up. */
  readonly warming: number;
  /** Datapoints whose period ends at `nowMs`. */
  readonly datapoints: readonly Datapoint[];
}

/** What one policy asks for; `desired` absent means it asks for nothing. */
export interface Proposal {
  readonly desired: number | undefined;
  readonly reason: string;
}

/** What policies say of a group that is as large as they want it. */
const CONTENT = /^(no alarm asks for a change|DesiredWithinRange\b)/;

/**
 * Whether a reason for leaving the size as it is tells of something that stood in the way: a
 * warm-up, a limit, a stabilisation, a metric that is missing.
 * Example: `… scale-in waits for 2 warming up` does, `no alarm asks for a change` does not.
 */
export function isHeldBack(reason: string): boolean {
  return !CONTENT.test(reason);
}
