import { z } from 'zod';
import { expects } from '../model/schema-parts.ts';
import { pickRoundRobin } from '../policies/balancing/round-robin.ts';
import { pickSmooth } from '../policies/balancing/smooth-weighted.ts';
import {
  type Host,
  hosts,
  hostsOf,
  needsSchedule,
  pickScheduled,
  rampedWeight,
  type Schedule,
  schedule,
  slowStartConfig,
  slowStartOf,
} from './balancing-parts.ts';
import { type Door, door } from './door.ts';

const count = expects(z.int().min(0), 'an index from 0 on');
const settings = z.strictObject({
  weighted: expects(z.enum(['edf', 'smooth']), 'edf or smooth')
    .describe('whose turns hosts of unequal weight have: of Envoy (edf, the default), or of nginx')
    .optional(),
  seed: expects(z.int().min(0).max(100_000), 'a whole number from 0 to 100000')
    .describe('picks that are made before the first; Envoy draws their number; default 0')
    .optional(),
  slow_start_config: slowStartConfig.optional(),
});
const state = z.strictObject({
  next: count.describe('index of the next host'),
  isSeeded: z.boolean().describe('whether the picks before the first have been made').optional(),
  schedule: schedule.optional(),
  current: z
    .record(z.string(), expects(z.number(), 'a number'))
    .describe('nginx: what each host has saved up')
    .optional(),
});
type Settings = z.output<typeof settings>;
type State = z.output<typeof state>;

/** `plimsoll decide round-robin` */
export const roundRobin: Door = door({
  name: 'round-robin',
  summary: 'the host whose turn it is: by list index, or by weight (Envoy’s EDF, nginx’s smooth)',
  source: 'Envoy load_balancer_impl.cc, edf_scheduler.h; nginx ngx_http_upstream_round_robin.c',
  settings,
  observation: z.strictObject({ hosts }),
  state,
  initial: () => ({ next: 0 }),
  decide: (asked, observation, before) => {
    const list = hostsOf(observation.hosts);
    const { index, words, state: after } = pick(asked, list, before);
    return { host: index < 0 ? null : list[index]!.name, reason: words, state: after };
  },
  example: {
    settings: {},
    observations: [
      { hosts: ['a', 'b'] },
      { hosts: ['a', 'b'] },
      { hosts: ['a', { name: 'b', weight: 2 }] },
      { hosts: ['a', { name: 'b', weight: 2 }] },
    ],
  },
});

interface Picked {
  readonly index: number;
  readonly words: string;
  readonly state: State;
}

function pick(asked: Settings, list: readonly Host[], before: State): Picked {
  if (list.length === 0) return { index: -1, words: 'no host', state: before };
  const slowStart = slowStartOf(asked.slow_start_config);
  if (!needsSchedule(list, slowStart)) return inTurn(asked, list, before);
  if (asked.weighted === 'smooth') return smoothly(list, before);
  const weightOf = (host: Host) => rampedWeight(host, slowStart);
  const picked = pickScheduled(before.schedule, list, weightOf, asked.seed ?? 0);
  return {
    index: picked.index,
    words: `${shareWords(list, picked.index, weightOf)}: the earliest deadline`,
    state: { ...before, schedule: picked.schedule as Schedule },
  };
}

/** Equal weights: a rotation by list index. */
function inTurn({ seed = 0 }: Settings, list: readonly Host[], before: State): Picked {
  const isSeeded = before.isSeeded ?? seed === 0;
  const rotation = { next: isSeeded ? before.next : seed % list.length };
  const index = pickRoundRobin(rotation, list.length);
  const words = `index ${index} of ${list.length}`;
  const { schedule: _, ...rest } = before;
  const seeded = seed > 0 ? { isSeeded: true } : {};
  return { index, words, state: { ...rest, ...rotation, ...seeded } };
}

function smoothly(list: readonly Host[], before: State): Picked {
  const current = list.map(({ name }) => before.current?.[name] ?? 0);
  const index = pickSmooth(
    { current },
    list.map(({ weight }) => weight),
  );
  const saved = Object.fromEntries(list.map(({ name }, at) => [name, current[at]!]));
  const words = `${shareWords(list, index, ({ weight }) => weight)}: it had saved up most`;
  return { index, words, state: { ...before, current: saved } };
}

function shareWords(list: readonly Host[], index: number, weightOf: (host: Host) => number) {
  const total = list.reduce((sum, host) => sum + weightOf(host), 0);
  const round = (value: number) => Number(value.toPrecision(6));
  return `index ${index} of ${list.length}, weight ${round(weightOf(list[index]!))} of ${round(total)}`;
}
