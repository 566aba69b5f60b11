/**
 * Replications over worker threads. The runs come back in order, so the number of workers never
 * shows.
 */
import { availableParallelism } from 'node:os';
import type { Model } from '../simulator/model/model.ts';
import type { Results, Run } from '../simulator/results/results.ts';
import { collect, type SimulationOptions, simulate } from '../simulator/simulate.ts';
import type { ReplicationTask } from './simulate-worker.ts';
import { withWorkers } from './workers.ts';

/**
 * `simulate()` on all cores.
 *
 * @param workers threads; 1 runs in this one
 * @param onProgress called after each replication with how many are done
 */
export async function simulateInParallel(
  model: Model,
  options: SimulationOptions,
  workers: number = availableParallelism(),
  onProgress: (done: number) => void = () => {},
): Promise<Results> {
  if (workers === 1 || options.replications === 1) return simulate(model, options);
  const { replications } = options;
  const runs = await runReplications(model, options, [0, replications], workers, onProgress);
  return collect(model, options, runs);
}

/** Replications from one number up to, and without, another. */
export async function runReplications(
  model: Model,
  options: SimulationOptions,
  [from, to]: readonly [number, number],
  workers: number = availableParallelism(),
  onProgress: (done: number) => void = () => {},
): Promise<Run[]> {
  const { seed, arrivals } = options;
  const file = './simulate-worker.ts';
  const threads = [Math.min(workers, to - from), workers] as const;
  let done = from;
  return withWorkers<ReplicationTask, Run, Run[]>({ file, name: 'replicate', threads }, (run) =>
    Promise.all(
      Array.from({ length: to - from }, async (_, index) => {
        const replication = from + index;
        const finished = await run({ model, options: { seed, arrivals }, replication });
        onProgress(++done);
        return finished;
      }),
    ),
  );
}
