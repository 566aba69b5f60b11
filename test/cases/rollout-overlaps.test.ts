/**
 * A roll-out that comes while another one is under way: ten instances that boot in 20 s, a version
 * at 60 s and the next one some time later.
 */
import { describe, expect, test } from 'vitest';
import type { Service } from '../../simulator/model/model.ts';
import type { CanaryRoutes, Version } from '../../simulator/model/rollout-settings.ts';
import type { RolloutOutcome, Run } from '../../simulator/results/results.ts';
import { fixedSize } from '../helpers/models.ts';
import {
  canary,
  failing,
  flagger,
  gate,
  good,
  groups,
  ms,
  overlap,
  ran,
  refresh,
  rolling,
  rollout,
  SECOND,
  slow,
} from '../helpers/rolled-out.ts';

const neverUp: Version = { ...good, boot: ms(3_600_000) };
const routing: CanaryRoutes = {
  dynamicStableScale: false,
  minPodsPerReplicaSet: 1,
  scaleDownDelayMs: 30_000,
  abortScaleDownDelayMs: undefined,
};

function outcomes({ services }: Run): readonly RolloutOutcome[] {
  return services['feed']!.rollouts!;
}

const at = (seconds: number) => ({ atMs: seconds * SECOND });

describe('Kubernetes: roll-over', () => {
  test('the oldest set goes first, and what does not run before all others', () => {
    const { run } = ran([rollout(good, rolling), rollout(good, rolling, at(85))]);
    expect(overlap(run)).toEqual([
      [60, '8 - 5'],
      [80, '3 - 10'],
      // Most are of the version before, so that is the old one now. 5 of them still boot: they go,
      // and 5 come. 8 serve, as few as may.
      [85, '5 3 5'],
      // 13 serve: 5 may go, the 3 oldest and 2 of the version before.
      [105, '3 - 10'],
      [125, '0 - 10'],
    ]);
    expect(outcomes(run)).toMatchObject([
      { phase: 'replaced', endedAtMs: 85_000 },
      { phase: 'done', endedAtMs: 125_000 },
    ]);
  });

  test('the way out of a version that does not start: its pods go at once', () => {
    const { run } = ran([rollout(neverUp, rolling), rollout(good, rolling, at(300))]);
    expect(overlap(run)).toEqual([
      [60, '8 - 5'],
      [300, '8 - 5'],
      [320, '3 - 10'],
      [340, '0 - 10'],
    ]);
    const gone = run.incidents!.find(({ reason }) => reason.includes('version 1 5 → 0'));
    expect(gone!.atMs).toBe(300_000);
    const { serving, booting } = run.services['feed']!;
    expect(Math.min(...serving)).toBeGreaterThanOrEqual(8);
    expect(serving.at(-1)! + booting.at(-1)!).toBe(10);
  });
});

/** A group whose size is set at some second. */
function resized(size: number, second: number): Pick<Service, 'scaling'> {
  const at = { type: 'scheduled', cron: undefined, atMs: second * SECOND, clockMs: 0 } as const;
  const policies = [{ ...at, min: undefined, max: undefined, desired: size }];
  return { scaling: { ...fixedSize(10), min: 1, max: 20, policies } };
}

describe('Kubernetes: scaling in proportion', () => {
  test('a group that shrinks in the middle: both versions do', () => {
    const { run } = ran([rollout(good, rolling)], { own: resized(5, 70) });
    expect(overlap(run)).toEqual([
      [60, '8 - 5'],
      // 13 become 7: of 8 old ones 4 (8 · 7/13), of 5 new ones 3.
      [70, '4 - 3'],
      [80, '1 - 5'],
      [100, '0 - 5'],
    ]);
  });

  test('three versions at once: all three grow, the rest goes to the last', () => {
    const rollouts = [rollout(good, rolling), rollout(good, rolling, at(85))];
    const { run } = ran(rollouts, { own: resized(20, 90) });
    // 13 become 25: of 5 ten (5 · 25/13), twice, and what is left of 25 are 5.
    expect(overlap(run)[3]).toEqual([90, '10 5 10']);
    expect(outcomes(run)[1]!.phase).toBe('done');
    expect(run.services['feed']!.updated!.at(-1)).toBe(20);
  });
});

describe('Argo Rollouts: the steps begin again', () => {
  test('basic: what the version before has brought goes first', () => {
    const { run } = ran([rollout(slow, canary), rollout(good, canary, at(100))]);
    const told = overlap(run);
    expect(told.find(([second]) => second === 100)?.[1]).toMatch(/^\d+ 0 2$/);
    // Two at 120 s, pause until 240; five at 260, until 380; all at 400.
    expect(outcomes(run)).toMatchObject([
      { phase: 'replaced', endedAtMs: 100_000 },
      { phase: 'done', endedAtMs: 400_000 },
    ]);
    // 20 % of 50/s for the 20 s until then.
    expect(outcomes(run)[0]!.requests).toBeLessThanOrEqual(201);
  });

  test('routed: the version before has no traffic any more; the old instances all stay', () => {
    const routed = { ...canary, routing };
    const { run } = ran([rollout(slow, routed), rollout(failing, routed, { ...at(210), gate })]);
    expect(overlap(run)).toEqual([
      [60, '10 - 2'],
      [200, '10 - 5'],
      [210, '10 0 2'],
      // Judged at 270 s, and 30 s more.
      [300, '10 - 0'],
    ]);
    expect(outcomes(run)).toMatchObject([{ phase: 'replaced' }, { phase: 'rolled back' }]);
    // 20 % of 50/s from 80 s to 210 s: ± 4 standard deviations of 32.
    expect(outcomes(run)[0]!.requests).toBeGreaterThan(1172);
    expect(outcomes(run)[0]!.requests).toBeLessThan(1428);
    expect(Math.round(run.journeys['visit']!.latencyMs.at(-1)!.max)).toBe(20);
  });

  test('routed: once promoted, the version before is what the next one is held against', () => {
    const routed = { ...canary, routing };
    // Promoted at 360 s; the old ones would stay until 390 s.
    const { run } = ran([rollout(good, routed), rollout(failing, routed, { ...at(370), gate })]);
    expect(outcomes(run)).toMatchObject([
      { phase: 'done', endedAtMs: 370_000 },
      { phase: 'rolled back' },
    ]);
    expect(run.incidents!.some(({ reason }) => /old 10 → 10, version 0 10 → 0/.test(reason))).toBe(
      true,
    );
  });
});

describe('Flagger: a new revision restarts the analysis', () => {
  const weights = ({ incidents = [] }: Run) =>
    incidents.flatMap(({ atMs, reason }) => {
      const found = /canary weight (\d+)/.exec(reason);
      return found === null ? [] : [[atMs / SECOND, Number(found[1])]];
    });

  test('with the next check, from weight 0; the canary group rolls meanwhile', () => {
    const { run } = ran([
      rollout(good, flagger, { gate }),
      rollout(good, flagger, { ...at(200), gate }),
    ]);
    expect(overlap(run)).toEqual([
      [60, '10 - 10'],
      [200, '10 8 5'],
      [220, '10 3 10'],
      [240, '10 0 10'],
      [660, '0 - 10'],
    ]);
    expect(weights(run)).toEqual([
      [120, 10],
      [180, 20],
      [300, 10],
      [360, 20],
      [420, 30],
      [480, 40],
      [540, 50],
    ]);
    const restart = run.incidents!.find(({ reason }) => reason.includes('starting again'))!;
    expect(restart.atMs).toBe(240_000);
    expect(outcomes(run)).toMatchObject([
      { phase: 'replaced', endedAtMs: 200_000 },
      { phase: 'done', endedAtMs: 720_000 },
    ]);
  });

  test('until that check the canary group keeps its share, whatever its pods are of', () => {
    const all = [rollout(good, flagger), rollout(good, flagger, at(181))];
    const { run } = ran(all, { durationMs: 300_000 });
    const [first, second] = outcomes(run);
    // From 120 s on 10 % of 50/s, from 180 s to 240 s 20 %: 900, ± 4 standard deviations of 28.
    const both = first!.requests + second!.requests;
    expect(both).toBeGreaterThan(788);
    expect(both).toBeLessThan(1012);
    expect(second!.requests).toBeGreaterThan(200);
  });

  test('a version that comes while one is being promoted waits for its end', () => {
    const { run } = ran([rollout(good, flagger), rollout(good, flagger, at(430))]);
    const waits = run.incidents!.filter(({ reason }) => reason.includes('the next one waits'));
    expect(waits.map(({ atMs }) => atMs)).toEqual([430_000]);
    expect(outcomes(run)).toMatchObject([
      { phase: 'done', endedAtMs: 540_000 },
      { phase: 'under way', startedAtMs: 540_000 },
    ]);
  });
});

describe('the other kinds', () => {
  test('an instance refresh is cancelled; the next one replaces what it has brought', () => {
    const { run } = ran([rollout(slow, refresh), rollout(good, refresh, at(110))]);
    expect(outcomes(run)).toMatchObject([
      { phase: 'replaced', endedAtMs: 110_000 },
      { phase: 'done' },
    ]);
    expect(run.services['feed']!.updated!.at(-1)).toBe(10);
    expect(Math.min(...run.services['feed']!.serving)).toBeGreaterThanOrEqual(9);
    expect(Math.round(run.journeys['visit']!.latencyMs.at(-1)!.max)).toBe(20);
  });

  test('percentage groups: everybody has the old version again, the stages begin anew', () => {
    const judged = { gate: { ...gate, requestsMin: 10 } };
    const { run } = ran(
      [rollout(good, groups, judged), rollout(good, groups, { ...at(350), ...judged })],
      { durationMs: 1_200_000 },
    );
    expect(overlap(run).slice(0, 4)).toEqual([
      [60, '10 - 1'],
      [320, '10 - 5'],
      [350, '10 0 1'],
      [610, '10 - 5'],
    ]);
    expect(outcomes(run)[1]).toMatchObject({ phase: 'done', endedAtMs: 890_000 });
  });

  test('percentage groups: at the failed judgement nobody has the new version any more', () => {
    const judged = { gate: { ...gate, everyMs: 10_000 } };
    const { run } = ran([rollout(failing, groups, judged)]);
    const { endedAtMs, phase, requests } = outcomes(run)[0]!;
    expect(phase).toBe('rolled back');
    // It ends at that very moment, with everything back; later requests would be many more.
    const back = overlap(run).at(-1)!;
    expect(back).toEqual([endedAtMs! / SECOND, '10 - 0']);
    const until = { durationMs: endedAtMs! + 1 };
    expect(outcomes(ran([rollout(failing, groups, judged)], until).run)[0]!.requests).toBe(
      requests,
    );
  });

  test('three at once: the last one is there in the end, and nothing else', () => {
    const { run } = ran([
      rollout(slow, canary),
      rollout(neverUp, canary, at(100)),
      rollout(good, rolling, at(130)),
    ]);
    expect(outcomes(run).map(({ phase }) => phase)).toEqual(['replaced', 'replaced', 'done']);
    expect(run.services['feed']!.updated!.at(-1)).toBe(10);
    expect(run.services['feed']!.serving.at(-1)).toBe(10);
  });
});
