import { z } from 'zod';
import { expects, flag, listOf } from '../model/schema-parts.ts';
import { partsOf } from '../policies/keda/manifest.ts';
import { countJobs, decideScaledJob } from '../policies/keda/scaled-job.ts';
import { readScaledJob, scaledJobComplaints } from '../policies/keda/scaled-job-manifest.ts';
import { type Door, door } from './door.ts';
import {
  anything,
  int32,
  metadata,
  pollingInterval,
  readings,
  readingValue,
  signedInt32,
  text,
  triggers,
} from './keda-shapes.ts';

const scalingStrategy = z.strictObject({
  strategy: expects(
    z.enum(['default', 'custom', 'accurate', 'eager']),
    'default, custom, accurate or eager',
  )
    .describe('how running and pending jobs are deducted; default: default')
    .optional(),
  customScalingQueueLengthDeduction: signedInt32
    .describe('deducted by custom; default 0')
    .optional(),
  customScalingRunningJobPercentage: text
    .describe('share of the running jobs that custom deducts, such as "0.5"')
    .optional(),
  pendingPodConditions: listOf(text, 'condition')
    .describe('pod conditions that a job needs so as not to be pending')
    .optional(),
  multipleScalersCalculation: expects(z.enum(['max', 'min', 'avg', 'sum']), 'max, min, avg or sum')
    .describe('how several triggers are combined; default max')
    .optional(),
});

const spec = z.strictObject({
  jobTargetRef: anything.describe('the Job, not looked at').optional(),
  pollingInterval,
  successfulJobsHistoryLimit: int32.describe('not looked at').optional(),
  failedJobsHistoryLimit: int32.describe('not looked at').optional(),
  envSourceContainerName: text.describe('not looked at').optional(),
  minReplicaCount: int32.describe('jobs that always run; default 0').optional(),
  maxReplicaCount: int32.describe('most jobs; default 100').optional(),
  rollout: anything.describe('what a change of the manifest does, not looked at').optional(),
  rolloutStrategy: text.describe('the same, deprecated').optional(),
  scalingStrategy: scalingStrategy.describe('how many jobs are created').optional(),
  triggers,
});

const manifest = z.strictObject({
  apiVersion: text.describe('keda.sh/v1alpha1, not looked at').optional(),
  kind: expects(z.literal('ScaledJob'), 'ScaledJob').describe('kind of object').optional(),
  metadata: metadata.describe('name and annotations').optional(),
  spec: spec.describe('what is run, and on what'),
});

const pod = z.strictObject({
  phase: expects(
    z.enum(['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown']),
    'Pending, Running, Succeeded, Failed or Unknown',
  ).describe('status.phase'),
  conditions: expects(z.array(text), 'a list of condition types such as ["Ready"]')
    .describe('types of the conditions that are True; default none')
    .optional(),
});

const job = z.strictObject({
  finished: flag.describe('whether it is complete or has failed; default false').optional(),
  pods: expects(z.array(pod), 'a list of pods').describe('its pods'),
});

/** `plimsoll decide keda-job` */
export const kedaJob: Door = door({
  name: 'keda-job',
  summary: 'Jobs that KEDA creates for a ScaledJob',
  source: 'KEDA pkg/scaling/executor/scale_jobs.go, pkg/scaling/scaledjob/metrics.go',
  settings: expects(z.union([manifest, spec]), 'a ScaledJob, or its spec'),
  observation: z.strictObject({
    nowMs: expects(z.number().min(0), 'milliseconds').describe('now; a line is one poll'),
    runningJobs: int32.describe('jobs that have not finished; default: counted').optional(),
    pendingJobs: int32.describe('those of them that are pending; default: counted').optional(),
    jobs: expects(z.array(job), 'a list of jobs')
      .describe('instead of the counts: the jobs with their pods; default none')
      .optional(),
    triggers: readings,
  }),
  state: z.strictObject({
    lastActiveAtMs: expects(z.number().nullable(), 'milliseconds or null').describe(
      'last active pass',
    ),
  }),
  rules: scaledJobComplaints,
  initial: () => ({ lastActiveAtMs: null }),
  decide: (settings, observation, state) => {
    const scaledJob = readScaledJob(settings);
    const conditions = partsOf(settings).spec.scalingStrategy?.pendingPodConditions ?? [];
    const jobs = (observation.jobs ?? []).map(({ finished = false, pods }) => ({
      isFinished: finished,
      pods: pods.map((one) => ({ ...one, conditions: one.conditions ?? [] })),
    }));
    const counted = countJobs(jobs, conditions);
    const seen = {
      nowMs: observation.nowMs,
      runningJobs: observation.runningJobs ?? counted.runningJobs,
      pendingJobs: observation.pendingJobs ?? counted.pendingJobs,
      readings: scaledJob.triggers.map((trigger, index) => ({
        queueLength: readingValue(trigger, observation.triggers[index]),
        active: observation.triggers[index]?.active,
      })),
    };
    return { ...decideScaledJob(scaledJob, seen, state) };
  },
  example: {
    settings: {
      maxReplicaCount: 10,
      scalingStrategy: { strategy: 'accurate' },
      triggers: [{ type: 'rabbitmq', metadata: { value: '1' } }],
    },
    observations: [
      { nowMs: 0, runningJobs: 0, pendingJobs: 0, triggers: [{ value: 3 }] },
      { nowMs: 30_000, runningJobs: 3, pendingJobs: 2, triggers: [{ value: 5 }] },
      { nowMs: 60_000, runningJobs: 6, pendingJobs: 0, triggers: [{ value: 9 }] },
    ],
  },
});
