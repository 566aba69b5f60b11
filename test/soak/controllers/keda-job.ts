/** The jobs that a ScaledJob creates, beside KEDA's scale loop. */
import fc from 'fast-check';
import {
  countJobs,
  decideScaledJob,
  type JobPods,
} from '../../../simulator/policies/keda/scaled-job.ts';
import {
  readScaledJob,
  type ScaledJobSpec,
  scaledJobComplaints,
} from '../../../simulator/policies/keda/scaled-job-manifest.ts';
import type { Beside } from './beside.ts';
import {
  KEDA,
  playedTriggers,
  type RandomReading,
  type RandomTrigger,
  randomReading,
  randomTrigger,
} from './keda.ts';

const of = fc.constantFrom;
const between = (min: number, max: number) => fc.integer({ min, max });
const maybe = <T>(some: fc.Arbitrary<T>, freq = 2) => fc.option(some, { nil: undefined, freq });

const CONDITIONS = ['Ready', 'PodScheduled', 'Initialized'];
const PHASES = ['Pending', 'Running', 'Running', 'Succeeded', 'Failed', 'Unknown'] as const;
const conditions = fc.subarray(CONDITIONS);

const strategy = fc.record({
  strategy: maybe(of('default', 'custom', 'accurate', 'eager')),
  customScalingQueueLengthDeduction: maybe(between(-3, 8)),
  customScalingRunningJobPercentage: maybe(of('', '0', '0.5', '0.25', '1', '1.5', '0.3333')),
  pendingPodConditions: maybe(conditions),
  multipleScalersCalculation: maybe(of('max', 'min', 'avg', 'sum')),
});

const job = fc.record({
  finished: fc.boolean(),
  pods: fc.array(
    fc.record({
      phase: of<JobPods['pods'][number]['phase'][]>(...PHASES),
      conditions,
    }),
    { maxLength: 3 },
  ),
});

interface RandomJobs {
  readonly spec: Omit<ScaledJobSpec, 'triggers'>;
  readonly triggers: readonly RandomTrigger[];
  readonly passes: readonly {
    readonly afterMs: number;
    readonly readings: readonly RandomReading[];
    readonly jobs: readonly {
      readonly finished: boolean;
      readonly pods: JobPods['pods'];
    }[];
  }[];
}

const cases: fc.Arbitrary<RandomJobs> = between(1, 3).chain((triggers) =>
  fc.record({
    spec: fc.record({
      minReplicaCount: maybe(between(0, 6)),
      maxReplicaCount: maybe(between(0, 25)),
      scalingStrategy: maybe(strategy, 5),
    }),
    triggers: fc.array(randomTrigger, { minLength: triggers, maxLength: triggers }),
    passes: fc.array(
      fc.record({
        afterMs: of(5000, 30_000, 30_000, 60_000),
        readings: fc.array(randomReading, { minLength: triggers, maxLength: triggers }),
        jobs: fc.oneof(fc.array(job, { maxLength: 4 }), fc.array(job, { maxLength: 30 })),
      }),
      { minLength: 1, maxLength: 5 },
    ),
  }),
);

export const kedaJob: Beside<RandomJobs, unknown> = {
  name: 'keda-job',
  controller: KEDA,
  cases,
  decide: ({ spec, triggers: random, passes }) => {
    const { manifests, triggers } = playedTriggers(random, false);
    const manifest: ScaledJobSpec = { ...spec, triggers: manifests };
    if (scaledJobComplaints(manifest).length > 0) return undefined;
    const played = playOurs(manifest, passes);
    return { line: { job: { spec: manifest, triggers, passes: played.passes } }, ...played };
  },
};

function playOurs(manifest: ScaledJobSpec, passes: RandomJobs['passes']) {
  const settings = readScaledJob(manifest);
  const conditions = manifest.scalingStrategy?.pendingPodConditions ?? [];
  const decisions: string[] = [];
  let [state, nowMs] = [{ lastActiveAtMs: null as number | null }, 0];
  const timed = passes.map(({ afterMs, readings, jobs }) => {
    nowMs += afterMs;
    const counted = countJobs(
      jobs.map(({ finished, pods }) => ({ isFinished: finished, pods })),
      conditions,
    );
    const seen = readings.map(({ value, active }) => ({ queueLength: value, active }));
    const decision = decideScaledJob(settings, { nowMs, ...counted, readings: seen }, state);
    state = decision.state;
    const { Active, Ready } = decision.conditions;
    const told = Object.entries({ Active, Ready }).map(
      ([type, { status, reason }]) => `${type}=${status}:${reason}`,
    );
    decisions.push([decision.create, state.lastActiveAtMs ?? 'never', ...told].join(' '));
    return { nowMs, readings, jobs };
  });
  return { passes: timed, decisions };
}
