import { z } from 'zod';
import { gcra } from '../policies/rate-limits/gcra.ts';
import { rounded } from '../policies/rate-limits/limit.ts';
import { type Door, door } from './door.ts';
import {
  byKey,
  key,
  limitAnswer,
  nowMs,
  stateOf,
  wholeAboveZero,
  wholeNumber,
} from './limit-parts.ts';

/** `plimsoll decide gcra` */
export const gcraDoor: Door = door({
  name: 'gcra',
  summary: 'whether a request passes the generic cell rate algorithm (redis-cell, throttled)',
  source: 'redis-cell CL.THROTTLE; throttled rate.go; ITU-T I.371',
  settings: z.strictObject({
    max_burst: wholeNumber.describe('requests that may come at once beyond the first one'),
    count_per_period: wholeAboveZero.describe('so many requests'),
    period: wholeAboveZero.describe('in so many seconds'),
  }),
  observation: z.strictObject({
    nowMs,
    quantity: wholeNumber
      .describe('how many requests it counts for; default 1; 0 only looks')
      .optional(),
    key,
  }),
  state: byKey(
    z.strictObject({ tatMs: nowMs.describe('theoretical arrival time, in ms').optional() }),
  ),
  initial: () => ({}),
  decide: (settings, { nowMs: now, quantity: cost = 1, key: name = '' }, states) => {
    const { max_burst: burst, count_per_period: count, period } = settings;
    const { tatMs } = stateOf<{ tatMs?: number | undefined }>(states, name, {});
    const verdict = gcra(
      { burst, count, periodMs: 1000 * period },
      { nowMs: now, cost },
      { tatMs },
    );
    const { tatMs: next } = verdict.state;
    const state = next === undefined ? {} : { tatMs: next };
    const ahead = rounded(Math.max(0, (tatMs ?? now) - now));
    const words = `TAT ${ahead} ms ahead, ${cost} of ${burst + 1} at once wanted`;
    return { limit: burst + 1, ...limitAnswer({ ...verdict, state }, words, states, name) };
  },
  example: {
    settings: { max_burst: 1, count_per_period: 30, period: 60 },
    observations: [{ nowMs: 0 }, { nowMs: 0 }, { nowMs: 0 }, { nowMs: 2000 }],
  },
});
