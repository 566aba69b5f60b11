/**
 * Urgent requests overtake the queue and nobody who is served, through the model file: Cobham's
 * waits at one thread. Service takes 1 s in the mean, so that times are in service times. How close
 * a mean wait must come is in the table, three times its standard error or more: the fuller the
 * server, the longer the last ones remember.
 */
import { test } from 'vitest';
import { MEAN, valuesOf } from '../../simulator/analysis/statistics.ts';
import { windowsOf } from '../../simulator/analysis/windows.ts';
import { priorityWaitMsMeans } from '../../simulator/theory/priority.ts';
import { expectTruth, run } from './stations.ts';
import { serving } from './systems.ts';

const SERVICE_MS = 1000;
const EXPONENTIAL = { steps: '[{ cpu: { exponential: 1s } }]', squaredVariation: 1 };
const CONSTANT = { steps: '[{ cpu: 1s }]', squaredVariation: 0 };
const SERVES = '{ threads: 1, queue: { order: priority } }';

interface Rank {
  readonly priority: number;
  readonly perSecond: number;
  /** How close its mean wait must come. */
  readonly share: number;
}

/** A traffic and a journey for each rank, all at the same server. */
function ranksText(ranks: readonly Rank[], steps: string, requests: number): string {
  const seconds = Math.ceil(requests / ranks.reduce((sum, { perSecond }) => sum + perSecond, 0));
  const lines = (line: (rank: Rank) => string) => ranks.map((rank) => `  ${line(rank)}\n`).join('');
  return `name: ranks
duration: ${Math.ceil(1.25 * seconds)}s
warm-up: ${Math.floor(0.25 * seconds)}s
traffic:
${lines(({ priority: p, perSecond }) => `r${p}: { does: r${p}, rate: ${perSecond}/s, priority: ${p} }`)}
journeys:
${lines(({ priority: p }) => `r${p}: [{ call: server.work }]`)}
services:
  server: ${serving(SERVES, steps)}
`;
}

test.each([
  [
    'three eighths of the load are urgent, and wait a fifth of what the others do',
    EXPONENTIAL,
    [
      { priority: 0, perSecond: 0.3, share: 0.01 },
      { priority: 1, perSecond: 0.5, share: 0.015 },
    ],
    600_000,
  ],
  [
    'more than half is urgent: the others wait ten times as long',
    EXPONENTIAL,
    [
      { priority: 0, perSecond: 0.5, share: 0.01 },
      { priority: 1, perSecond: 0.4, share: 0.03 },
    ],
    1_200_000,
  ],
  [
    'work that is all alike halves both waits',
    CONSTANT,
    [
      { priority: 0, perSecond: 0.3, share: 0.01 },
      { priority: 1, perSecond: 0.5, share: 0.015 },
    ],
    300_000,
  ],
  [
    'first, middle and last rank each wait for those before them',
    EXPONENTIAL,
    [
      { priority: 0, perSecond: 0.2, share: 0.0125 },
      { priority: 3, perSecond: 0.2, share: 0.01 },
      { priority: 7, perSecond: 0.3, share: 0.02 },
    ],
    300_000,
  ],
] as const)('%s', (_, { steps, squaredVariation }, ranks, requests) => {
  const results = run(ranksText(ranks, steps, requests));
  const truths = priorityWaitMsMeans(
    ranks.map(({ perSecond: arrivalsPerSecond }) => {
      return { arrivalsPerSecond, serviceMsMean: SERVICE_MS, squaredVariation };
    }),
  );
  ranks.forEach(({ priority, share }, index) => {
    const sojourns = valuesOf(results, `r${priority}`, windowsOf(results)[0]!, MEAN);
    const waits = sojourns.map((ms) => ms - SERVICE_MS);
    expectTruth(waits, truths[index]!, share);
  });
});
