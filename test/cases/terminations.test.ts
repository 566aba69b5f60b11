/** Which instances go when a group shrinks, and in which zone new ones come. */
import { expect, test } from 'vitest';
import { Fleet, STATE } from '../../simulator/components/fleet.ts';
import { createRoster } from '../../simulator/components/roster.ts';
import { rowsToEnd } from '../../simulator/components/terminations.ts';
import type { Scaling } from '../../simulator/model/model.ts';
import { parseModel } from '../../simulator/model/parse.ts';
import type { Rollout } from '../../simulator/model/rollout-settings.ts';
import type { TerminationOrder } from '../../simulator/model/termination-settings.ts';
import { simulateRun } from '../../simulator/simulate.ts';
import { changed } from '../helpers/model-text.ts';
import { fixedSize, model, service } from '../helpers/models.ts';

const ms = (value: number) => ({ type: 'constant', ms: value }) as const;

/** Three of ten are new, because a refresh has failed; then five have to go. */
function newOnesLeft(termination: readonly TerminationOrder[] | undefined): number {
  const refresh: Rollout = {
    atMs: 60_000,
    version: { slowness: 2, failRatio: 0 },
    strategy: {
      type: 'instance-refresh',
      minHealthyPercent: 90,
      maxHealthyPercent: 100,
      checkpointPercents: [],
      checkpointDelayMs: 0,
      autoRollback: false,
      bakeMs: 0,
    },
    gate: {
      errorRatioMargin: undefined,
      latencyRatioMax: 1.3,
      requestsMin: 100,
      confidence: 0.95,
      everyMs: 60_000,
      failuresMax: 0,
    },
  };
  const toFive = { type: 'scheduled', cron: undefined, atMs: 300_000, clockMs: 0 } as const;
  const scaling: Scaling = {
    ...fixedSize(10),
    min: 1,
    policies: [{ ...toFive, min: undefined, max: undefined, desired: 5 }],
    ...(termination && { termination }),
  };
  const on = { type: undefined, dollarsPerHour: undefined, boot: ms(20_000), warmUpMs: 0 };
  const serves = { type: 'threads', count: 4 } as const;
  const feed = { ...service('feed', { time: ms(20), on, serves, scaling }), rollouts: [refresh] };
  const what = model(50, 400_000, [feed]);
  const { updated, serving } = simulateRun(what, { seed: 1, arrivals: 'independent' }, 0).services[
    'feed'
  ]!;
  expect(serving.at(-1)).toBe(5);
  return updated!.at(-1)!;
}

test.each<[TerminationOrder[] | undefined, number]>([
  [undefined, 3],
  [['oldest-instance'], 3],
  [['default'], 3],
  [['oldest-launch-template'], 3],
  [['newest-instance'], 0],
  [['oldest-launch-template', 'newest-instance'], 3],
])('by %j %d of the new version are left', (termination, left) => {
  expect(newOnesLeft(termination)).toBe(left);
});

test('a new instance comes where the fewest are, and one goes where the most are', () => {
  const scaling: Scaling = { ...fixedSize(6), termination: ['newest-instance'] };
  const one = { ...service('feed', { time: ms(1), scaling }), zones: 3 };
  const what = model(1, 1000, [one]);
  const fleet = new Fleet();
  const roster = createRoster(fleet);
  fleet.begin(what);
  roster.begin(what);
  const open = (nowMs: number) => {
    const row = fleet.launch(0, nowMs, STATE.ready);
    roster.opened(row);
    return row;
  };
  const rows = [0, 1, 2, 3, 4].map(open);
  const zones = () => rows.map((row) => roster.zone[row]);
  expect(zones()).toEqual([0, 1, 2, 0, 1]);
  fleet.retire(rows[1]!, 5);
  fleet.retire(rows[4]!, 5);
  // Zone 1 has none, then as many as zone 2.
  expect([6, 7].map((nowMs) => roster.zone[open(nowMs)])).toEqual([1, 1]);
  const live = fleet.rowsIn(0, STATE.ready);
  const zoneOf = (row: number) => roster.zone[row]!;
  const [gone] = rowsToEnd(fleet, one, live, 1, zoneOf, 10);
  // Zones 0 and 1 have two each: the youngest of them goes, of zone 1.
  expect(zoneOf(gone!)).toBe(1);
  expect(fleet.launchedMs[gone!]).toBe(7);
});

test('a model file says it, and staging does not', () => {
  const text = changed(
    '      max: 4\n',
    '      max: 4\n      termination: [newest-instance, default]\n',
  );
  const web = parseModel([text]).model!.services.find(({ name }) => name === 'web')!;
  expect(web.scaling.termination).toEqual(['newest-instance', 'default']);
});
