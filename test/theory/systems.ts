/** Systems of several services, as a user would write them; `stations.ts` has those of one. */
import { writeRate } from '../../simulator/model/units.ts';
import type { Results } from '../../simulator/results/results.ts';
import { utilization } from './stations.ts';

export interface SystemText {
  /** Steps of the one journey, `visit`. */
  readonly visit: string;
  /** By name: everything behind the colon. */
  readonly services: Readonly<Record<string, string>>;
  readonly arrivalsPerSecond: number;
  readonly arrivals?: 'poisson' | 'even';
  /** Of one replication, after its warm-up. */
  readonly requests: number;
  /** Nothing has to fill up where nobody waits for anybody. */
  readonly warmUp?: number;
  readonly caches?: string;
}

/** The model file of a system that guests visit. */
export function systemText(system: SystemText): string {
  const { visit, services, arrivalsPerSecond, arrivals = 'poisson', caches } = system;
  const { warmUp = 0.2 } = system;
  const seconds = Math.ceil(system.requests / arrivalsPerSecond / (1 - warmUp));
  return `name: system
duration: ${seconds}s
warm-up: ${Math.floor(seconds * warmUp)}s
traffic:
  guests: { does: visit, rate: ${writeRate(arrivalsPerSecond)}, arrivals: ${arrivals} }
journeys:
  visit: ${visit}
services:
${Object.entries(services)
  .map(([name, text]) => `  ${name}: ${text}\n`)
  .join('')}${caches === undefined ? '' : `caches: ${caches}\n`}`;
}

/** A service with one endpoint, `work`. */
export function serving(serves: string, steps: string, instances = 1): string {
  return `{ serves: ${serves}, instances: ${instances}, endpoints: { work: ${steps} } }`;
}

/** Room for everybody, whoever comes. */
const ROOM = 100_000;

/** A service whose busy threads are those who are inside it, at no cost of theirs. */
export function gate(steps: string): string {
  return serving(`{ threads: ${ROOM} }`, steps);
}

/** Mean number of requests inside a gate after the warm-up, in each replication. */
export function inside(results: Results, name: string): number[] {
  return utilization(results, name).map((ratio) => ratio * ROOM);
}
