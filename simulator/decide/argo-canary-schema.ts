/** A Rollout manifest as people paste it, and what the canary policy is told of it. */
import { z } from 'zod';
import { expects } from '../model/schema-parts.ts';
import {
  CANARY_DEFAULTS,
  type CanaryRouting,
  type CanarySettings,
  type CanaryStep,
} from '../policies/delivery/argo-canary-settings.ts';
import { parseGoDuration } from '../policies/delivery/go-duration.ts';

const INT32_MAX = 2_147_483_647;

export const pods: z.ZodType<number> = expects(
  z.int().min(0).max(INT32_MAX),
  `a whole number of pods from 0 to ${INT32_MAX}`,
);
const positive = expects(z.int().min(1).max(INT32_MAX), `a whole number from 1 to ${INT32_MAX}`);
const seconds = expects(
  z.int().min(0).max(INT32_MAX),
  `a whole number of seconds from 0 to ${INT32_MAX}`,
);
const intOrPercent = expects(
  z.union([z.int().min(0).max(INT32_MAX), z.string().regex(/^\d{1,9}%$/)]),
  'pods such as 2, or a percentage such as 25%',
);
const flag = expects(z.boolean(), 'true or false');
const text = expects(z.string(), 'a text');
/** Parts of a manifest that the rule does not look at. */
const anything = z.looseObject({});
const weight = expects(z.int().min(0).max(INT32_MAX), 'a whole number such as 20');
const duration = expects(
  z.union([z.int().min(0).max(INT32_MAX), z.string()]),
  'seconds such as 30, or a duration such as 30s, 5m or 1h',
);

const step = z.strictObject({
  setWeight: weight.describe('share of the traffic for the canary').optional(),
  pause: z
    .strictObject({ duration: duration.describe('default: until somebody promotes').optional() })
    .describe('waits')
    .optional(),
  setCanaryScale: z
    .strictObject({
      replicas: pods.describe('pods of the canary, whatever its traffic').optional(),
      weight: weight.describe('size of the canary in percent of the replicas').optional(),
      matchTrafficWeight: flag.describe('back to the size that goes with the traffic').optional(),
    })
    .describe('size of the canary apart from its traffic; with trafficRouting only')
    .optional(),
  analysis: anything.describe('waits for an analysis to be Successful').optional(),
  experiment: anything.describe('waits for an experiment to be Successful').optional(),
  setHeaderRoute: anything.describe('sets a route for a header: done at once').optional(),
  setMirrorRoute: anything.describe('sets a route for a mirror: done at once').optional(),
});

const routing = z
  .looseObject({
    maxTrafficWeight: positive.describe('what stands for all traffic, default 100').optional(),
  })
  .describe('the router (istio, nginx, alb, …); its own settings are not looked at');

const canaryShape = {
  steps: z.array(step).describe('in turn').optional(),
  maxSurge: intOrPercent.describe('pods above the replicas, default 25%').optional(),
  maxUnavailable: intOrPercent.describe('pods that may be missing, default 25%').optional(),
  trafficRouting: routing.optional(),
  dynamicStableScale: flag.describe('the stable set shrinks as its traffic does').optional(),
  minPodsPerReplicaSet: positive.describe('of a set that has any, default 1').optional(),
  scaleDownDelaySeconds: seconds.describe('for the former stable set, default 30').optional(),
  scaleDownDelayRevisionLimit: pods.describe('sets that may wait for the delay').optional(),
  abortScaleDownDelaySeconds: seconds
    .describe('for an aborted canary, default 30; 0 leaves it where setCanaryScale put it')
    .optional(),
  analysis: anything.describe('in the background; its phase is in the observation').optional(),
  canaryService: text.describe('not looked at').optional(),
  stableService: text.describe('not looked at').optional(),
  canaryMetadata: anything.describe('not looked at').optional(),
  stableMetadata: anything.describe('not looked at').optional(),
  antiAffinity: anything.describe('not looked at').optional(),
  pingPong: anything.describe('not looked at').optional(),
};

const specShape = {
  replicas: pods.describe('default 1').optional(),
  paused: flag.describe('paused by a person').optional(),
  minReadySeconds: seconds.describe('already in what is available').optional(),
  progressDeadlineSeconds: seconds.describe('default 600').optional(),
  progressDeadlineAbort: flag.describe('aborts after the deadline, default false').optional(),
};

const spec = z.strictObject({
  ...specShape,
  strategy: z
    .strictObject({ canary: z.strictObject(canaryShape).describe('the strategy') })
    .describe('how to update'),
  revisionHistoryLimit: pods.describe('not looked at').optional(),
  rollbackWindow: anything.describe('not looked at').optional(),
  restartAt: text.describe('not looked at').optional(),
  analysis: anything.describe('not looked at').optional(),
  selector: anything.describe('not looked at').optional(),
  template: anything.describe('not looked at').optional(),
  workloadRef: anything.describe('not looked at').optional(),
});

const manifest = z.strictObject({
  apiVersion: expects(z.literal('argoproj.io/v1alpha1'), 'argoproj.io/v1alpha1').describe('as is'),
  kind: expects(z.literal('Rollout'), 'Rollout').describe('as is'),
  metadata: anything.describe('not looked at').optional(),
  spec: spec.describe('of the Rollout'),
  status: anything.describe('not looked at: what the policy remembers is its state').optional(),
});

const bare = z.strictObject({ ...specShape, ...canaryShape });

/** What the rule does not look at. */
type Anything = Readonly<Record<string, unknown>>;
type Optional<T> = { readonly [K in keyof T]?: T[K] | undefined };

type StepDocument = Optional<{
  setWeight: number;
  pause: Optional<{ duration: number | string }>;
  setCanaryScale: Optional<{ replicas: number; weight: number; matchTrafficWeight: boolean }>;
  analysis: Anything;
  experiment: Anything;
  setHeaderRoute: Anything;
  setMirrorRoute: Anything;
}>;

type StrategyDocument = Optional<{
  steps: readonly StepDocument[];
  maxSurge: number | string;
  maxUnavailable: number | string;
  trafficRouting: Optional<{ maxTrafficWeight: number }> & Anything;
  dynamicStableScale: boolean;
  minPodsPerReplicaSet: number;
  scaleDownDelaySeconds: number;
  scaleDownDelayRevisionLimit: number;
  abortScaleDownDelaySeconds: number;
  analysis: Anything;
}>;

type SizeDocument = Optional<{
  replicas: number;
  paused: boolean;
  minReadySeconds: number;
  progressDeadlineSeconds: number;
  progressDeadlineAbort: boolean;
}>;

export type CanaryDocument = SizeDocument & StrategyDocument;
type SpecDocument = SizeDocument & { readonly strategy: { readonly canary: StrategyDocument } };
export type RolloutDocument = { readonly spec: SpecDocument } | SpecDocument | CanaryDocument;

/** A Rollout, its spec, or `replicas` and the keys of `strategy.canary` beside one another. */
export const rolloutDocument: z.ZodType<RolloutDocument> = expects(
  z.union([manifest, spec, bare]),
  'a Rollout manifest, its spec, or replicas with the keys of spec.strategy.canary',
);

/** The canary's keys, and where they stand. */
export function placedCanary(document: RolloutDocument): {
  canary: CanaryDocument;
  path: readonly string[];
} {
  if ('spec' in document) {
    const { canary, path } = placedCanary(document.spec);
    return { canary, path: ['spec', ...path] };
  }
  if (!('strategy' in document)) return { canary: document, path: [] };
  const { strategy, ...size } = document;
  return { canary: { ...size, ...strategy.canary }, path: ['strategy', 'canary'] };
}

/** Milliseconds of a pause; undefined where the text is no duration. */
export function pauseMs(written: number | string): number | undefined {
  if (typeof written === 'number') return written * 1000;
  return /^\d{1,10}$/.test(written) ? Number(written) * 1000 : parseGoDuration(written);
}

/** What the policy is told, with the vendor's defaults. */
export function canarySettings(document: RolloutDocument): CanarySettings {
  const { canary } = placedCanary(document);
  const deadline = canary.progressDeadlineSeconds;
  return {
    replicas: canary.replicas ?? CANARY_DEFAULTS.replicas,
    maxSurge: canary.maxSurge ?? CANARY_DEFAULTS.maxSurge,
    maxUnavailable: canary.maxUnavailable ?? CANARY_DEFAULTS.maxUnavailable,
    steps: (canary.steps ?? []).map(canaryStep),
    routing: canary.trafficRouting === undefined ? undefined : canaryRouting(canary),
    isPaused: canary.paused ?? false,
    progressDeadlineMs:
      deadline === undefined ? CANARY_DEFAULTS.progressDeadlineMs : deadline * 1000,
    progressDeadlineAbort: canary.progressDeadlineAbort ?? false,
  };
}

function canaryStep(written: StepDocument): CanaryStep {
  const { setWeight, pause, setCanaryScale, analysis, experiment } = written;
  const runs = analysis !== undefined ? 'analysis' : experiment && 'experiment';
  const waits = pause?.duration;
  return {
    setWeight,
    pause: pause && { durationMs: waits === undefined ? undefined : pauseMs(waits) },
    setCanaryScale,
    runs,
    setsRoute: written.setHeaderRoute !== undefined || written.setMirrorRoute !== undefined,
  };
}

function canaryRouting(canary: CanaryDocument): CanaryRouting {
  const { scaleDownDelaySeconds, abortScaleDownDelaySeconds } = canary;
  return {
    maxTrafficWeight: canary.trafficRouting?.maxTrafficWeight ?? CANARY_DEFAULTS.maxTrafficWeight,
    dynamicStableScale: canary.dynamicStableScale ?? false,
    minPodsPerReplicaSet: canary.minPodsPerReplicaSet ?? 1,
    scaleDownDelayMs:
      scaleDownDelaySeconds === undefined
        ? CANARY_DEFAULTS.scaleDownDelayMs
        : scaleDownDelaySeconds * 1000,
    scaleDownDelayRevisionLimit: canary.scaleDownDelayRevisionLimit,
    abortScaleDownDelayMs:
      abortScaleDownDelaySeconds === undefined ? undefined : abortScaleDownDelaySeconds * 1000,
  };
}
