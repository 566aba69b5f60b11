/** Every kind of policy on made-up live instances: what it decides, live and again. */
import { expect, test } from 'vitest';
import {
  GroupControl,
  type ObservedInstance,
} from '../../fixtures/staging/controller/group-control.ts';
import { decideAgain } from '../../fixtures/staging/decide-again.ts';
import type { Scaling } from '../../simulator/model/model.ts';
import type { AlarmSettings, ScalingPolicy } from '../../simulator/model/scaling-settings.ts';
import type { StagingLogLine } from '../../simulator/results/staging-log.ts';
import { scalable } from '../helpers/models.ts';

/** What each of a group's instances does, all the time. */
interface Load {
  readonly perSecond: number;
  readonly busyRatio?: number;
  /** Of the group, while it has no instance. */
  readonly turnedAwayPerSecond?: number;
}

/** Sizes by second of the decision, as a controller would have logged them. */
function play(scaling: Scaling, load: Load, endMs: number): StagingLogLine[] {
  const { perSecond, busyRatio = 0, turnedAwayPerSecond = 0 } = load;
  const control = new GroupControl(scaling, () => 0.5);
  const lines: StagingLogLine[] = [{ type: 'run', startAtMs: 1e12, scaling: { feed: scaling } }];
  let desired = scaling.start;
  const at = (nowMs: number): ObservedInstance[] =>
    Array.from({ length: desired }, (_, index) => {
      const seconds = nowMs / 1000;
      const done = { requests: seconds * perSecond, busyMs: nowMs * busyRatio };
      const reading = { ...done, insideMs: nowMs * 2, queued: 3, servers: 1, atMs: nowMs };
      const since = { startedAtMs: -60_000, readyAtMs: -60_000 };
      return { name: `feed-${index + 1}`, state: 'ready', ...since, reading };
    });
  control.begin(at(0));
  for (let nowMs = control.nextMs(0); nowMs <= endMs; nowMs = control.nextMs(nowMs)) {
    control.scrape(nowMs, at(nowMs), (nowMs / 1000) * turnedAwayPerSecond);
    const decision = control.decide(nowMs, desired, at(nowMs));
    if (decision === undefined) continue;
    desired = decision.desired;
    lines.push({ type: 'decision', atMs: nowMs + 3, service: 'feed', ...decision });
  }
  return lines;
}

function sizes(lines: readonly StagingLogLine[]): [seconds: number, desired: number][] {
  return lines.flatMap((line) =>
    line.type === 'decision' ? [[line.observation.nowMs / 1000, line.desired]] : [],
  );
}

const ALARM: AlarmSettings = {
  metric: 'requests-per-instance',
  comparison: 'above',
  threshold: 100,
  periodMs: 10_000,
  evaluationPeriods: 1,
  datapointsToAlarm: 1,
  missingData: 'missing',
};
const by = (count: number) => ({ type: 'change-in-capacity', by: count }) as const;
const HOURS = Array.from({ length: 48 }, () => 100);

const KINDS: readonly [
  kind: ScalingPolicy['type'],
  claim: string,
  scaling: Scaling,
  load: Load,
  first: readonly [number, number][],
][] = [
  [
    'step-scaling',
    'the step for 50/s above the threshold adds two, over and over up to the maximum',
    scalable(1, 4, [
      {
        type: 'step-scaling',
        alarm: ALARM,
        minMagnitude: 1,
        steps: [
          { lower: 0, upper: 40, change: by(1) },
          { lower: 40, upper: undefined, change: by(2) },
        ],
      },
    ]),
    { perSecond: 150 },
    [[10, 3]],
  ],
  [
    'target-tracking',
    'two at 90 % for a target of 60 % want three',
    scalable(2, 8, [
      {
        type: 'target-tracking',
        metric: 'utilization',
        target: 0.6,
        periodMs: 10_000,
        highPeriods: 1,
        lowPeriods: 3,
        lowRatio: 0.9,
        scaleIn: true,
      },
    ]),
    { perSecond: 10, busyRatio: 0.9 },
    [[10, 3]],
  ],
  [
    'simple-scaling',
    'one more; its alarm fires again a minute later, when the cooldown is over',
    scalable(1, 8, [
      {
        type: 'simple-scaling',
        alarm: ALARM,
        change: by(1),
        minMagnitude: 1,
        cooldownMs: 25_000,
      },
    ]),
    { perSecond: 150 },
    [
      [10, 2],
      [20, 2],
      [30, 2],
      [40, 2],
      [50, 2],
      [60, 2],
      [70, 3],
    ],
  ],
  [
    'scheduled',
    'at 30 s of the run it is four',
    scalable(1, 8, [
      {
        type: 'scheduled',
        cron: undefined,
        atMs: 30_000,
        clockMs: 0,
        min: undefined,
        max: undefined,
        desired: 4,
      },
    ]),
    { perSecond: 1 },
    [[30, 4]],
  ],
  [
    'predictive',
    'two days of 100/s at 20/s an instance say five',
    scalable(1, 8, [
      {
        type: 'predictive',
        targetPerSecond: 20,
        historyPerSecond: HOURS,
        clockMs: 0,
        mode: 'forecast-and-scale',
        bufferMs: 300_000,
        maxBreach: 'honor-max-capacity',
        maxBufferPercent: undefined,
      },
    ]),
    { perSecond: 1 },
    [[60, 5]],
  ],
  [
    'hpa',
    'two of 30/s for a target of 15/s want four, and then eight',
    scalable(2, 8, [
      {
        type: 'hpa',
        metrics: [{ metric: 'requests-per-instance', target: 15 }],
        requestRatio: 1,
      },
    ]),
    { perSecond: 30 },
    [
      [15, 4],
      [30, 8],
    ],
  ],
  [
    'keda',
    'what is turned away wakes a group of none at the first poll',
    scalable(0, 8, [
      {
        type: 'keda',
        triggers: [{ metric: 'requests-per-instance', target: 1000, activation: 5 }],
        pollingMs: 30_000,
        cooldownMs: 300_000,
        initialCooldownMs: 0,
        idle: undefined,
        fallback: undefined,
      },
    ]),
    { perSecond: 10, turnedAwayPerSecond: 10 },
    [
      [15, 0],
      [30, 1],
    ],
  ],
];

test.each(KINDS)('%s: %s', (_, __, scaling, load, first) => {
  const decided = sizes(play(scaling, load, 120_000));
  expect(decided.slice(0, first.length)).toEqual(first);
});

test.each(KINDS)('%s decides the same again from its log', (_, __, scaling, load) => {
  const lines = play(scaling, load, 600_000).map(
    (line) => JSON.parse(JSON.stringify(line)) as StagingLogLine,
  );
  const again = decideAgain(lines);
  expect(again).toHaveLength(lines.length - 1);
  for (const { line, again: decision } of again) {
    expect(decision).toEqual({ desired: line.desired, reason: line.reason });
  }
});

test('a poll that hears of nothing turned away lets a group of none sleep', () => {
  const [, , scaling] = KINDS.find(([kind]) => kind === 'keda')!;
  const decided = sizes(play(scaling, { perSecond: 0 }, 120_000));
  expect(new Set(decided.map(([, desired]) => desired))).toEqual(new Set([0]));
});
