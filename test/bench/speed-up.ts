/** What a second worker brings: the same replications on one worker and on two, by the clock. */
import { runReplications } from '../../bin/replicate.ts';
import type { Sizes } from './rounds.ts';
import type { BenchSystem } from './systems.ts';

export interface SpeedUp {
  readonly system: string;
  readonly replications: number;
  /** Wall clock, starting and stopping the workers included. */
  readonly oneWorkerSeconds: readonly number[];
  readonly twoWorkersSeconds: readonly number[];
}

/** Alternating rounds; one beforehand is not counted. */
export async function benchSpeedUp(
  system: BenchSystem,
  { rounds, requests }: Sizes,
  replications: number,
): Promise<SpeedUp> {
  const model = system.model(requests);
  const options = { seed: 1, replications, arrivals: 'independent', modelDigest: '' } as const;
  const seconds = async (workers: number) => {
    const startMs = performance.now();
    await runReplications(model, options, [0, replications], workers);
    return (performance.now() - startMs) / 1000;
  };
  const oneWorkerSeconds: number[] = [];
  const twoWorkersSeconds: number[] = [];
  await seconds(1);
  for (let round = 0; round < rounds; round++) {
    twoWorkersSeconds.push(await seconds(2));
    oneWorkerSeconds.push(await seconds(1));
  }
  return { system: system.name, replications, oneWorkerSeconds, twoWorkersSeconds };
}
