/** What a second worker brings: the same replications on one thread and on two, by the clock. */
import { simulateInParallel } from '../../bin/replicate.ts';
import type { Sizes } from './rounds.ts';
import type { BenchSystem } from './systems.ts';

export interface SpeedUp {
  readonly system: string;
  readonly replications: number;
  /** Wall clock, starting and stopping the workers included. */
  readonly oneThreadSeconds: readonly number[];
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
    await simulateInParallel(model, options, workers);
    return (performance.now() - startMs) / 1000;
  };
  const oneThreadSeconds: number[] = [];
  const twoWorkersSeconds: number[] = [];
  await seconds(1);
  for (let round = 0; round < rounds; round++) {
    twoWorkersSeconds.push(await seconds(2));
    oneThreadSeconds.push(await seconds(1));
  }
  return { system: system.name, replications, oneThreadSeconds, twoWorkersSeconds };
}
