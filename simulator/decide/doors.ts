/** Every policy that `plimsoll decide` can be asked, in alphabetical order. */
import type { Door } from './door.ts';
import { envoyLeastRequest } from './envoy-least-request.ts';
import { envoyPriorityLoad } from './envoy-priority-load.ts';
import { roundRobin } from './round-robin.ts';

export const DOORS: readonly Door[] = [
  envoyLeastRequest, //
  envoyPriorityLoad,
  roundRobin,
];
