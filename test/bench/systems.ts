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

/** What `cpp/rich.cpp` does; the gateway is where an attempt is at home. */
export function threeTiers(requests: number): Model {
  return parsed(`name: three-tiers
duration: ${Math.ceil(requests / 75)}ms
traffic: { guests: { does: fetch, rate: 75000/s } }
journeys:
  fetch:
    - call: gateway.fetch
      timeout: 250ms
      cancels: true
      retry: { attempts: 3, backoff: 100ms, factor: 2 }
caches:
  items: { entries: 100000, keys: { count: 170000, zipf: 0.9 }, starts: full }
services:
  gateway:
    serves: delay
    instances: 1
    endpoints:
      fetch: [{ call: app.work }, { wait: 0.5ms }, { lookup: items, miss: [{ call: db.query }] }]
  app:
    serves: { threads: 100 }
    balancing: least-request
    instances: 50
    endpoints: { work: [{ cpu: { exponential: 50ms } }] }
  db:
    serves: { pool: 200 }
    instances: 1
    endpoints: { query: [{ cpu: { exponential: 20ms } }] }
`);
}

/**
 * Everything that a cloud has: a balanced group of some hundred instances that scales with its
 * load, bounded queues, time-outs, attempts, hops, a cache and a database with a pool.
 */
export function cloud(requests: number): Model {
  return parsed(`name: cloud
duration: ${Math.ceil(requests / 10)}ms
hop: 0.3ms
traffic: { guests: { does: visit, rate: 10000/s } }
journeys: { visit: [{ call: api.read, timeout: 2s }] }
caches:
  items: { entries: 100000, keys: { count: 1000000, zipf: 0.9 }, starts: full }
services:
  api:
    on: { boot: { median: 40s, p99: 90s }, warm-up: 30s, price: $0.1/h }
    serves: { threads: 8, queue: { limit: 50 } }
    balancing: least-request
    scaling:
      min: 100
      max: 200
      start: 100
      policies:
        - target-tracking: { metric: utilization, target: 60% }
    endpoints:
      read:
        - cpu: { median: 30ms, p99: 80ms }
        - lookup: items
          miss: [{ call: db.query, timeout: 500ms, retry: { attempts: 2, backoff: 20ms } }]
        - cpu: 5ms
  db:
    serves: { pool: 200 }
    instances: 1
    endpoints: { query: [{ cpu: { exponential: 20ms } }] }
`);
}

/** A hundred instances under an HPA that scrapes and decides so often, and never scales. */
export function watched(requests: number, seconds: number): Model {
  return parsed(`name: watched
duration: ${Math.ceil(requests / 10)}ms
hop: 0.3ms
traffic: { guests: { does: visit, rate: 10000/s } }
journeys: { visit: [{ call: api.read, timeout: 2s }] }
services:
  api:
    serves: { threads: 8 }
    balancing: least-request
    scaling:
      min: 100
      max: 200
      metrics: { source: metrics-server, scrape: ${seconds}s, window: ${2 * seconds}s, phase: 0s }
      policies:
        - hpa:
            metrics: [{ metric: utilization, target: 50% }]
            controller: { syncPeriod: ${seconds}s }
    endpoints: { read: [{ cpu: { median: 30ms, p99: 80ms } }] }
`);
}

export const HELD = { perSecond: 10_000 } as const;

/** Requests that wait inside for so long, each with a time-out that never comes. */
export function holding(stayMs: number): Model {
  return parsed(`name: holding
duration: 120s
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
