import { z } from 'zod';
import { type Complaint, mismatch, quoted } from '../model/problem.ts';
import { expects } from '../model/schema-parts.ts';
import { decideCanary } from '../policies/delivery/argo-canary.ts';
import { canaryComplaints } from '../policies/delivery/argo-canary-rules.ts';
import type { CanaryObservation } from '../policies/delivery/argo-canary-settings.ts';
import { type CanaryState, INITIAL_CANARY_STATE } from '../policies/delivery/argo-canary-state.ts';
import {
  canarySettings,
  pauseMs,
  placedCanary,
  pods,
  type RolloutDocument,
  rolloutDocument,
} from './argo-canary-schema.ts';
import { type Door, door } from './door.ts';

const ms = expects(z.number().min(0), 'milliseconds from 0 on');
const revision = expects(z.string().min(1), 'a name such as v2');
const phase = expects(
  z.enum(['Pending', 'Running', 'Successful', 'Failed', 'Error', 'Inconclusive']),
  'one of Pending, Running, Successful, Failed, Error, Inconclusive',
);

const replicaSet = expects(
  z.strictObject({
    revision: revision
      .describe('of its pod template; a new one of the canary starts the steps again')
      .optional(),
    desired: pods.describe('what it was last told to have (spec.replicas)'),
    available: pods.describe('pods ready for minReadySeconds'),
    actual: pods.describe('pods in whatever state, default: as many as desired').optional(),
    ready: pods.describe('default: as many as are available').optional(),
  }),
  'a replica set such as { desired: 10, available: 10 }',
);
const noneOr = (what: string) =>
  expects(replicaSet.nullable(), 'a replica set, or null').describe(what);

const observation = z.strictObject({
  nowMs: ms.describe('now'),
  stable: noneOr('of the version before').optional(),
  canary: noneOr('of the version that is wanted; null when it is the stable one').optional(),
  older: expects(z.array(replicaSet), 'a list of replica sets')
    .describe('of still other versions, newest first')
    .optional(),
  analysis: phase
    .describe('of the analysis of the current step, else of the background')
    .optional(),
  backgroundAnalysis: phase.describe('where both run').optional(),
  experiment: phase.describe('of the experiment of the current step').optional(),
  weightVerified: expects(z.boolean(), 'true or false')
    .describe('whether the router has the weight; leave it out where it does not say')
    .optional(),
  action: expects(
    z.enum(['promote', 'promote-full', 'skip-current-step', 'skip-all-steps', 'abort', 'retry']),
    'one of promote, promote-full, skip-current-step, skip-all-steps, abort, retry',
  )
    .describe('of a person, now; promote ends a pause, or skips a step where there is none')
    .optional(),
});

const number = z.number();
const nullable = number.nullable();
const state: z.ZodType<CanaryState> = z.strictObject({
  revision: z.string().nullable().describe('of the canary'),
  step: z.int().min(0).describe('index of the current step'),
  isControllerPaused: z.boolean().describe('tells resumed from not yet paused'),
  pauses: z
    .array(
      z.strictObject({
        reason: z.enum(['CanaryPauseStep', 'InconclusiveAnalysisRun']).describe('why'),
        sinceMs: number.describe('since when'),
      }),
    )
    .describe('in force'),
  aborted: z.string().nullable().describe('why'),
  isPromotingFully: z.boolean().describe('somebody asked for it'),
  isPromoted: z.boolean().describe('the canary is the stable version now'),
  weight: nullable.describe('that the router has'),
  canaryGoesAtMs: nullable.describe('when an aborted canary goes'),
  olderGoAtMs: z.record(z.string(), number).describe('when former stable sets go'),
  isStaleRun: z.boolean().describe('phases are of before a retry'),
  progress: z
    .strictObject({
      atMs: number.describe('when something last went on'),
      step: number.describe('then'),
      isPromoted: z.boolean().describe('then'),
      updated: number.describe('pods of the new version then'),
      old: number.describe('pods of other versions then'),
      ready: number.describe('then'),
      available: number.describe('then'),
    })
    .nullable()
    .describe('for the deadline'),
  isTimedOut: z.boolean().describe('the progress deadline has passed'),
});

/** `plimsoll decide argo-canary` */
export const argoCanary: Door = door({
  name: 'argo-canary',
  summary: 'replica counts, traffic weight and step of an Argo Rollouts canary',
  source: 'argo-rollouts utils/replicaset/canary.go, rollout/canary.go, rollout/trafficrouting.go',
  settings: rolloutDocument,
  observation,
  state,
  rules,
  initial: () => INITIAL_CANARY_STATE,
  decide: (document, seen, before) => ({
    ...decideCanary(canarySettings(document), observationOf(document, seen), before),
  }),
  example: {
    settings: {
      replicas: 10,
      maxSurge: 2,
      maxUnavailable: 0,
      steps: [{ setWeight: 20 }, { pause: { duration: '60s' } }],
    },
    observations: [
      {
        nowMs: 0,
        stable: { desired: 10, available: 10 },
        canary: { desired: 0, available: 0 },
      },
      {
        nowMs: 30_000,
        stable: { desired: 10, available: 10 },
        canary: { desired: 2, available: 2 },
      },
      {
        nowMs: 40_000,
        stable: { desired: 8, available: 8 },
        canary: { desired: 2, available: 2 },
      },
    ],
  },
});

/** The plain `analysis` is that of the step where the strategy has none in the background. */
function observationOf(
  document: RolloutDocument,
  seen: z.infer<typeof observation>,
): CanaryObservation {
  const { canary } = placedCanary(document);
  const isBackground =
    canary.analysis !== undefined && !canary.steps?.some((step) => step.analysis);
  return {
    nowMs: seen.nowMs,
    stable: seen.stable ?? undefined,
    canary: seen.canary ?? undefined,
    older: seen.older ?? [],
    backgroundAnalysis: seen.backgroundAnalysis ?? (isBackground ? seen.analysis : undefined),
    stepRun: seen.experiment ?? (isBackground ? undefined : seen.analysis),
    isWeightVerified: seen.weightVerified,
    action: seen.action,
  };
}

function rules(document: RolloutDocument): readonly Complaint[] {
  const { canary, path } = placedCanary(document);
  const durations = (canary.steps ?? []).flatMap(({ pause }, index) => {
    const written = pause?.duration;
    if (written === undefined || pauseMs(written) !== undefined) return [];
    const at = [...path, 'steps', index, 'pause', 'duration'];
    return [mismatch(at, 'a duration such as 30s, 5m or 1h', quoted(String(written)))];
  });
  return [
    ...durations,
    ...canaryComplaints(
      canarySettings(document),
      canary,
      path,
      path.slice(0, 'spec' in document ? 1 : 0),
    ),
  ];
}
