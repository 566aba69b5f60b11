/** What the doors of balancing policies have in common: hosts, Envoy's settings, schedules. */
import { z } from 'zod';
import { RandomStream, stream } from '../engine/random.ts';
import type { SlowStartRamp } from '../model/model.ts';
import { expects } from '../model/schema-parts.ts';
import { createEdf, type EdfState, pickEdf } from '../policies/balancing/edf.ts';
import { slowStartRatio } from '../policies/balancing/slow-start.ts';

/** Weights of Envoy and of nginx. */
const weight = expects(z.int().min(1).max(4_294_967_295), 'a whole number from 1 to 4294967295');
const host = z.strictObject({
  name: expects(z.string().min(1), 'a name such as "10.0.0.1:80"').describe('name of the host'),
  weight: weight.describe('its share of requests, against the others; default 1').optional(),
  active: expects(z.int().min(0), 'a whole number from 0 on')
    .describe('requests that it has at the moment; default 0')
    .optional(),
  ageMs: expects(z.number().min(0), 'milliseconds from 0 on')
    .describe('since it became healthy, for slow start; default: it has been for ever')
    .optional(),
});

export interface HostDocument {
  readonly name: string;
  readonly weight?: number | undefined;
  readonly active?: number | undefined;
  readonly ageMs?: number | undefined;
}

/** A host as it is, or by its name alone. */
export const hosts: z.ZodType<(string | HostDocument)[]> = expects(
  z.array(z.union([z.string().min(1), host])),
  'a list of host names such as ["a", { "name": "b", "weight": 2 }]',
).describe('hosts that may be picked now, in the order of the list');

export interface Host {
  readonly name: string;
  readonly weight: number;
  readonly active: number;
  readonly ageMs: number;
}

/** The same with everything that was left out. */
export function hostsOf(listed: readonly (string | HostDocument)[]): Host[] {
  return listed.map((one) => {
    const known = typeof one === 'string' ? { name: one } : one;
    const { name, weight: own = 1, active = 0, ageMs = Number.POSITIVE_INFINITY } = known;
    return { name, weight: own, active, ageMs };
  });
}

// ---- Envoy's settings --------------------------------------------------------------------------

const envoyDuration = expects(
  z.string().regex(/^(?:0|[1-9]\d{0,8})(?:\.\d{1,9})?s$/),
  'seconds as Envoy writes them, such as "60s" or "0.5s"',
);
const RUNTIME_KEY = 'name in Envoy’s runtime, where the default can be overridden; not read here';
const runtimeKey = expects(z.string(), 'a name').describe(RUNTIME_KEY).optional();

/** A `RuntimeDouble`. */
export function runtimeDouble(
  number: z.ZodType<number>,
  what: string,
): z.ZodType<{ default_value: number; runtime_key?: string | undefined }> {
  return z.strictObject({ default_value: number.describe(what), runtime_key: runtimeKey });
}

const aggression = expects(z.number().positive().max(1000), 'a number above 0');
const percent = expects(z.number().min(0).max(100), 'per cent from 0 to 100');

interface SlowStartDocument {
  slow_start_window: string;
  aggression?: { default_value: number } | undefined;
  min_weight_percent?: { value: number } | undefined;
}

/** Envoy's `SlowStartConfig`. */
export const slowStartConfig: z.ZodType<SlowStartDocument> = z
  .strictObject({
    slow_start_window: envoyDuration.describe('how long a new host gets less'),
    aggression: runtimeDouble(aggression, '1 is linear, more gives more early on')
      .describe('form of the ramp; default 1')
      .optional(),
    min_weight_percent: z
      .strictObject({ value: percent.describe('per cent of its weight') })
      .describe('least share that a new host gets; default 10')
      .optional(),
  })
  .describe('new hosts get less at first; default: they get their share at once');

/** Undefined where there is none, or its window is 0. */
export function slowStartOf(document: SlowStartDocument | undefined): SlowStartRamp | undefined {
  if (document === undefined) return undefined;
  const windowMs = 1000 * Number(document.slow_start_window.slice(0, -1));
  if (windowMs === 0) return undefined;
  return {
    windowMs,
    aggression: document.aggression?.default_value ?? 1,
    minWeightRatio: (document.min_weight_percent?.value ?? 10) / 100,
  };
}

/** Weight as far as its slow start has come. */
export function rampedWeight(
  { weight: own, ageMs }: Host,
  slowStart: SlowStartRamp | undefined,
): number {
  return slowStart === undefined ? own : own * slowStartRatio(slowStart, ageMs);
}

/** Whether turns go by weight: Envoy needs a schedule, or its plain way does. */
export function needsSchedule(
  list: readonly Host[],
  slowStart: SlowStartRamp | undefined,
): boolean {
  if (list.length < 2) return false;
  if (list.some(({ weight: own }) => own !== list[0]!.weight)) return true;
  return slowStart !== undefined && list.some(({ ageMs }) => ageMs <= slowStart.windowMs);
}

// ---- schedules ---------------------------------------------------------------------------------

/** A schedule, and the hosts that it was made for. */
export interface Schedule extends EdfState {
  made: string[];
}

const deadline = expects(z.number(), 'a number');
const order = expects(z.int(), 'a whole number');
export const schedule: z.ZodType<Schedule> = z
  .strictObject({
    made: expects(z.array(z.string()), 'a list').describe('hosts and weights that it is made for'),
    now: deadline.describe('deadline of the latest pick'),
    order: order.describe('number of the next host that is put in'),
    deadlines: expects(z.array(deadline), 'a list of numbers').describe('next ones, by host'),
    orders: expects(z.array(order), 'a list of whole numbers').describe('which putting-in it was'),
  })
  .describe('turns by weight (earliest deadline first)');

/** Whose turn it is; the schedule is made anew when hosts or their weights have changed. */
export function pickScheduled(
  before: Schedule | undefined,
  list: readonly Host[],
  weightOf: (host: Host) => number,
  discarded: number,
): { readonly index: number; readonly schedule: Schedule } {
  const made = list.map(({ name, weight: own }) => `${name}=${own}`);
  const isKnown = before !== undefined && before.made.join('\n') === made.join('\n');
  const state = isKnown ? structuredCopy(before) : createEdf(list.map(weightOf), discarded);
  const index = pickEdf(state, (at) => weightOf(list[at]!));
  return { index, schedule: { made, ...pure(state) } };
}

function structuredCopy(state: EdfState): EdfState {
  return { ...state, deadlines: [...state.deadlines], orders: [...state.orders] };
}

function pure({ now, order: next, deadlines, orders }: EdfState): EdfState {
  return { now, order: next, deadlines, orders };
}

// ---- chance ------------------------------------------------------------------------------------

export const randomState: z.ZodType<number[]> = expects(
  z.array(z.int().min(-2147483648).max(2147483647)).length(4),
  'four 32-bit integers',
).describe('where the random numbers stand');

/** The stream's first state, as plain JSON. */
export function seededState(seed: number, policy: string): number[] {
  return [...stream(seed, 0, policy, 'draws').state];
}

export interface Drawer {
  readonly below: (n: number) => number;
  readonly drawn: readonly number[];
  readonly stateNow: () => number[];
}

/** Draws from a list first, modulo what is asked for, then from a stream; it notes what it drew. */
export function drawer(given: readonly number[], state: readonly number[]): Drawer {
  const random = new RandomStream(Int32Array.from(state));
  const drawn: number[] = [];
  const below = (n: number) => {
    const next = given[drawn.length];
    drawn.push(next === undefined ? random.below(n) : next % n);
    return drawn.at(-1)!;
  };
  return { below, drawn, stateNow: () => [...random.state] };
}
