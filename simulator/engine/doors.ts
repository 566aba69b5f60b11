/** What the compiler asks of a model: how requests are let in, and whether work is called off. */

import { countsInside } from '../components/fleet.ts';
import { callsIn } from '../model/calls-in.ts';
import type { CallStep, Model, ServerKind, Service } from '../model/model.ts';
import { OP } from './program.ts';

/** The op that lets a request in: it picks an instance, and counts who is inside, or does not. */
export function entryOp(service: Service): number {
  if (countsInside(service)) return OP.route;
  return service.scaling.max > 1 ? OP.pick : OP.enter;
}

/** The ops that take and give a thread or connection back. */
export function threadOps(serves: ServerKind): readonly [number, number] | readonly [] {
  if (serves.type === 'threads' || serves.type === 'pool') return [OP.acquire, OP.release];
  const isLimited = serves.type === 'cpu-shared' && serves.threads !== undefined;
  return isLimited ? [OP.admit, OP.dismiss] : [];
}

/** Whether its queue may refuse a request. */
export function turnsAway(serves: ServerKind): boolean {
  const queue = 'queue' in serves ? serves.queue : undefined;
  return queue?.limit !== undefined || queue?.codel !== undefined || queue?.expired === 'drop';
}

/** Whether any callee is told of a timeout, or that another was quicker. */
export function callsOff({ journeys, services }: Model): boolean {
  const all = [...journeys, ...services.flatMap(({ endpoints }) => endpoints)];
  return all.some(({ steps }) =>
    [...callsIn(steps)].some((step) => step.type === 'call' && mayCallOff(step)),
  );
}

function mayCallOff({ cancels, deadline, hedge }: CallStep): boolean {
  return cancels === true || deadline !== undefined || hedge?.cancels === true;
}
