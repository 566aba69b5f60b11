import { hpaBehaviorRules } from '../model/kubernetes/hpa-rules.ts';
import { hpaDocument } from '../model/kubernetes/hpa-schema.ts';
import { hpaSettingsOf } from '../policies/kubernetes/hpa-defaults.ts';
import { decideBehavior } from '../policies/kubernetes/normalise.ts';
import { type Door, door } from './door.ts';
import { behaviorObservation, behaviorState } from './hpa-parts.ts';

/** `plimsoll decide hpa-behavior` */
export const hpaBehavior: Door = door({
  name: 'hpa-behavior',
  summary: 'what behavior (windows, rates, min and max) of a Kubernetes HPA makes of a proposal',
  source: 'kubernetes pkg/controller/podautoscaler/horizontal.go, after the metrics',
  settings: hpaDocument,
  observation: behaviorObservation,
  state: behaviorState,
  rules: hpaBehaviorRules,
  initial: () => ({ recommendations: [], scaleUpEvents: [], scaleDownEvents: [] }),
  decide: (document, observation, state) => ({
    ...decideBehavior(hpaSettingsOf(document), observation, state),
  }),
  example: {
    settings: {
      minReplicas: 2,
      maxReplicas: 50,
      behavior: {
        scaleDown: {
          stabilizationWindowSeconds: 60,
          policies: [{ type: 'Percent', value: 10, periodSeconds: 60 }],
        },
      },
    },
    observations: [
      { nowMs: 0, currentReplicas: 20, desiredReplicas: 60 },
      { nowMs: 15_000, currentReplicas: 40, desiredReplicas: 12 },
      { nowMs: 75_000, currentReplicas: 40, desiredReplicas: 12 },
    ],
  },
});
