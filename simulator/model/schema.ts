/**
 * The shape of a model file, once: checked by zod, exported as JSON Schema for editors. Units are
 * checked as text here and become numbers in `build.ts`; what fields say about each other is in
 * `rules/`. A description says what a field means; `expects` says what to write there, and messages
 * are made of it.
 */
import { z } from 'zod';
import type { ModelDocument } from './model-document.ts';
import {
  count,
  distribution,
  duration,
  expects,
  listOf,
  NAME,
  name,
  percent,
  positive,
  price,
  quantity,
  rate,
  wordings,
} from './schema-parts.ts';
import { scaling } from './schema-scaling.ts';

const attempts = expects(z.number().int().min(2).max(10), 'a whole number from 2 to 10');

const call = z.strictObject({
  call: quantity(
    new RegExp(`^${NAME}\\.${NAME}$`),
    'a service and its endpoint such as feed.read',
  ).describe('calls an endpoint and waits for its answer'),
  timeout: duration.describe('gives up after this long; the callee works on').optional(),
  retry: expects(
    z.strictObject({
      attempts: attempts.describe('attempts in all, the first one included'),
      backoff: distribution.describe('pause before each further attempt; default none').optional(),
    }),
    'a retry such as { attempts: 3, backoff: 50ms }',
  )
    .describe('what is done when the call fails or times out')
    .optional(),
});
const wait = z.strictObject({
  wait: distribution.describe('waits for something outside the model'),
});
const cpu = z.strictObject({ cpu: distribution.describe('works on the processor') });

const step = expects(
  z.union([cpu, wait, call]),
  'a step: { cpu: 3ms }, { wait: 10ms } or { call: feed.read, timeout: 800ms }',
);
const journeyStep = expects(
  z.union([call, wait]),
  'a step of a journey: { call: api.feed, timeout: 2s } or { wait: 5s }',
);
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

const traffic = z.strictObject({
  does: name.describe('the journey that each arrival starts'),
  arrivals: expects(z.enum(['poisson', 'even']), 'poisson or even')
    .describe('independent arrivals (the default), or evenly spaced ones')
    .optional(),
  rate: expects(
    z.union([rate, listOf(segment, 'piece')]),
    'a rate such as 200/s, or a list of pieces such as { at: 80/s, for: 15s }',
  ).describe('arrivals: constant, or piece by piece; the last rate goes on until the end'),
});

const machine = z
  .strictObject({
    type: expects(z.string().min(1).max(100), 'the name of a machine type such as m5.large')
      .describe('name of the machine type')
      .optional(),
    price: price.describe('price of an instance').optional(),
    boot: distribution.describe('from decision to ready; default 0s').optional(),
    'warm-up': duration
      .describe('serves, but does not count for metrics yet; default 0s')
      .optional(),
  })
  .describe('what an instance runs on');

const queue = expects(
  z.strictObject({
    limit: count.describe('requests that may wait; one more is shed; default no limit').optional(),
    order: expects(z.enum(['fifo', 'lifo']), 'fifo or lifo')
      .describe('who is next: the one that waits longest (fifo, the default), or shortest')
      .optional(),
    expired: expects(z.enum(['serve', 'drop']), 'serve or drop')
      .describe('what a caller has given up: serve it all the same (the default), or drop it')
      .optional(),
  }),
  'a queue such as { limit: 100, order: lifo, expired: drop }',
);

const service = z.strictObject({
  on: machine.optional(),
  serves: expects(
    z.union([
      z.literal('event-loop'),
      z.strictObject({ threads: positive, queue: queue.optional() }),
      z.strictObject({ 'cpu-shared': positive.describe('cores of an instance') }),
    ]),
    'event-loop, { threads: 8 } or { cpu-shared: 2 }',
  ).describe('one loop an instance, so many requests at once, or cores that all of them share'),
  balancing: expects(
    z.union([
      z.literal('round-robin'),
      z.literal('least-request'),
      z.strictObject({ 'least-request': positive.describe('instances that are looked at') }),
    ]),
    'round-robin, least-request or { least-request: 3 }',
  )
    .describe('who gets the next request; default round-robin')
    .optional(),
  instances: positive.describe('a group of fixed size; instead of "scaling"').optional(),
  scaling: scaling.optional(),
  endpoints: expects(z.record(name, listOf(step, 'step')), 'endpoints by name').describe(
    'what each endpoint does, step by step',
  ),
});

const slo = expects(
  z
    .strictObject({ errors: percent.describe('most requests that may fail').optional() })
    .catchall(duration.describe('latency at this quantile, such as p99 or p99.9')),
  'objectives such as { p99: 400ms, errors: 0.1% }',
);

/** A model document; every key that is not here is refused. */
export const modelSchema: z.ZodType<ModelDocument> = z.strictObject({
  name: name.describe('name of the system'),
  duration: duration.describe('how long a run lasts'),
  'warm-up': duration.describe('arrivals before this moment are not measured').optional(),
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
});

/** JSON Schema (draft 2020-12) of a model document, for completion and hints in editors. */
export function modelJsonSchema(): object {
  const schema = z.toJSONSchema(modelSchema, {
    override: ({ zodSchema, jsonSchema }) => {
      const words = wordings.get(zodSchema)?.expects;
      const { description } = jsonSchema;
      if (words === undefined) return;
      jsonSchema.description = description === undefined ? words : `${description} (${words})`;
    },
  });
  return { ...schema, title: 'Plimsoll model' };
}
