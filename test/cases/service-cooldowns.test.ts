/** Groups that scale as an ECS service does: cooldowns of Application Auto Scaling, no warm-up. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { policiesInWords } from '../../reports/rule-words.ts';
import { awsStep } from '../../simulator/decide/aws-step.ts';
import { awsTargetTracking } from '../../simulator/decide/aws-target-tracking.ts';
import type { Door } from '../../simulator/decide/door.ts';
import type { Scaling } from '../../simulator/model/model.ts';
import { parseModel } from '../../simulator/model/parse.ts';
import type { ScalingPolicy } from '../../simulator/model/scaling-settings.ts';
import { decideGroup, initialGroupState } from '../../simulator/policies/aws/group.ts';
import { simulateRun } from '../../simulator/simulate.ts';
import { changed, complaints } from '../helpers/model-text.ts';
import { scalable } from '../helpers/models.ts';

const ECS = { scaleOutMs: 300_000, scaleInMs: 300_000 };

function tracking(own: object = {}): ScalingPolicy {
  const when = { periodMs: 60_000, highPeriods: 1, lowPeriods: 1, lowRatio: 0.9, scaleIn: true };
  const kept = { type: 'target-tracking', metric: 'utilization', target: 0.5 } as const;
  return { ...kept, ...when, cooldown: ECS, ...own };
}

function step(by: number, own: object = {}): ScalingPolicy {
  const when = { periodMs: 60_000, evaluationPeriods: 1, datapointsToAlarm: 1 };
  const comparison = by > 0 ? 'above' : 'below';
  return {
    type: 'step-scaling',
    alarm: { metric: 'utilization', comparison, threshold: 0.5, missingData: 'missing', ...when },
    steps: [{ lower: undefined, upper: undefined, change: { type: 'change-in-capacity', by } }],
    minMagnitude: 1,
    cooldown: ECS,
    ...own,
  };
}

/** What a group of ten does, minute by minute, whose new tasks never come into service. */
function minutes(scaling: Scaling, values: readonly number[]) {
  let state = initialGroupState(scaling);
  let desired = 10;
  return values.map((value, index) => {
    const datapoints = [{ metric: 'utilization', periodMs: 60_000, value }] as const;
    const booting = Math.max(0, desired - 10);
    const seen = { nowMs: 60_000 * (index + 1), desired, booting, warming: 0, datapoints };
    const decision = decideGroup(scaling, seen, state);
    ({ state, desired } = decision);
    return { desired, reason: decision.reason };
  });
}

const sizes = (...args: Parameters<typeof minutes>) => minutes(...args).map((one) => one.desired);

describe('target tracking', () => {
  const service = scalable(1, 50, [tracking()]);

  test('what a scale-out added counts for five minutes, whether it serves or not', () => {
    // ⌈10 · 0.6 ÷ 0.5⌉ = 12; only after its cooldown 12 are what the next one starts from.
    expect(sizes(service, [0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6])).toEqual([
      12, 12, 12, 12, 12, 15, 15,
    ]);
  });

  test('a larger scale-out goes ahead, by what it asks for beyond', () => {
    expect(sizes(service, [0.6, 0.8])).toEqual([12, 16]);
  });

  test('one scale-in in five minutes; those that come do not hold it up', () => {
    const seen = minutes(service, [0.6, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3]);
    expect(seen.map(({ desired }) => desired)).toEqual([12, 8, 8, 8, 8, 8, 5]);
    expect(seen[2]!.reason).toContain(': scale-in cooldown for 240 s more');
  });

  test('a scale-out ends the cooldown of a scale-in', () => {
    expect(sizes(service, [0.4, 0.4, 0.6, 0.4])).toEqual([8, 8, 10, 8]);
  });
});

test('steps of one direction each share their cooldowns', () => {
  const service = scalable(1, 50, [step(2), step(-3, { cooldown: { ...ECS, scaleInMs: 60_000 } })]);
  // +2, the same again for four minutes; −3 a minute.
  expect(sizes(service, [0.9, 0.9, 0.9, 0.1, 0.1])).toEqual([12, 12, 12, 9, 6]);
});

test('a change that max cuts short counts as what it was', () => {
  // 10 + 2, not 10 + 5: after the cooldown there is nothing to add.
  const service = scalable(1, 12, [step(5)]);
  expect(sizes(service, [0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9])).toEqual([12, 12, 12, 12, 12, 12, 12]);
});

test('without a cooldown no scale-in waits, and no size leaves its limits', () => {
  const values = fc.array(fc.double({ min: 0, max: 2, noNaN: true }), { maxLength: 30 });
  const cooldown = { scaleOutMs: 0, scaleInMs: 0 };
  fc.assert(
    fc.property(values, (seen) => {
      const all = minutes(scalable(2, 20, [tracking({ cooldown })]), seen);
      for (const { desired, reason } of all) {
        expect(desired).toBeGreaterThanOrEqual(2);
        expect(desired).toBeLessThanOrEqual(20);
        expect(reason).not.toContain('cooldown');
      }
    }),
  );
});

describe('a model file', () => {
  const policy = '        - target-tracking: { metric: utilization, target: 60% }\n';
  const steps =
    '        - step-scaling:\n' +
    '            alarm: { metric: requests-per-instance, above: 20/s, period: 60s }\n' +
    '            steps: [ { to: 10/s, add: 1 }, { from: 10/s, add: 50% } ]\n';
  const cooled = '        - target-tracking: { metric: utilization, target: 60%, cooldown: {} }\n';

  function scalingOf(policies: string): Scaling {
    const { services } = parseModel([changed(steps + policy, policies)]).model!;
    return services.find(({ name }) => name === 'web')!.scaling;
  }

  test('says it, with the defaults of ECS', () => {
    const scaling = scalingOf(cooled);
    expect(scaling.policies[0]).toMatchObject({ cooldown: ECS });
    expect(JSON.stringify(policiesInWords(scaling))).toContain(
      'what a scale-out adds counts for 5 min as there already',
    );
  });

  test('of a step policy it is one duration', () => {
    const own = steps.replace('            steps', '            cooldown: 60s\n            steps');
    const scaling = scalingOf(own);
    const both = { scaleOutMs: 60_000, scaleInMs: 60_000 };
    expect(scaling.policies[0]).toMatchObject({ cooldown: both });
  });

  test.each<[string, string, string, string]>([
    [
      'a group that is both',
      steps + policy,
      steps + cooled,
      'expected a `cooldown` here, too: a group is an ECS service or one of EC2, found none',
    ],
    [
      'a warm pool',
      `      policies:\n${steps}${policy}`,
      `      warm-pool: { state: stopped }\n      policies:\n${cooled}`,
      '"warm-pool" is of EC2: a service with a "cooldown" has none',
    ],
    [
      'a warm-up',
      `    scaling:\n      min: 2\n      max: 4\n      policies:\n${steps}${policy}`,
      `    on: { warm-up: 60s }\n    scaling:\n      min: 2\n      max: 4\n      policies:\n${cooled}`,
      'expected no warm-up, or no `cooldown`: an ECS service has cooldowns instead, found 60s',
    ],
  ])('%s is refused', (_, from, to, expected) => {
    const found = complaints(changed(from, to));
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(expected);
  });

  test('and it runs', () => {
    const { model } = parseModel([changed(steps + policy, cooled)]);
    const run = simulateRun(model!, { seed: 1, arrivals: 'independent' }, 0);
    expect(run.services['web']!.instanceHours).toBeGreaterThan(0);
  });
});

describe('decide', () => {
  const SIZE = { MinSize: 1, MaxSize: 40 };

  /** Minute by minute; each decision is what is desired next. */
  function asked(door: Door, settings: object, values: readonly number[]) {
    const converse = door.converse();
    let desiredCapacity = 10;
    return values.map((metricValue, minute) => {
      const observation = { nowMs: minute * 60_000, desiredCapacity, metricValue };
      const { answer, complaints } = converse(plain({ settings, observation }));
      expect(complaints).toBeUndefined();
      desiredCapacity = Number(answer!['desired']);
      return desiredCapacity;
    });
  }
  const plain = (value: object) => JSON.parse(JSON.stringify(value));

  test('aws-target-tracking of an ECS service: once in its cooldown', () => {
    const own = { ...SIZE, TargetValue: 50, highPeriods: 1, lowPeriods: 1, ScaleOutCooldown: 180 };
    expect(asked(awsTargetTracking, own, [60, 60, 60, 60, 20, 20])).toEqual([12, 12, 12, 15, 6, 6]);
    // An EC2 group of which everything is in service adds every minute.
    const { ScaleOutCooldown: _, ...ec2 } = own;
    expect(asked(awsTargetTracking, ec2, [60, 60, 60])).toEqual([12, 15, 18]);
  });

  test('aws-step of an ECS service', () => {
    const steps = [{ MetricIntervalLowerBound: 0, ScalingAdjustment: 2 }];
    const more = { AdjustmentType: 'ChangeInCapacity', StepAdjustments: steps, Threshold: 50 };
    const own = { ...SIZE, ...more, Cooldown: 120 };
    expect(asked(awsStep, own, [60, 60, 60, 60, 40])).toEqual([12, 12, 14, 14, 14]);
  });

  test.each<[string, Door, object]>([
    ['ScaleInCooldown', awsTargetTracking, { TargetValue: 50, ScaleInCooldown: 60 }],
    [
      'Cooldown',
      awsStep,
      {
        AdjustmentType: 'ChangeInCapacity',
        StepAdjustments: [{ MetricIntervalLowerBound: 0, ScalingAdjustment: 2 }],
        Threshold: 50,
        Cooldown: 60,
      },
    ],
  ])('%s and a warm-up are refused', (key, door, settings) => {
    const [complaint] = door.checkSettings(
      plain({ ...SIZE, ...settings, EstimatedInstanceWarmup: 60 }),
    );
    expect(complaint!.path).toEqual([key]);
    expect(complaint!.message).toContain('(an ECS service has neither), found 60 s');
  });
});
