/** Cooldowns of simple scaling (EC2) and of Application Auto Scaling (ECS). */
import { expect, test } from 'vitest';
import {
  addedInCooldown,
  applyCooldowns,
  NO_COOLDOWNS,
} from '../../simulator/policies/aws/application-cooldowns.ts';
import {
  NO_COOLDOWN,
  passCooldown,
  simpleScaling,
} from '../../simulator/policies/aws/simple-scaling.ts';

const PLUS_TWO = {
  change: { type: 'change-in-capacity', by: 2 },
  minMagnitude: 0,
  cooldownMs: 300_000,
} as const;
const seen = (nowMs: number, desired: number, inProgress: number) => ({
  nowMs,
  desired,
  min: 1,
  max: 20,
  inProgress,
});

test('a simple policy waits for its activity, then for the cooldown, then acts again', () => {
  const first = simpleScaling(PLUS_TWO, seen(0, 4, 0), NO_COOLDOWN);
  expect(first.desired).toBe(6);
  const during = simpleScaling(PLUS_TWO, seen(30_000, 6, 2), first.state);
  expect(during).toMatchObject({ desired: undefined });
  expect(during.reason).toContain('waits for 2 instances');
  const inService = passCooldown(seen(60_000, 6, 0), during.state);
  const cooling = simpleScaling(PLUS_TWO, seen(300_000, 6, 0), inService);
  expect(cooling.reason).toBe('simple-scaling: cooldown for 60 s more');
  expect(simpleScaling(PLUS_TWO, seen(359_999, 6, 0), cooling.state).desired).toBeUndefined();
  expect(simpleScaling(PLUS_TWO, seen(360_000, 6, 0), cooling.state).desired).toBe(8);
});

test('an activity of somebody else, such as a health replacement, holds it up, too', () => {
  expect(simpleScaling(PLUS_TWO, seen(0, 4, 1), NO_COOLDOWN).desired).toBeUndefined();
});

test('at the limit there is no activity and no cooldown', () => {
  const decision = simpleScaling(PLUS_TWO, seen(0, 20, 0), NO_COOLDOWN);
  expect(decision).toMatchObject({ desired: 20, state: NO_COOLDOWN });
});

const ECS = { scaleOutMs: 300_000, scaleInMs: 300_000 };

test("the guide's example: after +2 a step of +3 within the cooldown adds one", () => {
  const out = applyCooldowns(ECS, { nowMs: 0, desired: 10, wanted: 12 }, NO_COOLDOWNS);
  const base = 12 - addedInCooldown(ECS, 60_000, out.state);
  expect(base).toBe(10);
  const more = applyCooldowns(ECS, { nowMs: 60_000, desired: 12, wanted: base + 3 }, out.state);
  expect(more.desired).toBe(13);
  // A step of +2 again is there already.
  const again = applyCooldowns(ECS, { nowMs: 60_000, desired: 12, wanted: base + 2 }, out.state);
  expect(again.desired).toBe(12);
});

test('after the cooldown what was added is capacity like any other', () => {
  const out = applyCooldowns(ECS, { nowMs: 0, desired: 10, wanted: 12 }, NO_COOLDOWNS);
  expect(addedInCooldown(ECS, 299_999, out.state)).toBe(2);
  expect(addedInCooldown(ECS, 300_000, out.state)).toBe(0);
});

test('a scale-in waits for the one before; a scale-out does not, and ends the waiting', () => {
  const first = applyCooldowns(ECS, { nowMs: 0, desired: 10, wanted: 8 }, NO_COOLDOWNS);
  expect(first.desired).toBe(8);
  const second = applyCooldowns(ECS, { nowMs: 100_000, desired: 8, wanted: 6 }, first.state);
  expect(second).toMatchObject({ desired: 8, reason: 'scale-in cooldown for 200 s more' });
  const out = applyCooldowns(ECS, { nowMs: 120_000, desired: 8, wanted: 9 }, second.state);
  expect(out.desired).toBe(9);
  const third = applyCooldowns(ECS, { nowMs: 130_000, desired: 9, wanted: 6 }, out.state);
  expect(third.desired).toBe(6);
});
