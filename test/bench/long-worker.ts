/** One long run on a thread of its own, so that another can look on. */
import { parentPort, workerData } from 'node:worker_threads';
import { simulate } from '../../simulator/simulate.ts';
import { queue } from './systems.ts';

/** What it is started with. */
export interface LongTask {
  readonly requests: number;
}

const { requests } = workerData as LongTask; // What `memory.ts` sends.
const options = { seed: 1, replications: 1, arrivals: 'independent', modelDigest: '' } as const;
const { runs } = simulate(queue(20, 1800, requests), options);
parentPort?.postMessage(runs[0]?.journeys['visit']?.counters.arrived);
