/** What a run is asked for, and what an audit sees of it. */
import type { Cluster } from '../components/cluster.ts';
import type { Fleet } from '../components/fleet.ts';
import type { Model } from '../model/model.ts';
import type { LatencyLog } from '../results/latency-log.ts';
import type { Recorder } from '../results/recorder.ts';
import type { Client } from './budgets.ts';
import type { Counted } from './guards.ts';
import type { Memory } from './memory.ts';
import type { Program } from './program.ts';

export interface RunOptions {
  readonly seed: number;
  readonly replication: number;
  /** Replication whose arrival times are used; the default is the run's own. */
  readonly arrivalsOf?: number;
  /** By journey: where the latencies of completed requests go as well; default nowhere. */
  readonly latencyLogs?: readonly LatencyLog[];
  /** Whether code is made for the program; by default for long runs of small ones. */
  readonly isGenerated?: boolean;
}

/** What the engine works on: to be looked at only. */
export interface Inspection extends Counted {
  readonly model: Model;
  readonly program: Program;
  readonly memory: Memory;
  readonly fleet: Fleet;
  readonly recorder: Recorder;
  /** Who has retry budgets. */
  readonly clients: readonly Client[];
  readonly cluster: Cluster | undefined;
}
