/**
 * What is refused in an HPA. Source of the limits: kubernetes
 * `pkg/apis/autoscaling/validation/validation.go`.
 */
import { describe, expect, test } from 'vitest';
import { hpa } from '../../simulator/decide/hpa.ts';
import { hpaBehavior } from '../../simulator/decide/hpa-behavior.ts';
import { formatPath } from '../../simulator/model/problem.ts';
import { hpaSettingsOf } from '../../simulator/policies/kubernetes/hpa-defaults.ts';

/** `path: message`, of settings that have `maxReplicas: 10` unless they say another. */
function complaintsOf(settings: object, door = hpa): string[] {
  const whole = 'spec' in settings ? settings : { maxReplicas: 10, ...settings };
  return door
    .checkSettings(JSON.parse(JSON.stringify(whole)))
    .map(({ path, message }) => `${formatPath(path)}: ${message}`);
}

function resource(target: object) {
  return {
    type: 'Resource',
    resource: { name: 'cpu', target: { type: 'Utilization', ...target } },
  };
}

function external(target: object) {
  return {
    type: 'External',
    external: { metric: { name: 'q' }, target: { type: 'Value', ...target } },
  };
}

const OPEN = { controller: { featureGates: { HPAScaleToZero: true } } };
const POD = { type: 'Pods', value: 4, periodSeconds: 60 };

describe('refused', () => {
  test.each<[object, string]>([
    [
      { minReplicas: 0 },
      'minReplicas: expected at least 1 (Kubernetes: minReplicas; 0 with the feature gate',
    ],
    [
      { minReplicas: 0, ...OPEN },
      'minReplicas: expected an Object or External metric beside minReplicas 0',
    ],
    [{ minReplicas: -1, ...OPEN }, 'minReplicas: expected at least 0'],
    [{ maxReplicas: 0 }, 'maxReplicas: expected at least 1 (Kubernetes: maxReplicas), found 0'],
    [{ minReplicas: 3, maxReplicas: 2 }, 'maxReplicas: expected at least minReplicas, 3'],
    [{ maxReplicas: 2 ** 31 }, 'maxReplicas: expected at most 2147483647'],
    [{ maxReplicas: 2.5 }, 'maxReplicas: expected a whole number, found 2.5'],
    [{ behavior: { scaleDown: { stabilizationWindowSeconds: 3601 } } }, 'expected at most 3600 s'],
    [{ behavior: { scaleUp: { stabilizationWindowSeconds: -1 } } }, 'expected at least 0 s'],
    [{ behavior: { scaleUp: { selectPolicy: 'Avg' } } }, 'expected Max, Min or Disabled'],
    [{ behavior: { scaleUp: { policies: [] } } }, 'expected a policy or more'],
    [
      { behavior: { scaleUp: { policies: [], selectPolicy: 'Disabled' } } },
      'expected a policy or more',
    ],
    [
      { behavior: { scaleUp: { policies: [{ ...POD, value: 0 }] } } },
      'behavior.scaleUp.policies[0].value: expected at least 1',
    ],
    [
      { behavior: { scaleDown: { policies: [POD, { ...POD, periodSeconds: 1801 }] } } },
      'behavior.scaleDown.policies[1].periodSeconds: expected at most 1800 s',
    ],
    [
      { behavior: { scaleUp: { policies: [{ ...POD, periodSeconds: 0 }] } } },
      'periodSeconds: expected at least 1 s',
    ],
    [
      { behavior: { scaleUp: { policies: [{ ...POD, type: 'Nodes' }] } } },
      'expected Pods or Percent',
    ],
    [
      { behavior: { scaleUp: { tolerance: '-0.1' } } },
      'behavior.scaleUp.tolerance: expected 0 or more',
    ],
    [
      { metrics: [resource({ averageUtilization: 0 })] },
      'metrics[0].resource.target.averageUtilization: expected at least 1 %',
    ],
    [{ metrics: [resource({ averageValue: '0' })] }, 'averageValue: expected more than 0'],
    [{ metrics: [resource({ averageValue: '-1' })] }, 'averageValue: expected more than 0'],
    [
      { metrics: [resource({ averageValue: '5 apples' })] },
      'expected a Kubernetes quantity such as 500m',
    ],
    [
      { metrics: [resource({ averageValue: '9223372036854775808m' })] },
      'of at most 9223372036854775807m',
    ],
    [{ metrics: [resource({})] }, 'expected either averageUtilization or averageValue'],
    [{ metrics: [resource({ averageUtilization: 5, averageValue: 1 })] }, 'found both'],
    [{ metrics: [external({ value: '0' })] }, 'external.target.value: expected more than 0'],
    [{ metrics: [external({})] }, 'expected either value or averageValue'],
    [{ metrics: [external({ value: 1, averageValue: 1 })] }, 'found both'],
    [
      { metrics: [{ type: 'Cpu' }] },
      'expected Resource, ContainerResource, Pods, Object or External',
    ],
    [{ metrics: [{ type: 'Pods', resource: {} }] }, 'missing: expected'],
    [{ controller: { syncPeriod: '15' } }, 'expected a Go duration such as 15s'],
    [{ controller: { toleranceRatio: -1 } }, 'expected a ratio such as 0.1'],
    [{ replicas: 3 }, 'unknown key "replicas"'],
    [
      { apiVersion: 'autoscaling/v1', kind: 'HorizontalPodAutoscaler', spec: { maxReplicas: 1 } },
      'apiVersion: expected autoscaling/v2',
    ],
    [
      {
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        spec: { minReplicas: 5, maxReplicas: 1 },
      },
      'spec.maxReplicas: expected at least minReplicas, 5',
    ],
  ])('%j', (settings, words) => {
    expect(complaintsOf(settings).join('\n')).toContain(words);
  });

  test('every mistake is told at once', () => {
    const policies = [{ type: 'Pods', value: 0, periodSeconds: 4000 }];
    expect(complaintsOf({ minReplicas: 0, behavior: { scaleUp: { policies } } })).toHaveLength(4);
  });
});

describe('taken', () => {
  test.each<[string, object]>([
    [
      'the largest window and period',
      {
        behavior: {
          scaleUp: {
            stabilizationWindowSeconds: 3600,
            policies: [{ ...POD, periodSeconds: 1800 }],
          },
        },
      },
    ],
    [
      'no policies where nothing is to happen',
      {
        behavior: { scaleDown: { selectPolicy: 'Disabled' } },
      },
    ],
    [
      'zero with the gate and a metric that needs no pod',
      {
        minReplicas: 0,
        metrics: [external({ value: 1 })],
        ...OPEN,
      },
    ],
    ['min as large as max', { minReplicas: 10 }],
    [
      'what kubectl prints of one',
      {
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata: { name: 'api', namespace: 'default', uid: '1', labels: { app: 'api' } },
        spec: {
          scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'api' },
          maxReplicas: 3,
          metrics: [resource({ averageUtilization: 50 })],
        },
        status: { currentReplicas: 1, desiredReplicas: 1, conditions: [] },
      },
    ],
  ])('%s', (_, settings) => {
    expect(complaintsOf(settings)).toEqual([]);
  });

  test('hpa-behavior looks at no metrics', () => {
    expect(complaintsOf({ minReplicas: 0, ...OPEN }, hpaBehavior)).toEqual([]);
    expect(complaintsOf({ minReplicas: 0 }, hpaBehavior)).toHaveLength(1);
  });
});

/** Source: kubernetes `pkg/apis/autoscaling/v2/defaults.go` and kube-controller-manager's flags. */
describe('defaults', () => {
  test('of an autoscaler that says nothing', () => {
    expect(hpaSettingsOf({ maxReplicas: 10 })).toEqual({
      minReplicas: 1,
      maxReplicas: 10,
      metrics: [
        { type: 'Resource', resource: 'cpu', target: { type: 'Utilization', percent: 80 } },
      ],
      behavior: undefined,
      downscaleStabilizationMs: 300_000,
      tolerance: { upRatio: 0.1, downRatio: 0.1 },
      cpuInitializationMs: 300_000,
      initialReadinessDelayMs: 30_000,
      syncMs: 15_000,
      canScaleToZero: false,
      hasPodLevelResources: true,
    });
  });

  test('of a behavior that says nothing', () => {
    const all = { type: 'Percent', value: 100, periodMs: 15_000 };
    expect(hpaSettingsOf({ maxReplicas: 10, behavior: {} }).behavior).toEqual({
      scaleUp: {
        stabilizationMs: 0,
        selectPolicy: 'Max',
        policies: [{ type: 'Pods', value: 4, periodMs: 15_000 }, all],
      },
      scaleDown: { stabilizationMs: 300_000, selectPolicy: 'Max', policies: [all] },
    });
  });

  test('what is said of one direction leaves the other', () => {
    const behavior = { scaleDown: { stabilizationWindowSeconds: 60 } };
    const settings = hpaSettingsOf({ maxReplicas: 10, behavior });
    expect(settings.behavior!.scaleDown).toMatchObject({ stabilizationMs: 60_000 });
    expect(settings.behavior!.scaleDown.policies).toHaveLength(1);
    expect(settings.behavior!.scaleUp.policies).toHaveLength(2);
  });
});
