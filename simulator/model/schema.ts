/**
 * The shape of a model file, once: checked by zod, exported as JSON Schema for editors. Units are
 * checked as text here and become numbers in `build.ts`; what fields say about each other is in
 * `rules/`. A description says what a field means; `expects` says what to write there, and messages
 * are made of it.
 */
import { z } from 'zod';
import type { ModelDocument } from './model-document.ts';
import { faults } from './schema-faults.ts';
import { autoscaler, nodePools } from './schema-nodes.ts';
import {
  duration,
  expects,
  listOf,
  name,
  percent,
  rate,
  wordedJsonSchema,
} from './schema-parts.ts';
import { service } from './schema-service.ts';
import { journeyStep } from './schema-steps.ts';
import { STARTS } from './starts.ts';

const phase = name.describe('opens a comparison window of this name').optional();
const length = duration.describe('how long the piece lasts');
const segment = expects(
  z.union([
    z.strictObject({ at: rate.describe('constant rate'), for: length, phase }),
    z.strictObject({
      to: rate.describe('straight ramp from the rate before it to this one'),
      for: length,
      phase,
    }),
  ]),
  'a piece of the rate: { at: 80/s, for: 15s } or a ramp { to: 320/s, for: 30s }',
);

const replayed = z.strictObject({
  replayed: expects(z.string().min(1), 'a file that `plimsoll workload --arrivals` wrote').describe(
    'its arrivals, at their own times; the path is relative to the model file',
  ),
  speed: expects(z.number().min(0.01).max(1000), 'a number from 0.01 to 1000')
    .describe('times the recorded speed; default 1')
    .optional(),
  only: expects(z.string().min(1), 'an endpoint such as GET /items/{id}')
    .describe('only what asked for this endpoint; default all')
    .optional(),
});

const bursts = z.strictObject({
  bursts: expects(
    z.strictObject({
      every: duration.describe('mean time from the beginning of one burst to that of the next'),
      for: duration.describe('mean length of a burst; each is drawn (exponential)'),
      times: expects(z.number().gt(1).max(100_000), 'a number above 1 such as 4').describe(
        'rate in a burst over the mean, which stays the rate: between bursts it is lower',
      ),
    }),
    'bursts such as { every: 5m, for: 30s, times: 4 }',
  ).describe('independent arrivals whose rate jumps between two levels (MMPP-2)'),
});

const traffic = z.strictObject({
  does: name.describe('the journey that each arrival starts'),
  arrivals: expects(
    z.union([z.enum(['poisson', 'even']), bursts, replayed]),
    'poisson, even, { bursts: { every: 5m, for: 30s, times: 4 } } or ' +
      '{ replayed: arrivals.jsonl }',
  )
    .describe("independent (the default), evenly spaced, in bursts, or a capture's own")
    .optional(),
  rate: expects(
    z.union([rate, listOf(segment, 'piece')]),
    'a rate such as 200/s, or a list of pieces such as { at: 80/s, for: 15s }',
  )
    .describe('arrivals: constant, or piece by piece; the last rate goes on until the end')
    .optional(),
  priority: expects(z.int().min(0).max(7), 'a whole number from 0 to 7')
    .describe('in queues by priority: 0, the default, is served first, 7 last')
    .optional(),
});

const slo = expects(
  z
    .strictObject({ errors: percent.describe('most requests that may fail').optional() })
    .catchall(duration.describe('latency at this quantile, such as p99 or p99.9')),
  'objectives such as { p99: 400ms, errors: 0.1% }',
);

const largeCount = expects(z.int().min(1).max(10_000_000), 'a whole number from 1 to 10000000');
const keys = expects(
  z.strictObject({
    count: largeCount.describe('keys that are asked for'),
    zipf: expects(z.number().min(0).max(10), 'a number from 0 to 10').describe(
      'the k-th key is asked for in proportion to k to the power of minus this; 0: all alike',
    ),
  }),
  'keys such as { count: 170000, zipf: 0.9 }',
);
const cache = z.strictObject({
  entries: largeCount.describe('keys that it holds'),
  keys: keys.describe('what it is asked for'),
  eviction: expects(z.enum(['lru', 'fifo']), 'lru or fifo')
    .describe(
      'which key makes room: the one not used for longest (lru, the default), or the oldest',
    )
    .optional(),
  ttl: duration.describe('a key is gone so long after it was stored; default never').optional(),
  starts: expects(z.enum(['empty', 'full']), 'empty or full')
    .describe('what is in it when the run starts; default empty')
    .optional(),
});

/** A model document; every key that is not here is refused. */
export const modelSchema: z.ZodType<ModelDocument> = z.strictObject({
  name: name.describe('name of the system'),
  duration: duration.describe('how long a run lasts'),
  'warm-up': duration.describe('arrivals before this moment are not measured').optional(),
  starts: expects(z.string().regex(STARTS), 'a time such as 08:00 or "Mon 08:00"')
    .describe('time of the week (UTC) at which a run begins; default Mon 00:00')
    .optional(),
  hop: duration.describe('one-way network delay of each call; default 0s').optional(),
  slo: expects(z.record(name, slo), 'objectives by journey')
    .describe('what is promised')
    .optional(),
  traffic: expects(z.record(name, traffic), 'traffic by name').describe(
    'who arrives, and how many',
  ),
  journeys: expects(z.record(name, listOf(journeyStep, 'step')), 'journeys by name').describe(
    'what one user does, step by step',
  ),
  services: expects(z.record(name, service), 'services by name').describe('what the system is of'),
  caches: expects(z.record(name, cache), 'caches by name')
    .describe('what steps look keys up in')
    .optional(),
  nodes: nodePools.describe('pools of nodes that pods run on').optional(),
  autoscaler: autoscaler.describe('who adds and removes nodes; default nobody').optional(),
  faults: faults.optional(),
});

/** JSON Schema (draft 2020-12) of a model document, for completion and hints in editors. */
export function modelJsonSchema(): object {
  return { ...wordedJsonSchema(modelSchema), title: 'Plimsoll model' };
}
