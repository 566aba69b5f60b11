/** Every policy that `plimsoll decide` can be asked, in alphabetical order. */

import { abSplit } from './ab-split.ts';
import { argoAnalysis } from './argo-analysis.ts';
import { argoCanary } from './argo-canary.ts';
import { awsRetryQuotaDoor } from './aws-retry-quota.ts';
import { awsStep } from './aws-step.ts';
import { awsTargetTracking } from './aws-target-tracking.ts';
import { bandit } from './bandit.ts';
import { cloudwatchAlarm } from './cloudwatch-alarm.ts';
import { clusterAutoscaler } from './cluster-autoscaler.ts';
import type { Door } from './door.ts';
import { envoyLeastRequest } from './envoy-least-request.ts';
import { envoyPriorityLoad } from './envoy-priority-load.ts';
import { gcraDoor } from './gcra.ts';
import { grpcRetryThrottle } from './grpc-retry-throttle.ts';
import { hpa } from './hpa.ts';
import { hpaBehavior } from './hpa-behavior.ts';
import { karpenter } from './karpenter.ts';
import { keda } from './keda.ts';
import { kedaJob } from './keda-job.ts';
import { latencyScaling } from './latency-scaling.ts';
import { nginxLimitReqDoor } from './nginx-limit-req.ts';
import { outlierDetection } from './outlier-detection.ts';
import { queueScaling } from './queue-scaling.ts';
import { roundRobin } from './round-robin.ts';
import { tokenBucketDoor } from './token-bucket.ts';

export const DOORS: readonly Door[] = [
  abSplit,
  argoAnalysis,
  argoCanary,
  awsRetryQuotaDoor,
  awsStep,
  awsTargetTracking,
  bandit,
  cloudwatchAlarm,
  clusterAutoscaler,
  envoyLeastRequest,
  envoyPriorityLoad,
  gcraDoor,
  grpcRetryThrottle,
  hpa,
  hpaBehavior,
  karpenter,
  keda,
  kedaJob,
  latencyScaling,
  nginxLimitReqDoor,
  outlierDetection,
  queueScaling,
  roundRobin,
  tokenBucketDoor,
];
