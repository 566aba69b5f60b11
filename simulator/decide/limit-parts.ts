/** What the doors of rate limits and retries have in common. */
import { z } from 'zod';
import { expects } from '../model/schema-parts.ts';
import { explainLimit, type LimitVerdict } from '../policies/rate-limits/limit.ts';
import type { Answer } from './door.ts';

export const nowMs: z.ZodType<number> = expects(
  z.number().min(0),
  'a moment in milliseconds such as 1500',
).describe('now, in ms; the only clock');

export const key: z.ZodType<string | undefined> = expects(
  z.string().max(1000),
  'a text such as "10.0.0.7"',
)
  .describe('whose requests are counted together; default the same for all')
  .optional();

export const uniform: z.ZodType<number | undefined> = expects(
  z.number().min(0).lt(1),
  'a number from 0 to below 1',
)
  .describe('the chance that a jitter takes; without it only the longest delay is told')
  .optional();

export const wholeNumber: z.ZodType<number> = expects(z.int().min(0), 'a whole number such as 3');
export const wholeAboveZero: z.ZodType<number> = expects(
  z.int().min(1),
  'a whole number above 0 such as 3',
);

/** As protobuf writes durations in JSON. */
export const protoDuration: z.ZodType<string> = expects(
  z.string().regex(/^\d{1,9}(\.\d{1,9})?s$/),
  'a duration in seconds such as "0.5s"',
);

/** `protoMs('0.5s')` is 500. */
export function protoMs(text: string): number {
  return Number((Number(text.slice(0, -1)) * 1000).toPrecision(15));
}

/** A state for each key. */
export function byKey<S>(state: z.ZodType<S>): z.ZodType<Record<string, S>> {
  return z.record(z.string(), state);
}

/** A verdict in the words of a door, its state among those of the other keys. */
export function limitAnswer<S>(
  { state, ...verdict }: LimitVerdict<S>,
  seen: string,
  states: Readonly<Record<string, S>>,
  name: string,
): Answer<Record<string, S>> {
  return {
    ...verdict,
    retryAfterMs: verdict.retryAfterMs ?? null,
    reason: explainLimit({ ...verdict, state }, seen),
    state: { ...states, [name]: state },
  };
}

/** The state of a key; `fresh` where it comes for the first time. */
export function stateOf<S>(states: Readonly<Record<string, S>>, name: string, fresh: S): S {
  return Object.hasOwn(states, name) ? states[name]! : fresh;
}
