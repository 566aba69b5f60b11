import { z } from 'zod';
import { expects, flag } from '../model/schema-parts.ts';
import {
  decideScaledObject,
  initialScaledObjectState,
  readScaledObject,
} from '../policies/keda/scaled-object.ts';
import { scaledObjectComplaints } from '../policies/keda/scaled-object-rules.ts';
import { type Door, door } from './door.ts';
import {
  anything,
  int32,
  metadata,
  pollingInterval,
  readings,
  readingValue,
  text,
  triggers,
} from './keda-shapes.ts';

const BEHAVIORS = [
  'static',
  'currentReplicas',
  'currentReplicasIfHigher',
  'currentReplicasIfLower',
  'scalingModifiers',
] as const;

const fallback = z.strictObject({
  failureThreshold: int32.describe('failures in a row that are borne; the next one falls back'),
  replicas: int32.describe('replicas that the metric then leads to'),
  behavior: expects(
    z.enum(BEHAVIORS),
    'static, currentReplicas, currentReplicasIfHigher, currentReplicasIfLower or scalingModifiers',
  )
    .describe('which replicas are meant; scalingModifiers: the formula, to whom the trigger is nil')
    .optional(),
});

const behavior = z.strictObject({
  scaleUp: anything.describe('handed on to the HPA').optional(),
  scaleDown: anything.describe('handed on to the HPA').optional(),
});

const modifiers = z.strictObject({
  formula: text.describe('over the names of the triggers, such as max(queue, 2 * jobs)').optional(),
  target: text.describe('of its value, such as "5"').optional(),
  activationTarget: text.describe('active is what is above it; default 0').optional(),
  metricType: expects(z.enum(['AverageValue', 'Value', 'Utilization']), 'AverageValue or Value')
    .describe('what the HPA divides; default AverageValue')
    .optional(),
});

const advanced = z.strictObject({
  restoreToOriginalReplicaCount: flag.describe('not looked at').optional(),
  horizontalPodAutoscalerConfig: z
    .strictObject({
      name: text.describe('name of the HPA, not looked at').optional(),
      behavior: behavior.describe('pace of the HPA; paused directions are switched off').optional(),
    })
    .describe('the HPA that KEDA makes')
    .optional(),
  scalingModifiers: modifiers
    .describe('one metric made of all triggers, in their place')
    .optional(),
});

const spec = z.strictObject({
  scaleTargetRef: anything.describe('what is scaled, not looked at').optional(),
  pollingInterval,
  initialCooldownPeriod: int32
    .describe('seconds from the first sight on without a drop to zero; default 0')
    .optional(),
  cooldownPeriod: int32
    .describe('seconds from the last activity to the drop to zero or idle; default 300')
    .optional(),
  idleReplicaCount: int32.describe('replicas without activity; 0 or absent').optional(),
  minReplicaCount: int32.describe('fewest replicas; default 0').optional(),
  maxReplicaCount: int32.describe('most replicas, for the HPA; default 100').optional(),
  fallback: fallback.describe('what takes the place of a trigger that fails').optional(),
  advanced: advanced.describe('options of the HPA').optional(),
  triggers,
});

const manifest = z.strictObject({
  apiVersion: text.describe('keda.sh/v1alpha1, not looked at').optional(),
  kind: expects(z.literal('ScaledObject'), 'ScaledObject').describe('kind of object').optional(),
  metadata: metadata.describe('name and annotations').optional(),
  spec: spec.describe('what is scaled, and on what'),
});

/** `plimsoll decide keda` */
export const keda: Door = door({
  name: 'keda',
  summary: 'replicas that KEDA sets for a ScaledObject, and the metrics that its HPA sees',
  source: 'KEDA 2.21 pkg/scaling/scale_handler.go, pkg/scaling/executor, pkg/fallback',
  settings: expects(z.union([manifest, spec]), 'a ScaledObject, or its spec'),
  observation: z.strictObject({
    nowMs: expects(z.number().min(0), 'milliseconds').describe(
      'now; a line is one poll of KEDA and one question of its HPA',
    ),
    currentReplicas: int32.describe('spec.replicas of what is scaled'),
    readyReplicas: int32
      .describe('replicas that are ready, for Value metrics; default: the current ones')
      .optional(),
    hpaScaling: flag
      .describe("the HPA's condition ScalingActive; default: whether it gets all of its metrics")
      .optional(),
    triggers: readings,
  }),
  state: z.strictObject({
    createdAtMs: expects(z.number().nullable(), 'milliseconds or null').describe('first seen'),
    lastActiveAtMs: expects(z.number().nullable(), 'milliseconds or null').describe(
      'last active pass',
    ),
    failures: expects(z.array(int32), 'a list of whole numbers').describe(
      'failures in a row, by trigger',
    ),
  }),
  rules: scaledObjectComplaints,
  initial: (settings) => initialScaledObjectState(readScaledObject(settings)),
  decide: (settings, line, state) => {
    const { nowMs, currentReplicas, readyReplicas, hpaScaling, triggers: seen } = line;
    const scaledObject = readScaledObject(settings);
    const values = scaledObject.triggers.map((trigger, index) => ({
      value: readingValue(trigger, seen[index]),
      active: seen[index]?.active,
    }));
    const ready = readyReplicas ?? currentReplicas;
    const sizes = { currentReplicas, readyReplicas: ready };
    const observation = { nowMs, ...sizes, readings: values, isHpaScaling: hpaScaling };
    return { ...decideScaledObject(scaledObject, observation, state) };
  },
  example: {
    settings: {
      apiVersion: 'keda.sh/v1alpha1',
      kind: 'ScaledObject',
      metadata: { name: 'recommendations' },
      spec: {
        scaleTargetRef: { name: 'recommendations' },
        minReplicaCount: 0,
        maxReplicaCount: 20,
        cooldownPeriod: 300,
        triggers: [{ type: 'aws-sqs-queue', metadata: { queueLength: '5' } }],
      },
    },
    observations: [
      { nowMs: 0, currentReplicas: 0, triggers: [{ queue: { visible: 12 } }] },
      { nowMs: 30_000, currentReplicas: 1, triggers: [{ queue: { visible: 9, inFlight: 5 } }] },
      { nowMs: 60_000, currentReplicas: 3, triggers: [{ value: 0 }] },
      { nowMs: 360_000, currentReplicas: 3, triggers: [{ value: 0 }] },
    ],
  },
});
