/**
 * People who give up after a random time: Erlang-A, on the engine's timer wheel. Who gives up in
 * the queue leaves it; who is served by then is served to the end, so that agents are busy for
 * those who did not leave: λ(1 − P(leave))E[S]/c.
 */
import { expect, test } from 'vitest';
import type { Model } from '../../simulator/model/model.ts';
import { parseModel } from '../../simulator/model/parse.ts';
import { simulate } from '../../simulator/simulate.ts';
import { erlangA } from '../../simulator/theory/erlang-a.ts';

const CALLS = 400_000;

/** Service takes a second on average. */
function callCentre(perSecond: number, agents: number, patienceMs: number): Model {
  const { model } = parseModel([
    {
      file: 'call-centre.yaml',
      text: `name: call-centre
duration: ${Math.ceil(CALLS / perSecond)}s
traffic: { people: { does: ask, rate: ${perSecond}/s } }
journeys: { ask: [{ call: desk.talk, timeout: { exponential: ${patienceMs}ms }, cancels: true }] }
services:
  desk:
    serves: { threads: ${agents} }
    instances: 1
    endpoints: { talk: [{ cpu: { exponential: 1s } }] }
`,
    },
  ]);
  return model!;
}

/** Tolerance: 0.5 %, several standard errors of 400,000 calls. */
test.each([
  [10, 10, 1],
  [9, 10, 1],
  [12, 10, 1],
  [48, 50, 1],
  [100, 100, 0.5],
  [120, 100, 1],
])(
  '%i calls a second, %i agents, patience ending %f times a second',
  (perSecond, agents, theta) => {
    const patienceMs = 1000 / theta;
    const model = callCentre(perSecond, agents, patienceMs);
    const options = { seed: 3, replications: 1, arrivals: 'independent', modelDigest: '' } as const;
    const { utilizationRatio } = simulate(model, options).runs[0]!.services['desk']!;
    const settled = utilizationRatio.slice(5).map((ratio) => ratio!);
    const busyRatio = settled.reduce((sum, ratio) => sum + ratio, 0) / settled.length;
    const { abandonedRatio } = erlangA({
      servers: agents,
      arrivalsPerSecond: perSecond,
      serviceMsMean: 1000,
      patienceMsMean: patienceMs,
    });
    const expected = (perSecond * (1 - abandonedRatio)) / agents;
    expect(Math.abs(busyRatio / expected - 1)).toBeLessThan(0.005);
  },
);
