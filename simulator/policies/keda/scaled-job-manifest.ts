/** What a ScaledJob says, and what it may not. Source: KEDA documentation, "ScaledJob
 * specification". */
import { type Complaint, mismatch, type Path, quoted } from '../../model/problem.ts';
import { isSet, type Manifest, partsOf, type TriggerManifest } from './manifest.ts';
import type { JobStrategy, ScaledJob } from './scaled-job.ts';
import { triggersComplaints } from './scaled-object-rules.ts';
import { isResource, parseDecimal, readTrigger } from './trigger-types.ts';

export interface ScaledJobSpec {
  /** Seconds. */
  readonly pollingInterval?: number | undefined;
  readonly minReplicaCount?: number | undefined;
  readonly maxReplicaCount?: number | undefined;
  readonly scalingStrategy?:
    | {
        readonly strategy?: 'default' | 'custom' | 'accurate' | 'eager' | undefined;
        readonly customScalingQueueLengthDeduction?: number | undefined;
        /** A ratio as a text, such as "0.5". */
        readonly customScalingRunningJobPercentage?: string | undefined;
        readonly pendingPodConditions?: readonly string[] | undefined;
        readonly multipleScalersCalculation?: ScaledJob['calculation'] | undefined;
      }
    | undefined;
  readonly triggers: readonly TriggerManifest[];
}

/**
 * Settings of a manifest with the vendor's defaults.
 * Example: strategy custom without customScalingRunningJobPercentage → the default strategy.
 */
export function readScaledJob(manifest: Manifest<ScaledJobSpec>): ScaledJob {
  const { spec, annotations } = partsOf(manifest);
  return {
    pollingIntervalMs: (spec.pollingInterval ?? 30) * 1000,
    minReplicas: spec.minReplicaCount ?? 0,
    maxReplicas: spec.maxReplicaCount ?? 100,
    isMaxGiven: spec.maxReplicaCount !== undefined,
    strategy: strategyOf(spec),
    calculation: spec.scalingStrategy?.multipleScalersCalculation ?? 'max',
    isPaused: isSet(annotations, 'autoscaling.keda.sh/paused'),
    triggers: spec.triggers.map(readTrigger),
  };
}

function strategyOf({ scalingStrategy }: ScaledJobSpec): JobStrategy {
  const type = scalingStrategy?.strategy ?? 'default';
  if (type !== 'custom') return { type };
  const ratio = scalingStrategy?.customScalingRunningJobPercentage;
  if (ratio === undefined || ratio === '') return { type: 'default' };
  return {
    type,
    queueLengthDeduction: scalingStrategy?.customScalingQueueLengthDeduction ?? 0,
    runningJobRatio: parseDecimal(ratio),
  };
}

/**
 * Everything that is wrong with a manifest of the right shape; paths start in it.
 * Example: a cpu trigger → one complaint, for Jobs have no HPA.
 */
export function scaledJobComplaints(manifest: Manifest<ScaledJobSpec>): Complaint[] {
  const { spec, isWhole } = partsOf(manifest);
  const base: Path = isWhole ? ['spec'] : [];
  const ratio = spec.scalingStrategy?.customScalingRunningJobPercentage;
  const complaints = triggersComplaints(spec.triggers, [...base, 'triggers']);
  if (ratio !== undefined && ratio !== '' && !(parseDecimal(ratio) >= 0)) {
    const path = [...base, 'scalingStrategy', 'customScalingRunningJobPercentage'];
    complaints.push(mismatch(path, 'a ratio such as "0.5"', quoted(ratio)));
  }
  spec.triggers.forEach((trigger, index) => {
    if (!isResource(trigger)) return;
    const path = [...base, 'triggers', index, 'type'];
    const expected = 'a trigger with a queue (KEDA: cpu and memory do not scale Jobs)';
    complaints.push(mismatch(path, expected, quoted(trigger.type)));
  });
  return complaints;
}
