/**
 * `inside-worker.ts STAY-MS`: two minutes of requests that each stay inside so long; prints the
 * most memory that this process had.
 */
import { simulate } from '../../simulator/simulate.ts';
import { holding } from './systems.ts';

const options = { seed: 1, replications: 1, arrivals: 'independent', modelDigest: '' } as const;
simulate(holding(Number(process.argv[2])), options);
console.log(process.resourceUsage().maxRSS * 1024);
