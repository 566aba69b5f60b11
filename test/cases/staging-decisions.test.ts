import { expect, test } from 'vitest';
import { GroupControl } from '../../fixtures/staging/controller/group-control.ts';
import { decideAgain } from '../../fixtures/staging/decide-again.ts';
import { stream } from '../../simulator/engine/random.ts';
import type { Scaling } from '../../simulator/model/model.ts';
import type { AlarmSettings } from '../../simulator/model/scaling-settings.ts';
import type { StagingLogLine } from '../../simulator/results/staging-log.ts';
import { scalable } from '../helpers/models.ts';

const ALARM: AlarmSettings = {
  metric: 'requests-per-instance',
  comparison: 'above',
  threshold: 120,
  periodMs: 10_000,
  evaluationPeriods: 3,
  datapointsToAlarm: 2,
  missingData: 'missing',
};

const SETTINGS: Scaling = scalable(1, 6, [
  {
    type: 'step-scaling',
    minMagnitude: 1,
    alarm: ALARM,
    steps: [{ lower: 0, upper: undefined, change: { type: 'change-in-capacity', by: 1 } }],
  },
  {
    type: 'target-tracking',
    metric: 'utilization',
    target: 0.6,
    periodMs: 30_000,
    highPeriods: 1,
    lowPeriods: 2,
    lowRatio: 0.9,
    scaleIn: true,
  },
]);

/** A controller's log of some minutes with random readings, missing ones among them. */
function log(seed: number): StagingLogLine[] {
  const random = stream(seed, 0, 'test', 'readings');
  const control = new GroupControl(SETTINGS, () => random.uniform());
  const lines: StagingLogLine[] = [{ type: 'run', startAtMs: 1e12, scaling: { feed: SETTINGS } }];
  let desired = 1;
  const done = { requests: 0, busyMs: 0, insideMs: 0, queued: 0 };
  control.begin([]);
  for (let nowMs = 10_000; nowMs <= 600_000; nowMs += 10_000) {
    done.requests += random.uniform() * 2500;
    done.busyMs += random.uniform() * 10_000;
    const state = random.uniform() < 0.2 ? 'warming' : 'ready';
    const reading = { ...done, servers: 1, atMs: nowMs + random.uniform() * 20 };
    const since0 = { startedAtMs: 0, readyAtMs: 0 };
    const observed = [{ name: 'feed-1', state, ...since0, reading }] as const;
    const instances = random.uniform() < 0.1 ? [] : observed;
    control.scrape(nowMs, instances);
    const decision = control.decide(nowMs, desired, instances)!;
    desired = decision.desired;
    lines.push({ type: 'decision', atMs: nowMs + 4, service: 'feed', ...decision });
  }
  return lines;
}

test.each([1, 2, 3, 4, 5])('log %i, read back from its text, gives every decision back', (seed) => {
  const lines = log(seed).map((line) => JSON.parse(JSON.stringify(line)) as StagingLogLine);
  const again = decideAgain(lines);
  expect(again).toHaveLength(60);
  for (const { line, again: decision } of again) {
    expect(decision).toEqual({ desired: line.desired, reason: line.reason });
  }
  expect(new Set(again.map(({ again: { desired } }) => desired)).size).toBeGreaterThan(1);
});

test('a decision that the observation does not explain shows', () => {
  const lines = log(1).map((line) =>
    line.type === 'decision' && line.atMs > 300_000 ? { ...line, desired: 7 } : line,
  );
  const differences = decideAgain(lines).filter(
    ({ line, again }) => line.desired !== again.desired,
  );
  expect(differences.length).toBeGreaterThan(0);
});

test('only what follows the latest run counts, and a new run has no memory', () => {
  const first = log(1);
  const second = log(2);
  expect(decideAgain([...first, ...second])).toEqual(decideAgain(second));
  expect(decideAgain(first.slice(1))).toEqual([]);
});
