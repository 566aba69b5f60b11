/**
 * A Jackson network through the model file: three stations, of which the second sends a fifth of
 * its visits back to the first. A model's calls run in no circles, so that way back is laid out
 * visit by visit, as often as one in a million needs it.
 *
 *     10/s ──► A ──60%──► B ──80%──►        A: 4 threads of 250 ms
 *              ▲│         │20%              B: 2 of 200 ms
 *              ││40%      │                 C: 1 of 166.7 ms
 *              │└───► C ──┼─────────►
 *              └──────────┘
 */
import { beforeAll, test } from 'vitest';
import { MEAN } from '../../simulator/analysis/statistics.ts';
import type { Results } from '../../simulator/results/results.ts';
import { jackson } from '../../simulator/theory/jackson.ts';
import { mmcSojournMsMean } from '../../simulator/theory/mmc.ts';
import { utilizationRatio } from '../../simulator/theory/station.ts';
import { expectTruth, measured, run, utilization } from './stations.ts';
import { gate, inside, serving, systemText } from './systems.ts';

const PER_SECOND = 10;
/** To A: 0.12^7, less than one in a million, would come once more. */
const MOST_VISITS = 7;

const { stations, insideMean, sojournMsMean } = jackson([
  { servers: 4, serviceMsMean: 1000 / 4, externalPerSecond: PER_SECOND, next: [0, 0.6, 0.4] },
  { servers: 2, serviceMsMean: 1000 / 5, externalPerSecond: 0, next: [0.2] },
  { servers: 1, serviceMsMean: 1000 / 6, externalPerSecond: 0, next: [] },
]);
const NAMES = ['a', 'b', 'c'];

/** Steps from a visit to A on, with so many of them at most. */
function visitsFromA(most: number): string {
  const back = most === 1 ? '' : `, steps: [${visitsFromA(most - 1)}]`;
  const fromB = `{ choose: [{ share: 20%${back} }, { share: 80% }] }`;
  const toB = `{ share: 60%, steps: [{ call: b.work }, ${fromB}] }`;
  return `{ call: a.work }, { choose: [${toB}, { share: 40%, steps: [{ call: c.work }] }] }`;
}

/** A gate around each station: who waits or is served is inside. */
function services(): Record<string, string> {
  return Object.fromEntries(
    stations.flatMap(({ servers, serviceMsMean }, index) => {
      const name = NAMES[index]!;
      const steps = `[{ cpu: { exponential: ${serviceMsMean.toFixed(9)}ms } }]`;
      return [
        [name, gate(`[{ call: ${name}-servers.work }]`)],
        [`${name}-servers`, serving(`{ threads: ${servers} }`, steps)],
      ];
    }),
  );
}

let results: Results;

beforeAll(() => {
  const visit = `[${visitsFromA(MOST_VISITS)}]`;
  const network = { visit, services: services(), arrivalsPerSecond: PER_SECOND };
  results = run(systemText({ ...network, requests: 150_000 }));
});

test.each([
  ['A, whose arrivals come from outside and from B', 0, 0.015],
  ['B, which has six tenths of what A has', 1, 0.02],
  ['C, which nobody leaves for another', 2, 0.03],
])('%s: utilisation within 1 %, and as many inside as in M/M/c alone', (_, index, share) => {
  const station = stations[index]!;
  const name = NAMES[index]!;
  expectTruth(utilization(results, `${name}-servers`), utilizationRatio(station), 0.01);
  const number = (station.arrivalsPerSecond * mmcSojournMsMean(station)) / 1000;
  expectTruth(inside(results, name), number, share);
});

test('the whole: 9.60401329 inside, 960.401329 ms from coming to leaving; within 1.5 %', () => {
  const numbers = NAMES.map((name) => inside(results, name));
  const all = numbers[0]!.map((_, index) => numbers.reduce((sum, one) => sum + one[index]!, 0));
  expectTruth(all, insideMean, 0.015);
  expectTruth(measured(results, MEAN), sojournMsMean, 0.015);
});
