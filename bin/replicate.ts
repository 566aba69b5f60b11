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
  const pool = new Piscina<ReplicationTask, Run>({
    filename: new URL('./simulate-worker.ts', import.meta.url).href,
    name: 'replicate',
    minThreads: Math.min(workers, to - from),
    maxThreads: workers,
    atomics: 'disabled',
  });
  const { seed, arrivals } = options;
  let done = from;
  const run = async (replication: number): Promise<Run> => {
    const task = { model, options: { seed, arrivals }, replication };
    const finished = await pool.run(task, { signal: interruption() });
    onProgress(++done);
    return finished;
  };
  try {
    const numbers = Array.from({ length: to - from }, (_, index) => from + index);
    return await Promise.all(numbers.map(run));
  } catch (error) {
    interruption().throwIfAborted();
    throw error;
  } finally {
    await pool.destroy();
  }
}
