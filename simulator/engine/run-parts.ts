/** What is made anew for every run, from the model, the program and the run's random streams. */
import { type Balancer, balancerOf } from '../components/balancer.ts';
import type { Fleet } from '../components/fleet.ts';
import type { Model } from '../model/model.ts';
import { UsageError } from '../model/usage-error.ts';
import type { LatencyLog } from '../results/latency-log.ts';
import { Recorder } from '../results/recorder.ts';
import { Draws } from './draws.ts';
import { Lane, type LaneHeads } from './lane.ts';
import type { Program } from './program.ts';
import { stream } from './random.ts';
import { Source } from './source.ts';

export interface RunOptions {
  readonly seed: number;
  readonly replication: number;
  /** Replication whose arrival times are used; the default is the run's own. */
  readonly arrivalsOf?: number;
  /** By journey: where the latencies of completed requests go as well; default nowhere. */
  readonly latencyLogs?: readonly LatencyLog[];
}

export interface RunParts {
  readonly recorder: Recorder;
  /** By journey. */
  readonly draws: readonly Draws[];
  /** By service, and the outstanding requests that it looks at. */
  readonly balancers: readonly Balancer[];
  readonly outstanding: readonly Int32Array[];
  readonly sources: readonly Source[];
  /** By distinct timeout; their lanes follow those of the sources. */
  readonly timeouts: readonly Lane[];
}

/** @param firstLane lane of the first source */
export function runParts(
  model: Model,
  program: Program,
  { seed, replication, arrivalsOf = replication, latencyLogs }: RunOptions,
  fleet: Fleet,
  heads: LaneHeads,
  firstLane: number,
): RunParts {
  const firstTimeout = firstLane + model.traffic.length;
  return {
    recorder: new Recorder(model, latencyLogs),
    draws: program.journeys.map((journey) => new Draws(journey, seed, replication)),
    balancers: model.services.map((service) =>
      balancerOf(service, stream(seed, replication, `service/${service.name}`, 'balancing')),
    ),
    outstanding: model.services.map((_, service) =>
      fleet.outstanding.subarray(fleet.firstRow[service]!, fleet.firstRow[service + 1]!),
    ),
    sources: model.traffic.map(
      (traffic) =>
        new Source(model, traffic, stream(seed, arrivalsOf, `traffic/${traffic.name}`, 'arrivals')),
    ),
    timeouts: program.timeoutsMs.map((_, index) => new Lane(heads, firstTimeout + index)),
  };
}

/**
 * Typed arrays drop what is written past their end: a model beyond them would be simulated wrong,
 * and is refused with a UsageError.
 */
export function expectAtMost(model: Model, most: number, found: number, what: string): void {
  if (found <= most) return;
  throw new UsageError(`${model.name}: expected at most ${most} ${what}, found ${found}`);
}
