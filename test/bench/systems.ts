/** What is measured: two queues that everybody knows, and a system with everything on. */
import { loadModel } from '../../bin/systems.ts';
import type { Model } from '../../simulator/model/model.ts';
import { parseModel } from '../../simulator/model/parse.ts';

export interface BenchSystem {
  readonly name: string;
  /** A model of about so many requests. */
  readonly model: (requests: number) => Model;
}

export const SYSTEMS: readonly BenchSystem[] = [
  { name: 'M/M/1, ρ 0.8', model: (requests) => queue(1, 80, requests) },
  { name: 'M/M/20, ρ 0.9', model: (requests) => queue(20, 1800, requests) },
  { name: 'unacademy-feed, staging, 300/s', model: feed },
];

/** Exponential service of 10 ms. */
export function queue(threads: number, perSecond: number, requests: number): Model {
  return parsed(`name: queue
duration: ${Math.ceil(requests / perSecond)}s
traffic: { guests: { does: visit, rate: ${perSecond}/s } }
journeys: { visit: [{ call: queue.work }] }
services:
  queue:
    serves: { threads: ${threads} }
    instances: 1
    endpoints: { work: [{ cpu: { exponential: 10ms } }] }
`);
}

export const HELD = { perSecond: 10_000 } as const;

/** Requests that wait inside for so long, each with a time-out that never comes. */
export function holding(stayMs: number): Model {
  return parsed(`name: holding
duration: 30s
traffic: { guests: { does: visit, rate: ${HELD.perSecond}/s } }
journeys: { visit: [{ call: room.stay, timeout: ${stayMs * 1.2}ms }] }
services:
  room:
    serves: event-loop
    instances: 1
    endpoints: { stay: [{ wait: ${stayMs}ms }] }
`);
}

function parsed(text: string): Model {
  const { model, problems } = parseModel([{ file: 'bench.yaml', text }]);
  if (model === undefined) throw new Error(JSON.stringify(problems));
  return model;
}

/** Two tiers that scale out from three instances, with hops, time-outs and least request. */
function feed(requests: number): Model {
  const duration = `duration=${Math.ceil(requests / 300)}s`;
  const settings = ['traffic.learners.rate=300/s', duration];
  return loadModel({ system: 'unacademy-feed', overlays: ['staging'], settings }).model;
}
