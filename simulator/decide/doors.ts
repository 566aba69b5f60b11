/** Every policy that `plimsoll decide` can be asked, in alphabetical order. */
import type { Door } from './door.ts';
import { outlierDetection } from './outlier-detection.ts';
import { roundRobin } from './round-robin.ts';

export const DOORS: readonly Door[] = [outlierDetection, roundRobin];
