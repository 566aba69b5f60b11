import { z } from 'zod';
import { expects } from '../model/schema-parts.ts';
import {
  pickLeastOfAll,
  pickLeastOfDistinct,
  pickLeastRequest,
} from '../policies/balancing/least-request.ts';
import { leastRequestWeight } from '../policies/balancing/least-request-weight.ts';
import { slowStartRatio } from '../policies/balancing/slow-start.ts';
import {
  drawer,
  type Host,
  hosts,
  hostsOf,
  needsSchedule,
  pickScheduled,
  randomState,
  runtimeDouble,
  schedule,
  seededState,
  slowStartConfig,
  slowStartOf,
} from './balancing-parts.ts';
import { type Door, door } from './door.ts';

const NAME = 'envoy-least-request';

const settings = z.strictObject({
  choice_count: expects(z.int().min(2).max(100_000), 'a whole number from 2 on (Envoy)')
    .describe('hosts that are drawn; default 2')
    .optional(),
  active_request_bias: runtimeDouble(
    expects(z.number().min(0).max(100), 'a number from 0 on'),
    'exponent of active requests + 1, by which a weight is divided',
  )
    .describe('where it is given, turns go by weight even among equals; default 1')
    .optional(),
  slow_start_config: slowStartConfig.optional(),
  selection_method: expects(z.enum(['N_CHOICES', 'FULL_SCAN']), 'N_CHOICES or FULL_SCAN')
    .describe('among hosts of equal weight; default N_CHOICES')
    .optional(),
  enable_full_scan: expects(z.boolean(), 'true or false')
    .describe('older name of FULL_SCAN')
    .optional(),
  replacement: expects(z.boolean(), 'true or false')
    .describe('not Envoy’s: false draws different hosts; default true, as Envoy does')
    .optional(),
  seed: expects(z.int().min(0), 'a whole number from 0 on')
    .describe('of the draws that are not given, and of the picks before the first; default 0')
    .optional(),
});
const state = z.strictObject({ random: randomState, schedule: schedule.optional() });
type Settings = z.output<typeof settings>;
type State = z.output<typeof state>;

/** Picks that a schedule begins with are at most so many. */
const MOST_DISCARDED = 100_000;

/** `plimsoll decide envoy-least-request` */
export const envoyLeastRequest: Door = door({
  name: NAME,
  summary: 'the host that Envoy’s LEAST_REQUEST picks: N choices, full scan, or by weight',
  source: 'Envoy least_request_lb.cc, load_balancer_impl.cc, edf_scheduler.h',
  settings,
  observation: z.strictObject({
    hosts,
    draws: expects(z.array(z.int().min(0)), 'a list of whole numbers from 0 on')
      .describe('random numbers, each taken modulo what is drawn from; default: by the seed')
      .optional(),
  }),
  state,
  rules: ({ selection_method, enable_full_scan }) => {
    if (enable_full_scan !== true || selection_method !== 'N_CHOICES') return [];
    const message = 'expected either enable_full_scan or selection_method N_CHOICES, found both';
    const expected = 'either enable_full_scan or selection_method N_CHOICES';
    return [{ path: ['enable_full_scan'], about: 'value', expected, found: 'both', message }];
  },
  initial: ({ seed = 0 }): State => ({ random: seededState(seed, NAME) }),
  decide: (asked, { hosts: listed, draws = [] }, state: State) => {
    const list = hostsOf(listed);
    if (list.length === 0) return { host: null, draws: [], reason: 'no host', state };
    if (goesByWeight(asked, list)) {
      const picked = pickScheduled(state.schedule, list, weigher(asked), discarded(asked));
      const { name, weight, active } = list[picked.index]!;
      const now = Number(weigher(asked)(list[picked.index]!).toPrecision(6));
      const reason = `earliest deadline; weight ${weight} with ${active} active counts as ${now}`;
      return { host: name, draws: [], reason, state: { ...state, schedule: picked.schedule } };
    }
    const { below, drawn, stateNow } = drawer(draws, state.random);
    const { index, words } = unweighted(asked, list, below);
    const { name, active } = list[index]!;
    const reason = `${active} active requests, the fewest of ${words}`;
    return { host: name, draws: drawn, reason, state: { random: stateNow() } };
  },
  example: {
    settings: { choice_count: 2 },
    observations: [
      { hosts: [{ name: 'a', active: 3 }, { name: 'b', active: 1 }, 'c'], draws: [0, 1] },
      { hosts: [{ name: 'a', active: 3 }, { name: 'b', active: 1 }, 'c'], draws: [5, 3] },
      { hosts: [{ name: 'a', active: 3, weight: 2 }, 'b'] },
    ],
  },
});

function goesByWeight(asked: Settings, list: readonly Host[]): boolean {
  if (asked.active_request_bias !== undefined && list.length > 1) return true;
  return needsSchedule(list, slowStartOf(asked.slow_start_config));
}

function weigher({ active_request_bias, slow_start_config }: Settings): (host: Host) => number {
  const slowStart = slowStartOf(slow_start_config);
  const bias = active_request_bias?.default_value ?? 1;
  return ({ weight, active, ageMs }) => {
    const ratio = slowStart === undefined ? 1 : slowStartRatio(slowStart, ageMs);
    return leastRequestWeight(weight, active, bias) * ratio;
  };
}

function discarded({ seed = 0 }: Settings): number {
  return seed % MOST_DISCARDED;
}

function unweighted(asked: Settings, list: readonly Host[], below: (n: number) => number) {
  const active = list.map((host) => host.active);
  const count = list.length;
  if (asked.enable_full_scan === true || asked.selection_method === 'FULL_SCAN') {
    return { index: pickLeastOfAll(active, count, below), words: `all ${count}` };
  }
  const choices = asked.choice_count ?? 2;
  const pick = asked.replacement === false ? pickLeastOfDistinct : pickLeastRequest;
  const drawn = asked.replacement === false ? Math.min(choices, count) : choices;
  return { index: pick(active, count, choices, below), words: `${drawn} draws of ${count}` };
}
