/** KEDA's ScaledJob; the strategies' numbers are those of the vendor's own tests. */
import { expect, test } from 'vitest';
import {
  countJobs,
  decideScaledJob,
  effectiveMaxScale,
  type JobStrategy,
  type ScaledJobDecision,
} from '../../simulator/policies/keda/scaled-job.ts';
import {
  readScaledJob,
  type ScaledJobSpec,
  scaledJobComplaints,
} from '../../simulator/policies/keda/scaled-job-manifest.ts';

const QUEUE = { type: 'rabbitmq', metadata: { value: '1' } } as const;
const DEFAULT: JobStrategy = { type: 'default' };
const ACCURATE: JobStrategy = { type: 'accurate' };
const EAGER: JobStrategy = { type: 'eager' };

function custom(queueLengthDeduction: number, runningJobRatio: number): JobStrategy {
  return { type: 'custom', queueLengthDeduction, runningJobRatio };
}

test.each<[JobStrategy, number, number, number, number, number]>([
  // strategy, max scale, running, pending, max replicas → may be created
  [DEFAULT, 3, 2, 0, 5, 1],
  [DEFAULT, 2, 0, 0, 5, 2],
  [DEFAULT, 1, 4, 0, 5, -3],
  [custom(1, 0.5), 3, 2, 0, 5, 1],
  [custom(1, 0.5), 10, 0, 0, 10, 9],
  [custom(2, 0), 3, 2, 0, 5, 1],
  [custom(-2, 0), 3, 2, 0, 4, 4],
  [custom(0, 0.5), 3, 2, 0, 5, 2],
  [custom(0, 0.5), 10, 5, 0, 10, 8],
  [ACCURATE, 3, 2, 0, 5, 3],
  [ACCURATE, 5, 2, 0, 5, 3],
  [ACCURATE, 3, 4, 2, 10, 1],
  [ACCURATE, 5, 4, 2, 5, 1],
  [ACCURATE, 3, 3, 3, 5, 0],
  [ACCURATE, 15, 15, 15, 20, 0],
  [ACCURATE, 10, 10, 10, 15, 0],
  [ACCURATE, 20, 15, 10, 20, 5],
  [EAGER, 4, 3, 0, 10, 4],
  [EAGER, 4, 0, 3, 10, 4],
  [EAGER, 4, 7, 0, 10, 3],
  [EAGER, 4, 1, 6, 10, 3],
  [EAGER, 15, 0, 0, 10, 10],
])('%j: %i wanted, %i running, %i pending, max %i → %i', (strategy, ...numbers) => {
  const [maxScale, running, pending, maxReplicas, expected] = numbers;
  expect(effectiveMaxScale(strategy, { maxScale, running, pending, maxReplicas })).toBe(expected);
});

interface Seen {
  readonly queue?: number;
  readonly running?: number;
  readonly pending?: number;
}

function decide(spec: Partial<ScaledJobSpec>, seen: Seen): ScaledJobDecision {
  const settings = readScaledJob({ triggers: [QUEUE], ...spec });
  const { queue, running = 0, pending = 0 } = seen;
  const readings = [{ queueLength: queue }];
  const observation = { nowMs: 5, runningJobs: running, pendingJobs: pending, readings };
  return decideScaledJob(settings, observation, { lastActiveAtMs: null });
}

function perJob(messages: number): Partial<ScaledJobSpec> {
  return { triggers: [{ type: 'rabbitmq', metadata: { value: String(messages) } }] };
}

test.each<[string, Partial<ScaledJobSpec>, Seen, number]>([
  ['10 messages, at most 3 jobs', { maxReplicaCount: 3 }, { queue: 10 }, 3],
  ['2 messages a job, at most 3', { maxReplicaCount: 3, ...perJob(2) }, { queue: 10 }, 3],
  ['a running one is deducted', { maxReplicaCount: 3 }, { queue: 10, running: 1 }, 2],
  ['one job a message', {}, { queue: 10 }, 10],
  ['4 messages at 5 a job are worth one', { maxReplicaCount: 3, ...perJob(5) }, { queue: 4 }, 1],
  [
    'eager uses the free places for 3 more',
    { maxReplicaCount: 10, scalingStrategy: { strategy: 'eager' } },
    { queue: 6, running: 3 },
    6,
  ],
  [
    'default does not see 3 more at 3 running',
    { maxReplicaCount: 10 },
    { queue: 3, running: 3 },
    0,
  ],
  ['an empty queue creates nothing', {}, { queue: 0 }, 0],
  ['a broken trigger creates nothing', {}, {}, 0],
  ['below the minimum it tops up, without a message', { minReplicaCount: 2 }, { queue: 0 }, 2],
  ['and only tops up, whatever the queue', { minReplicaCount: 2 }, { queue: 50, running: 1 }, 1],
  [
    'the minimum is not deducted: 2 of them run',
    { minReplicaCount: 2, maxReplicaCount: 10 },
    { queue: 3, running: 2 },
    3,
  ],
  [
    'the maximum includes the minimum: 10 − 2',
    { minReplicaCount: 2, maxReplicaCount: 10 },
    { queue: 50, running: 2 },
    8,
  ],
  ['a maximum that nobody gave does not', { minReplicaCount: 2 }, { queue: 500, running: 2 }, 100],
  [
    'a minimum above the maximum is the maximum',
    { minReplicaCount: 9, maxReplicaCount: 4 },
    { queue: 0 },
    4,
  ],
  [
    'no more jobs than messages, whatever the deduction',
    {
      scalingStrategy: {
        strategy: 'custom',
        customScalingQueueLengthDeduction: -5,
        customScalingRunningJobPercentage: '0',
      },
    },
    { queue: 3 },
    3,
  ],
  [
    'custom without a percentage is default',
    { scalingStrategy: { strategy: 'custom', customScalingQueueLengthDeduction: 3 } },
    { queue: 5, running: 1 },
    4,
  ],
  [
    'none for a Value trigger, whose target KEDA does not find',
    { triggers: [{ ...QUEUE, metricType: 'Value' }] },
    { queue: 50 },
    0,
  ],
  ['none for less than half a thousandth', {}, { queue: 0.0004 }, 0],
  ['a job for half of a thousandth and a little', {}, { queue: 0.0006 }, 1],
])('a ScaledJob creates %s → %#', (_, spec, seen, create) => {
  expect(decide(spec, seen).create).toBe(create);
});

test('a paused ScaledJob creates nothing and says so', () => {
  const annotations = { 'autoscaling.keda.sh/paused': 'true' };
  const settings = readScaledJob({ metadata: { annotations }, spec: { triggers: [QUEUE] } });
  const observation = { nowMs: 0, runningJobs: 0, pendingJobs: 0, readings: [{ queueLength: 9 }] };
  const decision = decideScaledJob(settings, observation, { lastActiveAtMs: null });
  expect(decision.create).toBe(0);
  expect(decision.reason).toContain('ScaledJobPaused');
});

test.each([
  // Queues 10 at 2 a job and 6 at 3 a job: 5 and 2 jobs.
  ['max', 10, 5],
  ['min', 6, 2],
  ['avg', 8, 4],
  ['sum', 16, 7],
] as const)('triggers together by %s: queue %i, scale %i', (calculation, length, scale) => {
  const triggers = [2, 3].map((value) => ({
    type: 'rabbitmq',
    metadata: { value: String(value) },
  }));
  const scalingStrategy = { multipleScalersCalculation: calculation };
  const settings = readScaledJob({ triggers, scalingStrategy });
  const readings = [{ queueLength: 10 }, { queueLength: 6 }];
  const observation = { nowMs: 0, runningJobs: 0, pendingJobs: 0, readings };
  const decision = decideScaledJob(settings, observation, { lastActiveAtMs: null });
  expect([decision.queueLength, decision.maxScale]).toEqual([length, scale]);
});

test.each<[string, string[], [string, string[]][], number]>([
  ['a running pod', [], [['Running', []]], 0],
  ['a pod that has succeeded', [], [['Succeeded', []]], 0],
  ['a failed pod', [], [['Failed', []]], 1],
  ['a pending pod', [], [['Pending', []]], 1],
  ['no pod', [], [], 1],
  ['no condition fulfilled', ['Ready', 'PodScheduled'], [['Running', []]], 1],
  ['one of two conditions', ['Ready', 'PodScheduled'], [['Running', ['PodScheduled']]], 1],
  ['both conditions', ['Ready', 'PodScheduled'], [['Pending', ['Ready', 'PodScheduled']]], 0],
  [
    'both conditions on one of two pods',
    ['Ready', 'PodScheduled'],
    [
      ['Pending', ['Ready', 'PodScheduled']],
      ['Pending', ['Ready']],
    ],
    0,
  ],
  [
    'the two conditions on two pods',
    ['Ready', 'PodScheduled'],
    [
      ['Pending', ['Ready']],
      ['Pending', ['PodScheduled']],
    ],
    1,
  ],
])('a job with %s: pending is %#', (_, conditions, pods, pendingJobs) => {
  const job = {
    isFinished: false,
    pods: pods.map(([phase, its]) => ({ phase: phase as 'Running', conditions: its })),
  };
  expect(countJobs([job], conditions)).toEqual({ runningJobs: 1, pendingJobs });
  expect(countJobs([{ ...job, isFinished: true }], conditions)).toEqual({
    runningJobs: 0,
    pendingJobs: 0,
  });
});

test.each<[string, Partial<ScaledJobSpec>, string]>([
  ['a CPU trigger', { triggers: [{ type: 'cpu', metadata: { value: '60' } }] }, 'triggers.0.type'],
  [
    'a percentage that is no number',
    { scalingStrategy: { customScalingRunningJobPercentage: 'half' } },
    'scalingStrategy.customScalingRunningJobPercentage',
  ],
])('a ScaledJob may not have %s', (_, spec, path) => {
  const complaints = scaledJobComplaints({ triggers: [QUEUE], ...spec });
  expect(complaints.map((one) => one.path.join('.'))).toEqual([path]);
});
