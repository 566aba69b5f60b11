/** One simulation for a command: on all cores, with progress, stopped by Ctrl-C. */
import { formatDuration } from '../simulator/model/units.ts';
import type { Results } from '../simulator/results/results.ts';
import type { SimulationOptions } from '../simulator/simulate.ts';
import type { SimulationFlags } from './options.ts';
import { simulateToPrecision } from './precision.ts';
import { startProgress } from './progress.ts';
import { simulateInParallel } from './replicate.ts';
import type { LoadedModel } from './systems.ts';

/** Replications of a loaded model; the flags' seed decides everything. */
export async function predict(
  { model, digest }: LoadedModel,
  { seed, replications, workers, precision }: SimulationFlags & { readonly precision?: number },
  arrivals: SimulationOptions['arrivals'],
): Promise<Results> {
  const progress = startProgress();
  const what = `simulating ${formatDuration(model.durationMs)} of ${model.name}`;
  progress.update(`${what} …`);
  const options = { seed, replications, arrivals, modelDigest: digest };
  try {
    if (precision !== undefined) {
      const show = (text: string) => progress.update(`${what}: ${text}`);
      return await simulateToPrecision(model, options, precision, workers, show);
    }
    return await simulateInParallel(model, options, workers, (done) =>
      progress.update(`${what}: ${done} of ${replications} replications`),
    );
  } finally {
    progress.clear();
  }
}
