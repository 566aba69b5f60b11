/**
 * Replications over worker threads. The runs come back in order, so the number of workers never
 * shows.
 */
import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import type { Model } from '../simulator/model/model.ts';
import type { Results, Run } from '../simulator/results/results.ts';
import { collect, type SimulationOptions, simulate } from '../simulator/simulate.ts';
import { interruption } from './interrupt.ts';
import type { ReplicationTask } from './simulate-worker.ts';

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
  const pool = new Piscina<ReplicationTask, Run>({
    filename: new URL('./simulate-worker.ts', import.meta.url).href,
    name: 'replicate',
    minThreads: Math.min(workers, options.replications),
    maxThreads: workers,
    atomics: 'disabled',
  });
  let done = 0;
  const run = async (replication: number): Promise<Run> => {
    const task = {
      model,
      options: { seed: options.seed, arrivals: options.arrivals },
      replication,
    };
    const finished = await pool.run(task, { signal: interruption() });
    onProgress(++done);
    return finished;
  };
  try {
    const numbers = Array.from({ length: options.replications }, (_, replication) => replication);
    return collect(model, options, await Promise.all(numbers.map(run)));
  } catch (error) {
    interruption().throwIfAborted();
    throw error;
  } finally {
    await pool.destroy();
  }
}
