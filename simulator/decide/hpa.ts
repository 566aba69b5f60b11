import { hpaRules } from '../model/kubernetes/hpa-rules.ts';
import { hpaDocument } from '../model/kubernetes/hpa-schema.ts';
import { decideHpa, FRESH_STATE } from '../policies/kubernetes/hpa.ts';
import { hpaSettingsOf } from '../policies/kubernetes/hpa-defaults.ts';
import { hpaObservationOf } from '../policies/kubernetes/hpa-observation.ts';
import { type Door, door } from './door.ts';
import { hpaObservation, hpaState } from './hpa-parts.ts';

/** `plimsoll decide hpa` */
export const hpa: Door = door({
  name: 'hpa',
  summary: 'replicas that a Kubernetes HorizontalPodAutoscaler (v2) wants',
  source: 'kubernetes pkg/controller/podautoscaler: horizontal.go, replica_calculator.go (1.36)',
  settings: hpaDocument,
  observation: hpaObservation,
  state: hpaState,
  rules: hpaRules,
  initial: () => FRESH_STATE,
  decide: (document, observation, state) => {
    const settings = hpaSettingsOf(document);
    return { ...decideHpa(settings, hpaObservationOf(document, settings, observation), state) };
  },
  example: {
    settings: {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'api' },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'api' },
        minReplicas: 2,
        maxReplicas: 10,
        metrics: [
          {
            type: 'Resource',
            resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } },
          },
        ],
      },
    },
    observations: [
      { nowMs: 600_000, specReplicas: 2, pods: [podAt('a', '450m'), podAt('b', '350m')] },
      {
        nowMs: 615_000,
        specReplicas: 4,
        pods: [podAt('a', '150m'), podAt('b', '150m'), { name: 'c', phase: 'Pending', ...app() }],
      },
    ],
  },
});

function podAt(name: string, cpu: string) {
  return {
    name,
    phase: 'Running',
    startTimeMs: 0,
    conditions: [{ type: 'Ready', status: 'True', lastTransitionTimeMs: 10_000 }],
    ...app(),
    metrics: { containers: [{ name: 'app', usage: { cpu } }] },
  };
}

function app() {
  return { containers: [{ name: 'app', resources: { requests: { cpu: '500m' } } }] };
}
