/**
 * `long-worker.ts REQUESTS`: one long M/M/20 in a process of its own, so that another can look on;
 * prints how many requests arrived.
 */
import { simulate } from '../../simulator/simulate.ts';
import { queue } from './systems.ts';

const options = { seed: 1, replications: 1, arrivals: 'independent', modelDigest: '' } as const;
const { runs } = simulate(queue(20, 1800, Number(process.argv[2])), options);
console.log(runs[0]?.journeys['visit']?.counters.arrived);
