/** What holds for KEDA whatever the triggers do. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ScaledObjectSpec } from '../../simulator/policies/keda/manifest.ts';
import {
  decideScaledJob,
  maxJobs,
  minJobs,
  type ScaledJob,
} from '../../simulator/policies/keda/scaled-job.ts';
import { readScaledJob } from '../../simulator/policies/keda/scaled-job-manifest.ts';
import {
  decideScaledObject,
  initialScaledObjectState,
  readScaledObject,
} from '../../simulator/policies/keda/scaled-object.ts';

/** Fixed, so that a run in CI says something about the change and not about the day. */
const SEED = { seed: 1730 };

const specs = fc.record({
  minReplicaCount: fc.constantFrom(0, 1, 3),
  maxReplicaCount: fc.constant(10),
  idleReplicaCount: fc.constantFrom(undefined, 0),
  cooldownPeriod: fc.constantFrom(0, 60, 300),
  initialCooldownPeriod: fc.constantFrom(0, 120),
});

/** Steps of 10 to 200 s; a queue that is empty, has something, or fails; what the HPA does. */
const steps = fc.array(
  fc.record({
    afterMs: fc.integer({ min: 10_000, max: 200_000 }),
    queue: fc.constantFrom(0, 0, 0, 4, undefined),
    byHpa: fc.integer({ min: -2, max: 3 }),
  }),
  { maxLength: 40 },
);

test('KEDA drops only inactive targets, after the cooldown, and never to anything between', () => {
  const property = fc.property(specs, steps, (spec, story) => {
    const triggers: ScaledObjectSpec['triggers'] = [{ type: 'aws-sqs-queue', metadata: {} }];
    const settings = readScaledObject({ ...spec, triggers });
    let state = initialScaledObjectState(settings);
    let nowMs = 0;
    let replicas = 2;
    let lastActiveMs: number | undefined;
    for (const { afterMs, queue, byHpa } of story) {
      nowMs += afterMs;
      const readings = [{ value: queue }];
      const observation = { nowMs, currentReplicas: replicas, readyReplicas: replicas, readings };
      const decision = decideScaledObject(settings, observation, state);
      const isActive = queue !== undefined && queue > 0;
      if (isActive) lastActiveMs = nowMs;
      if (decision.desired < replicas) {
        expect(queue).toBe(0);
        expect(decision.desired).toBe(0);
        expect(spec.minReplicaCount === 0 || spec.idleReplicaCount === 0).toBe(true);
        if (lastActiveMs !== undefined) {
          expect(nowMs - lastActiveMs).toBeGreaterThan(spec.cooldownPeriod * 1000);
        }
      }
      if (decision.desired > replicas) {
        expect(decision.desired).toBe(Math.max(1, spec.minReplicaCount));
      }
      if (isActive) expect(decision.desired).toBeGreaterThan(0);
      state = decision.state;
      replicas = decision.desired;
      if (replicas > 0) replicas = Math.min(10, Math.max(1, replicas + byHpa));
    }
  });
  fc.assert(property, SEED);
});

test('a ScaledJob never creates more jobs than messages or places, but for its minimum', () => {
  const settings: fc.Arbitrary<ScaledJob> = fc
    .record({
      minReplicaCount: fc.integer({ min: 0, max: 5 }),
      maxReplicaCount: fc.integer({ min: 0, max: 20 }),
      strategy: fc.constantFrom('default', 'accurate', 'eager'),
      value: fc.constantFrom('1', '3', '0.5'),
    })
    .map(({ strategy, value, ...counts }) =>
      readScaledJob({
        ...counts,
        scalingStrategy: { strategy },
        triggers: [{ type: 'rabbitmq', metadata: { value } }],
      }),
    );
  const running = fc.integer({ min: 0, max: 30 });
  const property = fc.property(
    settings,
    running,
    fc.nat(30),
    fc.nat(60),
    (job, jobs, some, queue) => {
      const pendingJobs = Math.min(some, jobs);
      const readings = [{ queueLength: queue }];
      const observation = { nowMs: 0, runningJobs: jobs, pendingJobs, readings };
      const { create, maxScale } = decideScaledJob(job, observation, { lastActiveAtMs: null });
      expect(create).toBeGreaterThanOrEqual(0);
      if (jobs < minJobs(job)) {
        expect(jobs + create).toBe(minJobs(job));
        return;
      }
      expect(create).toBeLessThanOrEqual(maxScale);
      if (job.strategy.type === 'accurate' || job.strategy.type === 'eager') {
        const placesLeft = Math.max(0, maxJobs(job) + minJobs(job) - jobs);
        expect(create).toBeLessThanOrEqual(placesLeft);
      }
    },
  );
  fc.assert(property, SEED);
});
