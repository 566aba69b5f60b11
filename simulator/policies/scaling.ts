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
