/** `plimsoll explain` against the loop itself: when it looks, and what size it wanted. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { explain } from '../../reports/explain.ts';
import { groupAt } from '../../reports/explain-group.ts';
import { PIPELINE_DEFAULTS } from '../../simulator/model/metric-sources.ts';
import type { Model, Scaling } from '../../simulator/model/model.ts';
import type {
  MetricPipelineSettings,
  ScalingPolicy,
} from '../../simulator/model/scaling-settings.ts';
import { ScalingControl } from '../../simulator/policies/scaling-control.ts';
import type { Results } from '../../simulator/results/results.ts';
import { simulate } from '../../simulator/simulate.ts';
import { prediction } from '../goldens/made-up.ts';
import { model, scalable, service } from '../helpers/models.ts';

const SEED = { seed: 1730 };
const DURATION_MS = 600_000;

function tracking(periodMs: number, target: number): ScalingPolicy {
  return {
    type: 'target-tracking',
    metric: 'requests-per-instance',
    target,
    periodMs,
    highPeriods: 1,
    lowPeriods: 2,
    lowRatio: 0.9,
    scaleIn: true,
  };
}

const SCHEDULED: ScalingPolicy = {
  type: 'scheduled',
  cron: undefined,
  atMs: undefined,
  clockMs: 0,
  min: undefined,
  max: undefined,
  desired: 3,
};

const periodMs = fc.constantFrom(10_000, 30_000, 60_000, 120_000);
const source = fc.constantFrom<MetricPipelineSettings['source'][]>(
  'direct',
  'cloudwatch',
  'prometheus',
  'metrics-server',
);
const momentsMs = fc.array(fc.integer({ min: 1, max: 600_000 }), { maxLength: 2 });
const settings = fc
  .record({ periods: fc.array(periodMs, { minLength: 1, maxLength: 3 }), source, momentsMs })
  .map(({ periods, source: name, momentsMs: moments }): Scaling => {
    const metrics = { ...PIPELINE_DEFAULTS[name], source: name, statistic: 'average' } as const;
    const policies = [
      ...periods.map((ms) => tracking(ms, 50)),
      ...moments.map((atMs): ScalingPolicy => ({ ...SCHEDULED, atMs })),
    ];
    return { ...scalable(1, 9, policies), metrics };
  });

/** Every moment at which a loop decides. */
function momentsOf(scaling: Scaling): number[] {
  const control = new ScalingControl<number>(scaling, () => 0.5);
  const moments: number[] = [];
  for (let ms = control.nextMs(0)!; ms <= DURATION_MS; ms = control.nextMs(ms)!) {
    if (control.decidesAt(ms)) moments.push(ms);
  }
  return moments;
}

test('the next and the latest evaluation are when the loop itself looks', () => {
  const base = { ...prediction(1), durationMs: DURATION_MS };
  fc.assert(
    fc.property(settings, fc.integer({ min: 0, max: DURATION_MS }), (scaling, atMs) => {
      const run = { ...base.runs[0]!, scaling: { web: scaling }, evaluations: [] };
      const { nextEvaluationMs, latestEvaluationMs } = groupAt(base, run, 'web', atMs);
      const moments = momentsOf(scaling);
      expect(nextEvaluationMs).toBe(moments.find((ms) => ms > atMs) ?? null);
      expect(latestEvaluationMs).toBe(moments.findLast((ms) => ms <= atMs) ?? null);
    }),
    SEED,
  );
});

/** Load that goes up and down, and a group that follows it. */
function swinging(low: number, high: number, target: number): Model {
  const scaling = scalable(1, 6, [tracking(10_000, target)]);
  const time = { type: 'constant', ms: 5 } as const;
  const boot = { type: 'exponential', meanMs: 4000 } as const;
  const on = { type: undefined, dollarsPerHour: undefined, boot, warmUpMs: 3000 };
  const one = model(low, 120_000, [service('web', { time, scaling, on })]);
  const [guests] = one.traffic;
  const rate = [0, 1, 2, 3].map((index) => ({
    startMs: index * 30_000,
    endMs: (index + 1) * 30_000,
    fromPerSecond: index % 2 === 0 ? low : high,
    toPerSecond: index % 2 === 0 ? low : high,
    phase: undefined,
  }));
  return { ...one, traffic: [{ ...guests!, rate }] };
}

function simulated(of: Model, seed: number): Results {
  return simulate(of, { seed, replications: 2, arrivals: 'independent', modelDigest: 'x' });
}

test('at every sample of a run, the size explained is the size that was wanted', () => {
  let changes = 0;
  fc.assert(
    fc.property(
      fc.record({
        low: fc.integer({ min: 2, max: 10 }),
        high: fc.integer({ min: 20, max: 60 }),
        target: fc.integer({ min: 5, max: 20 }),
        seed: fc.integer({ min: 1, max: 1000 }),
        run: fc.integer({ min: 1, max: 2 }),
      }),
      ({ low, high, target, seed, run }) => {
        const results = simulated(swinging(low, high, target), seed);
        const { desired } = results.runs[run - 1]!.services['web']!;
        changes += results.runs[0]!.decisions.length;
        desired.forEach((wanted, bucket) => {
          const atMs = (bucket + 1) * results.bucketMs;
          // At one moment samples come before or after decisions: not asked.
          if (atMs % 10_000 === 0) return;
          const [group] = explain(results, { run, atMs, service: undefined }).explanations;
          expect(group).toMatchObject({ desired: wanted, actual: { sampledAtMs: atMs } });
        });
      },
    ),
    { ...SEED, numRuns: 20 },
  );
  expect(changes).toBeGreaterThan(40);
});
