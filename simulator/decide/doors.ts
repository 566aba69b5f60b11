/** Every policy that `plimsoll decide` can be asked, in alphabetical order. */
import { argoAnalysis } from './argo-analysis.ts';
import { argoCanary } from './argo-canary.ts';
import type { Door } from './door.ts';
import { roundRobin } from './round-robin.ts';

export const DOORS: readonly Door[] = [argoAnalysis, argoCanary, roundRobin];
