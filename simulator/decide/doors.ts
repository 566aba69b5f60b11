/** Every policy that `plimsoll decide` can be asked, in alphabetical order. */

import { awsRetryQuotaDoor } from './aws-retry-quota.ts';
import type { Door } from './door.ts';
import { gcraDoor } from './gcra.ts';
import { grpcRetryThrottle } from './grpc-retry-throttle.ts';
import { nginxLimitReqDoor } from './nginx-limit-req.ts';
import { roundRobin } from './round-robin.ts';
import { tokenBucketDoor } from './token-bucket.ts';

export const DOORS: readonly Door[] = [
  awsRetryQuotaDoor,
  gcraDoor,
  grpcRetryThrottle,
  nginxLimitReqDoor,
  roundRobin,
  tokenBucketDoor,
];
