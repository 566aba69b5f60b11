/** Every policy that `plimsoll decide` can be asked, in alphabetical order. */

import { argoAnalysis } from './argo-analysis.ts';
import { argoCanary } from './argo-canary.ts';
import { awsStep } from './aws-step.ts';
import { awsTargetTracking } from './aws-target-tracking.ts';
import { cloudwatchAlarm } from './cloudwatch-alarm.ts';
import { clusterAutoscaler } from './cluster-autoscaler.ts';
import type { Door } from './door.ts';
import { envoyLeastRequest } from './envoy-least-request.ts';
import { envoyPriorityLoad } from './envoy-priority-load.ts';
import { hpa } from './hpa.ts';
import { hpaBehavior } from './hpa-behavior.ts';
import { karpenter } from './karpenter.ts';
import { keda } from './keda.ts';
import { kedaJob } from './keda-job.ts';
import { outlierDetection } from './outlier-detection.ts';
import { roundRobin } from './round-robin.ts';

export const DOORS: readonly Door[] = [
  argoAnalysis,
  argoCanary,
  awsStep,
  awsTargetTracking,
  cloudwatchAlarm,
  clusterAutoscaler,
  envoyLeastRequest,
  envoyPriorityLoad,
  hpa,
  hpaBehavior,
  karpenter,
  keda,
  kedaJob,
  outlierDetection,
  roundRobin,
];
