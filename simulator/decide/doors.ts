/** Every policy that `plimsoll decide` can be asked, in alphabetical order. */

import { awsStep } from './aws-step.ts';
import { awsTargetTracking } from './aws-target-tracking.ts';
import { cloudwatchAlarm } from './cloudwatch-alarm.ts';
import type { Door } from './door.ts';
import { roundRobin } from './round-robin.ts';

export const DOORS: readonly Door[] = [awsStep, awsTargetTracking, cloudwatchAlarm, roundRobin];
