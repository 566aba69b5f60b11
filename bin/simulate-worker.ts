/** What a worker thread does: one replication. */
import type { Model } from '../simulator/model/model.ts';
import type { Run } from '../simulator/results/results.ts';
import { type SimulationOptions, simulateRun } from '../simulator/simulate.ts';

export interface ReplicationTask {
  readonly model: Model;
  readonly options: Pick<SimulationOptions, 'seed' | 'arrivals'>;
  readonly replication: number;
}

export function replicate({ model, options, replication }: ReplicationTask): Run {
  return simulateRun(model, options, replication);
}
