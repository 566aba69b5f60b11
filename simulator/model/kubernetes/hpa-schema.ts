/** The shape of a HorizontalPodAutoscaler (autoscaling/v2), keys as Kubernetes writes them. */
import { z } from 'zod';
import { expects, flag } from '../schema-parts.ts';
import { goDurationMs } from './duration.ts';
import type {
  BehaviorDocument,
  ControllerDocument,
  HpaDocument,
  MetricDocument,
  MetricIdentifier,
  ObjectReference,
  TargetDocument,
} from './hpa-document.ts';
import { milliOf, type Quantity } from './quantity.ts';

/** A Kubernetes quantity whose thousandths an int64 holds. */
export const quantity: z.ZodType<Quantity> = expects(
  z.union([z.string(), z.number()]).refine((text) => milliOf(text) !== undefined),
  'a Kubernetes quantity such as 500m, 2 or 1Gi, of at most 9223372036854775807m',
);

const whole: z.ZodType<number> = expects(z.int(), 'a whole number');
const text: z.ZodType<string> = expects(z.string().min(1), 'a text');
const duration: z.ZodType<string> = expects(
  z.string().refine((words) => goDurationMs(words) !== undefined),
  'a Go duration such as 15s, 5m or 1m30s',
);
const anyMap: z.ZodType<Readonly<Record<string, unknown>>> = expects(
  z.record(z.string(), z.unknown()),
  'a map',
);

/** The name of a metric, and which of its series. */
export const metricIdentifier: z.ZodType<MetricIdentifier> = z
  .strictObject({
    name: text.describe('name of the metric'),
    selector: anyMap.describe('labels that its series have').optional(),
  })
  .describe('which metric');

/** A Kubernetes object by name. */
export const objectReference: z.ZodType<ObjectReference> = z
  .strictObject({
    apiVersion: text.describe('such as networking.k8s.io/v1').optional(),
    kind: text.describe('such as Ingress or Deployment'),
    name: text.describe('its name'),
  })
  .describe('an object of the same namespace');

const target: z.ZodType<TargetDocument> = z
  .strictObject({
    type: expects(
      z.enum(['Utilization', 'Value', 'AverageValue']),
      'Utilization, Value or AverageValue',
    ).describe('what the metric is compared with'),
    averageUtilization: whole
      .describe('percent of what the pods request; Resource and ContainerResource only')
      .optional(),
    averageValue: quantity.describe('average over the pods').optional(),
    value: quantity.describe('the metric as it is; Object and External only').optional(),
  })
  .describe('what the metric is kept at');

function kind<T extends string>(name: T): z.ZodLiteral<T> {
  return expects(z.literal(name), 'Resource, ContainerResource, Pods, Object or External').describe(
    'kind of metric',
  );
}

const resourceName = text.describe('cpu, memory or another resource');
const metric: z.ZodType<MetricDocument> = z.discriminatedUnion('type', [
  z.strictObject({
    type: kind('Resource'),
    resource: z
      .strictObject({ name: resourceName, target })
      .describe('usage of all containers of a pod'),
  }),
  z.strictObject({
    type: kind('ContainerResource'),
    containerResource: z
      .strictObject({
        name: resourceName,
        container: text.describe('name of the container'),
        target,
      })
      .describe('usage of one container of each pod'),
  }),
  z.strictObject({
    type: kind('Pods'),
    pods: z
      .strictObject({ metric: metricIdentifier, target })
      .describe('a custom metric of each pod'),
  }),
  z.strictObject({
    type: kind('Object'),
    object: z
      .strictObject({ describedObject: objectReference, metric: metricIdentifier, target })
      .describe('a custom metric of one object'),
  }),
  z.strictObject({
    type: kind('External'),
    external: z
      .strictObject({ metric: metricIdentifier, target })
      .describe('a metric from outside of the cluster; several series are summed'),
  }),
]);

const policy = z.strictObject({
  type: expects(z.enum(['Pods', 'Percent']), 'Pods or Percent').describe('unit of the value'),
  value: whole.describe('change that is allowed within the period, above 0'),
  periodSeconds: whole.describe('1 to 1800 s'),
});

const rules = z.strictObject({
  stabilizationWindowSeconds: whole
    .describe('0 to 3600 s; default 0 for scaleUp, the controller flag for scaleDown')
    .optional(),
  selectPolicy: expects(z.enum(['Max', 'Min', 'Disabled']), 'Max, Min or Disabled')
    .describe('which policy counts: that of the largest change (default), the smallest, or no move')
    .optional(),
  policies: z
    .array(policy)
    .describe('default Pods 4 / 15 s and Percent 100 / 15 s up, Percent 100 / 15 s down')
    .optional(),
  tolerance: quantity
    .describe('distance of usage ÷ target from 1 without consequence; default the flag')
    .optional(),
});

export const behavior: z.ZodType<BehaviorDocument> = z
  .strictObject({
    scaleUp: rules.describe('how fast it may grow').optional(),
    scaleDown: rules.describe('how fast it may shrink').optional(),
  })
  .describe('rates and windows; without it, the rules of before it existed');

export const controller: z.ZodType<ControllerDocument> = z
  .strictObject({
    toleranceRatio: expects(z.number().min(0), 'a ratio such as 0.1')
      .describe('--horizontal-pod-autoscaler-tolerance; default 0.1')
      .optional(),
    cpuInitializationPeriod: duration
      .describe('--horizontal-pod-autoscaler-cpu-initialization-period; default 5m0s')
      .optional(),
    initialReadinessDelay: duration
      .describe('--horizontal-pod-autoscaler-initial-readiness-delay; default 30s')
      .optional(),
    downscaleStabilization: duration
      .describe('--horizontal-pod-autoscaler-downscale-stabilization; default 5m0s')
      .optional(),
    syncPeriod: duration
      .describe('--horizontal-pod-autoscaler-sync-period; default 15s; how often it decides')
      .optional(),
    featureGates: z
      .strictObject({
        HPAScaleToZero: flag.describe('minReplicas may be 0; default false').optional(),
        HPAConfigurableTolerance: flag
          .describe('tolerances of behavior count; default true')
          .optional(),
        PodLevelResources: flag
          .describe('requests of a whole pod replace those of its containers; default true')
          .optional(),
      })
      .describe('--feature-gates')
      .optional(),
  })
  .describe('flags of kube-controller-manager');

const spec = z.strictObject({
  scaleTargetRef: objectReference.describe('what is scaled').optional(),
  minReplicas: whole.describe('fewest replicas; default 1').optional(),
  maxReplicas: whole.describe('most replicas'),
  metrics: z
    .array(metric)
    .describe('the one that asks for most decides; default CPU utilization 80 %')
    .optional(),
  behavior: behavior.optional(),
});

const manifest = z.strictObject({
  apiVersion: expects(z.literal('autoscaling/v2'), 'autoscaling/v2').describe(
    'API of the manifest',
  ),
  kind: expects(z.literal('HorizontalPodAutoscaler'), 'HorizontalPodAutoscaler').describe(
    'kind of the manifest',
  ),
  metadata: anyMap.describe('not looked at').optional(),
  spec: spec.describe('the autoscaler'),
  status: anyMap.describe('not looked at').optional(),
  controller: controller.optional(),
});

/** A whole manifest, or the fields of its spec; either with the controller's flags. */
export const hpaDocument: z.ZodType<HpaDocument> = z
  .union([manifest, spec.extend({ controller: controller.optional() })])
  .describe('a HorizontalPodAutoscaler of autoscaling/v2, or the fields of its spec');
