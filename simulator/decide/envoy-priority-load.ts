import { z } from 'zod';
import { type Complaint, mismatch } from '../model/problem.ts';
import { expects } from '../model/schema-parts.ts';
import {
  loadPriorities,
  type PriorityLevel,
  type PriorityLoads,
} from '../policies/balancing/priority-load.ts';
import { type Door, door } from './door.ts';

const count = expects(z.int().min(0).max(1_000_000_000), 'a whole number from 0 on');
const percent = expects(z.number().min(0).max(100), 'per cent from 0 to 100');
const counts = {
  hosts: count.describe('all hosts of the level, whatever their health'),
  healthy: count.describe('healthy ones'),
  degraded: count.describe('degraded ones; default 0').optional(),
  excluded: count.describe('hosts that are left out until their first check; default 0').optional(),
};
const level = expects(
  z
    .strictObject({
      ...counts,
      weights: z
        .strictObject(counts)
        .describe('sums of their weights, for weighted_priority_health; default: each host has 1')
        .optional(),
    })
    // What is counted twice cannot be: the rule of `door.ts` sees settings alone.
    .refine(isPossible),
  'hosts with healthy + degraded + excluded of at most that number',
);
const settings = z.strictObject({
  overprovisioning_factor: expects(z.int().min(1).max(100_000), 'per cent from 1 on')
    .describe('healthy share times this is what a level can take; default 140')
    .optional(),
  healthy_panic_threshold: z
    .strictObject({ value: percent.describe('per cent of healthy and degraded hosts') })
    .describe('a level with less panics; 0 disables panic; default 50')
    .optional(),
  fail_traffic_on_panic: expects(z.boolean(), 'true or false')
    .describe('requests for a level that panics fail; default false: they go to all its hosts')
    .optional(),
  weighted_priority_health: expects(z.boolean(), 'true or false')
    .describe('health by weights instead of counts; default false')
    .optional(),
});
type Settings = z.output<typeof settings>;
type LevelDocument = z.output<typeof level>;

function isPossible(one: { [key in keyof typeof counts]?: number | undefined } & object): boolean {
  const { hosts = 0, healthy = 0, degraded = 0, excluded = 0 } = one;
  return healthy + degraded + excluded <= hosts;
}

/** `plimsoll decide envoy-priority-load` */
export const envoyPriorityLoad: Door = door({
  name: 'envoy-priority-load',
  summary: 'shares of requests that Envoy gives its priority levels, and which of them panic',
  source: 'Envoy load_balancer_impl.cc: recalculatePerPriorityState, recalculatePerPriorityPanic',
  settings,
  observation: z.strictObject({
    priorities: expects(z.array(level).min(1), 'a list of one level or more').describe(
      'levels, the highest priority first',
    ),
  }),
  state: z.strictObject({}),
  initial: () => ({}),
  rules: thresholds,
  decide: (asked, { priorities }, state) => {
    const loads = loadPriorities(priorities.map(levelOf), {
      overprovisioningFactor: asked.overprovisioning_factor ?? 140,
      panicThreshold: Math.floor(asked.healthy_panic_threshold?.value ?? 50),
      isWeighted: asked.weighted_priority_health ?? false,
    });
    const fails = loads.panics.map((panics) => panics && asked.fail_traffic_on_panic === true);
    const { healthyLoads: healthy_priority_load, degradedLoads: degraded_priority_load } = loads;
    const { panics: panic, isTotalPanic: total_panic } = loads;
    const decision = { healthy_priority_load, degraded_priority_load, panic, total_panic, fails };
    const { health, degraded, availability } = loads;
    return { ...decision, health, degraded, availability, reason: words(loads, fails), state };
  },
  example: {
    settings: {},
    observations: [
      {
        priorities: [
          { hosts: 10, healthy: 5 },
          { hosts: 10, healthy: 10 },
        ],
      },
      {
        priorities: [
          { hosts: 10, healthy: 4 },
          { hosts: 10, healthy: 2, degraded: 1 },
        ],
      },
    ],
  },
});

/** Envoy rounds a threshold to whole per cent; what it would make of a fraction nobody means. */
function thresholds({ healthy_panic_threshold: threshold }: Settings): Complaint[] {
  if (threshold === undefined || Number.isInteger(threshold.value)) return [];
  const path = ['healthy_panic_threshold', 'value'];
  return [mismatch(path, 'whole per cent (Envoy rounds it)', String(threshold.value))];
}

function levelOf({ weights, ...own }: LevelDocument): PriorityLevel {
  const level = filled(own);
  return weights === undefined ? level : { ...level, weights: filled(weights) };
}

function filled({ hosts, healthy, degraded = 0, excluded = 0 }: Omit<LevelDocument, 'weights'>) {
  return { hosts, healthy, degraded, excluded };
}

function words({ availability, isTotalPanic, panics }: PriorityLoads, fails: readonly boolean[]) {
  const panicking = panics.flatMap((panics, index) => (panics ? [index] : []));
  const levels = `level${panicking.length > 1 ? 's' : ''} ${panicking.join(', ')}`;
  const fate = fails.includes(true) ? 'requests there fail' : 'requests go to all hosts there';
  if (isTotalPanic) return `availability ${availability} %: total panic, by hosts; ${fate}`;
  if (panicking.length > 0) return `availability ${availability} %: panic at ${levels}; ${fate}`;
  return `availability ${availability} %: no panic`;
}
