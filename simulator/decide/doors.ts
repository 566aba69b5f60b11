/** Every policy that `plimsoll decide` can be asked, in alphabetical order. */
import { clusterAutoscaler } from './cluster-autoscaler.ts';
import type { Door } from './door.ts';
import { karpenter } from './karpenter.ts';
import { keda } from './keda.ts';
import { kedaJob } from './keda-job.ts';
import { roundRobin } from './round-robin.ts';

export const DOORS: readonly Door[] = [clusterAutoscaler, karpenter, keda, kedaJob, roundRobin];
