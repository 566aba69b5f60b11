/** G9: who finds the one server busy comes again later, as often as it takes. */
import { expect, test } from 'vitest';
import { MEAN } from '../../simulator/analysis/statistics.ts';
import type { Model, Step } from '../../simulator/model/model.ts';
import { parseModel } from '../../simulator/model/parse.ts';
import { simulate } from '../../simulator/simulate.ts';
import { orbitMsMean } from '../../simulator/theory/retrial.ts';
import { expectTruth, measured } from './stations.ts';

const SERVICE_MS = 100;

/** So many that none gives up. */
const ATTEMPTS = 250;

function retrying(rho: number, pauseMs: number, seconds: number): Model {
  const text = `name: orbit
duration: ${seconds}s
warm-up: ${seconds / 5}s
traffic: { guests: { does: visit, rate: ${(1000 * rho) / SERVICE_MS}/s } }
journeys:
  visit: [{ call: s.work, retry: { attempts: 2, backoff: { exponential: ${pauseMs}ms } } }]
services:
  s:
    serves: { threads: 1, queue: { limit: 0 } }
    instances: 1
    endpoints: { work: [{ cpu: { exponential: ${SERVICE_MS}ms } }] }
`;
  const { model } = parseModel([{ file: 'm.yaml', text }]);
  return { ...model!, journeys: model!.journeys.map((journey) => patient(journey)) };
}

function patient<T extends { readonly steps: readonly Step[] }>(journey: T): T {
  const steps = journey.steps.map((step) =>
    step.type === 'call' && step.retry !== undefined
      ? { ...step, retry: { ...step.retry, attempts: ATTEMPTS } }
      : step,
  );
  return { ...journey, steps };
}

test.each([
  [0.5, 100, 12_000],
  [0.5, 1000, 12_000],
  [0.8, 100, 40_000],
])(
  'an orbit at a load of %f with pauses of %i ms: M/M/1 with retrials',
  (rho, pauseMs, seconds) => {
    const model = retrying(rho, pauseMs, seconds);
    const options = { seed: 1, replications: 8, arrivals: 'independent', modelDigest: '' } as const;
    const results = simulate(model, options);
    const arrivalsPerSecond = (1000 * rho) / SERVICE_MS;
    const station = { arrivalsPerSecond, serviceMsMean: SERVICE_MS, pauseMsMean: pauseMs };
    const truth = orbitMsMean(station) + SERVICE_MS;
    expectTruth(measured(results, MEAN), truth, rho < 0.7 ? 0.02 : 0.04);
    const { counters } = results.runs[0]!.journeys['visit']!;
    expect(counters.shed + counters.failed).toBe(0);
  },
);
