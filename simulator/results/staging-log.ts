/**
 * What the staging controller writes, one JSON object a line: the instances over time, and each
 * decision with everything that the policy saw, so that the pure policy can be asked again. Times
 * are in ms since moment 0 of the latest `run` line; before the first one they are wall clock.
 */

import type { Limits } from '../model/health-settings.ts';
import type { RateLimit } from '../model/limit-settings.ts';
import type { Localities } from '../model/locality-settings.ts';
import type { Scaling } from '../model/model.ts';
import type { ScalingObservation } from '../policies/scaling.ts';
import type { Guarded, HealthSettings } from './staging-guards.ts';

export const STAGING_LOG_FORMAT = 'plimsoll-staging/1';

export interface StagingHeaderLine {
  readonly type: 'header';
  readonly format: typeof STAGING_LOG_FORMAT;
  readonly name: string;
  readonly modelDigest: string;
}

/** A scenario begins: sizes are back at `start`, and every policy begins without a memory. */
export interface StagingRunLine {
  readonly type: 'run';
  /** Wall clock of moment 0. */
  readonly startAtMs: number;
  readonly scaling: Readonly<Record<string, Scaling>>;
  /** What guards draw comes from its streams. */
  readonly seed?: number;
  /** By service, where there are any; those of callers stand at what they said. */
  readonly guards?: Readonly<
    Record<
      string,
      {
        readonly health?: HealthSettings;
        readonly rateLimit?: RateLimit;
        readonly limits?: Limits;
        readonly localities?: Localities;
      }
    >
  >;
}

/** Once a second. */
export interface StagingSampleLine {
  readonly type: 'sample';
  readonly atMs: number;
  readonly services: Readonly<
    Record<
      string,
      {
        readonly booting: number;
        readonly serving: number;
        readonly draining: number;
        readonly desired: number;
        /** Busy share of all serving capacity since the sample before; null when unknown. */
        readonly utilizationRatio: number | null;
      }
    >
  >;
}

/** Every evaluation of a group, also those that change nothing. */
export interface StagingDecisionLine {
  readonly type: 'decision';
  readonly atMs: number;
  readonly service: string;
  /** `nowMs` counts from moment 0, in whole periods. */
  readonly observation: ScalingObservation;
  readonly desired: number;
  readonly reason: string;
}

/** Detail of the death of an instance that a fault of the model has killed. */
export const KILLED_DETAIL = 'killed by a fault of the model';

/** Something happened to an instance. */
export interface StagingEventLine {
  readonly type: 'event';
  readonly atMs: number;
  readonly service: string;
  readonly instance: string;
  readonly event: 'launched' | 'serving' | 'warmed-up' | 'draining' | 'gone' | 'died';
  readonly detail?: string;
}

/** A fault of the model has begun. */
export interface StagingIncidentLine {
  readonly type: 'incident';
  readonly atMs: number;
  readonly service: string;
  readonly reason: string;
}

/** What a guard has seen and said since its line before. */
export type StagingGuardedLine = { readonly type: 'guarded' } & Guarded;

export type StagingLogLine =
  | StagingHeaderLine
  | StagingRunLine
  | StagingSampleLine
  | StagingDecisionLine
  | StagingEventLine
  | StagingIncidentLine
  | StagingGuardedLine;
