/** What a worker thread does: one replication. */
import type { Model } from '../simulator/model/model.ts';
import type { Run } from '../simulator/results/results.ts';
import { type SimulationOptions, simulateRun } from '../simulator/simulate.ts';

export interface ReplicationTask {
  readonly model: Model;
  readonly options: Pick<SimulationOptions, 'seed' | 'arrivals'>;
  readonly replication: number;
}

let latest: { readonly text: string; readonly model: Model } | undefined;

export function replicate({ model, options, replication }: ReplicationTask): Run {
  return simulateRun(sameModel(model), options, replication);
}

/** Every task brings a copy, but what is compiled for a model is kept by the object that it is. */
function sameModel(model: Model): Model {
  const text = JSON.stringify(model);
  if (latest?.text !== text) latest = { text, model };
  return latest.model;
}
