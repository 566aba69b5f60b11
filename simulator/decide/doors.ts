/** Every policy that `plimsoll decide` can be asked, in alphabetical order. */
import type { Door } from './door.ts';
import { hpa } from './hpa.ts';
import { hpaBehavior } from './hpa-behavior.ts';
import { keda } from './keda.ts';
import { kedaJob } from './keda-job.ts';
import { roundRobin } from './round-robin.ts';

export const DOORS: readonly Door[] = [hpa, hpaBehavior, keda, kedaJob, roundRobin];
