/** What holds for AWS Auto Scaling policies whatever the numbers. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Cron, cronDay, parseCron } from '../../simulator/model/cron.ts';
import {
  type AlarmRule,
  alarmValue,
  evaluateAlarm,
  evaluateRange,
  INITIAL_ALARM,
} from '../../simulator/policies/aws/cloudwatch-alarm.ts';
import {
  combinePolicies,
  type PolicyProposal,
} from '../../simulator/policies/aws/combined-policies.ts';
import { startRefresh, stepRefresh } from '../../simulator/policies/aws/instance-refresh.ts';
import { nextRun, UTC } from '../../simulator/policies/aws/scheduled-scaling.ts';
import { stepComplaints } from '../../simulator/policies/aws/step-rules.ts';
import { stepScaling } from '../../simulator/policies/aws/step-scaling.ts';
import { pickTerminations } from '../../simulator/policies/aws/termination.ts';
import {
  weightedLaunches,
  weightedLimit,
  weightedTerminations,
} from '../../simulator/policies/aws/weighted-capacity.ts';
import { launchZones } from '../../simulator/policies/aws/zone-balance.ts';

/** Fixed, so that a run in CI says something about the change and not about the day. */
const SEED = { seed: 1730 };

const rule = fc
  .record({ n: fc.integer({ min: 1, max: 6 }), m: fc.integer({ min: 1, max: 6 }) })
  .map(
    ({ n, m }): AlarmRule => ({
      comparison: 'above',
      threshold: 5,
      evaluationPeriods: n,
      datapointsToAlarm: Math.min(n, m),
      missingData: 'missing',
    }),
  );
const point = fc.option(fc.integer({ min: 0, max: 10 }), { nil: null });

test('an alarm is the same point by point and at once', () => {
  fc.assert(
    fc.property(rule, fc.array(point, { minLength: 8, maxLength: 20 }), (alarm, points) => {
      let state = INITIAL_ALARM;
      points.forEach((one, minute) => {
        state = evaluateAlarm(alarm, one ?? undefined, minute * 60_000, state).state;
      });
      const range = points.slice(-(alarm.evaluationPeriods + 2));
      expect(evaluateRange(alarm, range, 0, INITIAL_ALARM).state.value).toBe(state.value);
    }),
    SEED,
  );
});

test('what alarms with notBreaching alarms always, what is OK with breaching never alarms', () => {
  fc.assert(
    fc.property(rule, fc.array(point, { minLength: 1, maxLength: 8 }), (alarm, range) => {
      const value = (missingData: AlarmRule['missingData']) =>
        alarmValue({ ...alarm, missingData }, range, 'OK');
      if (value('not-breaching') === 'ALARM') {
        for (const one of ['missing', 'ignore', 'breaching'] as const) {
          expect(value(one)).toBe('ALARM');
        }
      }
      if (value('breaching') === 'OK') expect(value('missing')).not.toBe('ALARM');
    }),
    SEED,
  );
});

const bounds = fc
  .uniqueArray(fc.integer({ min: 1, max: 40 }), { minLength: 0, maxLength: 5 })
  .map((inner) => [0, ...inner.sort((a, b) => a - b)]);
const capacity = fc.record({
  desired: fc.integer({ min: 5, max: 50 }),
  booting: fc.integer({ min: 0, max: 2 }),
  warming: fc.integer({ min: 0, max: 3 }),
});

test('steps that AWS takes cover every breach, and scale out by no less the worse it is', () => {
  fc.assert(
    fc.property(bounds, capacity, fc.integer({ min: 0, max: 80 }), (lowers, seen, excess) => {
      const steps = lowers.map((lower, i) => ({
        lower,
        upper: lowers[i + 1],
        change: { type: 'change-in-capacity', by: i + 1 } as const,
      }));
      const own = steps.map((one) => ({
        MetricIntervalLowerBound: one.lower,
        MetricIntervalUpperBound: one.upper,
        ScalingAdjustment: one.change.by,
      }));
      expect(stepComplaints({ AdjustmentType: 'ChangeInCapacity', StepAdjustments: own })).toEqual(
        [],
      );
      const alarm = { metric: 'cpu', comparison: 'at-or-above', threshold: 50 } as const;
      const at = (value: number) =>
        stepScaling({ alarm, steps, minMagnitude: 0 }, value, seen).desired!;
      expect(at(50 + excess)).toBeGreaterThanOrEqual(seen.desired);
      expect(at(50 + excess + 5)).toBeGreaterThanOrEqual(at(50 + excess));
    }),
    SEED,
  );
});

const proposal: fc.Arbitrary<PolicyProposal> = fc
  .record({
    type: fc.constantFrom(
      'step-scaling',
      'simple-scaling',
      'target-tracking',
      'predictive-scaling',
    ),
    desired: fc.option(fc.integer({ min: 0, max: 40 }), { nil: undefined }),
    isLow: fc.option(fc.boolean(), { nil: undefined }),
    max: fc.option(fc.integer({ min: 0, max: 60 }), { nil: undefined }),
  })
  .map(({ type, desired, isLow, max }): PolicyProposal => {
    const common = { desired, reason: type };
    if (type === 'target-tracking') return { type, isLow, ...common };
    return type === 'predictive-scaling' ? { type, max, ...common } : { type, ...common };
  });

test('several policies: within limits, in any order, not below forecast or the least asked', () => {
  const group = { min: 3, max: 30, desired: 12 };
  fc.assert(
    fc.property(fc.array(proposal, { maxLength: 6 }), (proposals) => {
      const { desired } = combinePolicies(group, proposals);
      const forecasts = proposals.filter(({ type }) => type === 'predictive-scaling');
      const raised = forecasts.map((one) =>
        one.type === 'predictive-scaling' ? (one.max ?? 0) : 0,
      );
      expect(desired).toBeGreaterThanOrEqual(group.min);
      expect(desired).toBeLessThanOrEqual(Math.max(group.max, ...raised));
      expect(combinePolicies(group, proposals.toReversed()).desired).toBe(desired);
      for (const one of forecasts) {
        expect(desired).toBeGreaterThanOrEqual(Math.min(one.desired ?? 0, group.max));
      }
      const asked = proposals.map((one) => one.desired ?? group.desired);
      const least = Math.min(group.desired, ...asked);
      expect(desired).toBeGreaterThanOrEqual(Math.min(least, group.max));
    }),
    SEED,
  );
});

const field = (from: number, to: number) =>
  fc.oneof(
    fc.constant('*'),
    fc.integer({ min: from, max: to }).map(String),
    fc.integer({ min: 2, max: 9 }).map((step) => `*/${step}`),
    fc
      .tuple(fc.integer({ min: from, max: to }), fc.integer({ min: from, max: to }))
      .map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
  );
const cron = fc
  .tuple(field(0, 59), field(0, 23), field(1, 31), fc.constant('*'), field(0, 7))
  .map((fields) => parseCron(fields.join(' ')) as Cron);

test('the next run is the first minute that matches, looked for one by one', () => {
  const DAY_MINUTES = 1440;
  const matches = (schedule: Cron, minute: number) =>
    cronDay(schedule, Math.floor(minute / DAY_MINUTES)) &&
    schedule.hours.includes(Math.floor((minute % DAY_MINUTES) / 60)) &&
    schedule.minutes.includes(minute % 60);
  fc.assert(
    fc.property(cron, fc.integer({ min: 0, max: 30_000_000 }), (recurrence, afterMinute) => {
      const sizes = { min: 1, max: undefined, desired: undefined };
      const times = { startMs: undefined, endMs: undefined, zone: UTC };
      const next = nextRun({ name: 'x', recurrence, ...sizes, ...times }, afterMinute * 60_000);
      let minute = afterMinute + 1;
      while (!matches(recurrence, minute) && minute < afterMinute + 3 * DAY_MINUTES) minute++;
      if (matches(recurrence, minute)) expect(next).toBe(minute * 60_000);
      else expect(next).toBeGreaterThan(minute * 60_000);
    }),
    { ...SEED, numRuns: 60 },
  );
});

const instances = fc.array(
  fc.record({
    zone: fc.constantFrom('a', 'b', 'c'),
    launchedAtMs: fc.integer({ min: 0, max: 1000 }),
    isProtected: fc.boolean(),
  }),
  { maxLength: 15 },
);

test('terminations are distinct, unprotected, as many as there can be, from a fullest zone', () => {
  fc.assert(
    fc.property(instances, fc.integer({ min: 0, max: 20 }), (list, count) => {
      const group = list.map((one, id) => ({ ...one, id }));
      const picked = pickTerminations(group, count, { policies: ['Default'], nowMs: 2000 });
      const free = group.filter((one) => !one.isProtected);
      expect(new Set(picked).size).toBe(Math.min(count, free.length));
      expect(picked.every((id) => !group[id]!.isProtected)).toBe(true);
      const sizeOf = (zone: string) => group.filter((one) => one.zone === zone).length;
      const largest = Math.max(...free.map(({ zone }) => sizeOf(zone)));
      if (picked.length > 0) expect(sizeOf(group[picked[0]!]!.zone)).toBe(largest);
    }),
    SEED,
  );
});

test('launches never widen the gap between zones beyond one', () => {
  const count = fc.integer({ min: 0, max: 9 });
  fc.assert(
    fc.property(fc.array(count, { minLength: 1, maxLength: 4 }), fc.nat(30), (sizes, launches) => {
      const zones = sizes.map((inService, i) => ({
        zone: `${i}`,
        inService,
        pending: 0,
        isOpen: true,
      }));
      const after = [...sizes];
      for (const zone of launchZones(zones, launches)) after[Number(zone)]!++;
      const gap = (all: readonly number[]) => Math.max(...all) - Math.min(...all);
      expect(gap(after)).toBeLessThanOrEqual(Math.max(1, gap(sizes)));
      expect(after.reduce((a, b) => a + b)).toBe(sizes.reduce((a, b) => a + b) + launches);
    }),
    SEED,
  );
});

test('weighted capacity reaches the desired, within the hard limit, and scale-in keeps it', () => {
  const weights = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(weights, fc.nat(100), fc.nat(100), (list, desired, current) => {
      const types = list.map((weight) => ({ name: `${weight}`, weight }));
      const launched = weightedLaunches(
        desired,
        current,
        types,
        (lacking) => lacking % list.length,
      );
      const units = launched.reduce((sum, { weight }) => sum + weight, current);
      expect(units).toBeGreaterThanOrEqual(desired);
      if (current <= desired) expect(units).toBeLessThan(weightedLimit(desired, types));
      const ended = weightedTerminations(desired, units, launched);
      const left = launched.slice(0, ended).reduce((sum, { weight }) => sum - weight, units);
      expect(left).toBeGreaterThanOrEqual(Math.min(desired, units));
    }),
    SEED,
  );
});

test('a refresh keeps the healthy minimum and the maximum, and comes to its end', () => {
  const shape = fc.record({
    desired: fc.integer({ min: 1, max: 12 }),
    minHealthyPercent: fc.integer({ min: 0, max: 100 }),
    surge: fc.integer({ min: 0, max: 60 }),
    checkpoint: fc.integer({ min: 1, max: 99 }),
    warm: fc.infiniteStream(fc.integer({ min: 1, max: 9 })),
  });
  fc.assert(
    fc.property(shape, ({ desired, minHealthyPercent, surge, checkpoint, warm }) => {
      const limits = {
        minHealthyPercent,
        maxHealthyPercent: Math.min(100 + surge, 100 + minHealthyPercent),
        checkpointPercents: [checkpoint, 100],
        checkpointDelayMs: 5,
      };
      const refresh = { ...limits, skipMatching: false, autoRollback: false, bakeMs: 0 };
      const least = Math.ceil((desired * minHealthyPercent) / 100);
      const most = Math.max(desired, Math.floor((desired * refresh.maxHealthyPercent) / 100));
      let state = startRefresh(0);
      let id = 0;
      let group = Array.from({ length: desired }, () => ({
        id: id++,
        readyAtMs: -1,
        launchedAtMs: -1,
      }));
      for (let nowMs = 0; nowMs < 500 && state.status === 'InProgress'; nowMs++) {
        const isReady = (one: { readyAtMs: number }) => one.readyAtMs <= nowMs;
        const seen = group.map((one) => ({
          ...one,
          matches: one.launchedAtMs >= 0,
          health: isReady(one) ? ('ready' as const) : ('warming' as const),
        }));
        const decision = stepRefresh(
          refresh,
          { nowMs, desired, instances: seen, isAlarmed: false },
          state,
        );
        const before = group.filter(isReady).length;
        group = group.filter((one) => !decision.terminate.includes(one.id));
        // Where nothing else could move, one at a time is ended below the minimum.
        const floor = Math.min(before, least, most > desired ? desired : desired - 1);
        expect(group.filter(isReady).length).toBeGreaterThanOrEqual(floor);
        for (let i = 0; i < decision.launch; i++) {
          group.push({ id: id++, readyAtMs: nowMs + warm.next().value, launchedAtMs: nowMs });
        }
        expect(group.length).toBeLessThanOrEqual(most);
        state = decision.state;
      }
      expect(state.status).toBe('Successful');
      expect(group.every(({ launchedAtMs }) => launchedAtMs >= 0)).toBe(true);
      expect(group).toHaveLength(desired);
    }),
    { ...SEED, numRuns: 80 },
  );
});
