/** Quantities and names as a model file writes them, and what messages say about each. */
import { z } from 'zod';
import type { DistributionDocument } from './model-document.ts';
import { PATTERN } from './units.ts';

/** What to write in a place, as it follows `expected …` in a message. */
export const wordings: z.core.$ZodRegistry<{ expects: string }> = z.registry();

/** The schema, with what to write there. */
export function expects<T extends z.ZodType>(schema: T, words: string): T {
  wordings.add(schema, { expects: words });
  return schema;
}

/** JSON Schema (draft 2020-12) of a schema; descriptions say what to write, too. */
export function wordedJsonSchema(schema: z.ZodType): object {
  return z.toJSONSchema(schema, {
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      const words = wordings.get(zodSchema)?.expects;
      const { description } = jsonSchema;
      if (words === undefined) return;
      jsonSchema.description = description === undefined ? words : `${description} (${words})`;
    },
  });
}

/** Text of a pattern. */
export function quantity(pattern: RegExp, words: string): z.ZodType<string> {
  return expects(z.string().regex(pattern), words);
}

/** A list that is not empty. */
export function listOf<T extends z.ZodType>(item: T, what: string): z.ZodType<z.output<T>[]> {
  return expects(z.array(item).min(1), `a list of one ${what} or more`);
}

export const duration: z.ZodType<string> = quantity(
  PATTERN.duration,
  'a duration such as 800ms, 90s, 5m or 1h',
);
export const rate: z.ZodType<string> = quantity(PATTERN.rate, 'a rate such as 200/s or 12/min');
export const percent: z.ZodType<string> = quantity(PATTERN.percent, 'a percentage such as 0.1%');
export const memory: z.ZodType<string> = quantity(PATTERN.memory, 'memory such as 512MiB or 16GiB');
export const price: z.ZodType<string> = quantity(PATTERN.price, 'a price such as $0.096/h');
export const count: z.ZodType<number> = expects(
  z.int().min(0).max(100_000),
  'a whole number such as 2',
);
export const positive: z.ZodType<number> = expects(
  z.int().min(1).max(100_000),
  'a whole number from 1 to 100000',
);
export const flag: z.ZodType<boolean> = expects(z.boolean(), 'true or false');
/** Pattern of a name. */
export const NAME = '[a-z][a-z0-9-]{0,62}';
export const name: z.ZodType<string> = quantity(
  new RegExp(`^${NAME}$`),
  'a name in lower case such as feed or open-feed',
);

const squaredVariation = expects(
  z.number().min(0.01).max(1000),
  'a squared coefficient of variation from 0.01 to 1000 (for 0, a plain duration)',
);
const shape = expects(
  z.number().gt(1).max(1000),
  'a shape above 1, so that there is a mean, such as 2.5',
);

/** All ways to say how long something takes. */
const times = z.union([
  duration.describe('always this long'),
  z.strictObject({ exponential: duration.describe('mean of an exponential distribution') }),
  z.strictObject({
    median: duration.describe('median of a lognormal distribution'),
    p99: duration.describe('its 99th percentile'),
  }),
  z.strictObject({
    mean: duration.describe('mean of exponential phases'),
    scv: squaredVariation.describe('their variance ÷ mean²: 0.25 regular, 1 exponential, 4 wild'),
  }),
  z.strictObject({
    pareto: expects(
      z.strictObject({
        min: duration.describe('shortest time of a Pareto distribution'),
        shape: shape.describe('weight of its tail: (min/t)^shape take longer than t'),
      }),
      'a Pareto distribution such as { min: 2ms, shape: 2.5 }',
    ),
  }),
  z.strictObject({
    empirical: expects(
      z.array(duration).min(1).describe('measured values, each as likely as the others'),
      'a list of durations such as [1ms, 2ms]',
    ),
  }),
]);

export const distribution: z.ZodType<DistributionDocument> = expects(
  times,
  'a time: 5ms, { exponential: 20ms }, { median: 3ms, p99: 12ms }, { mean: 10ms, scv: 4 }, ' +
    '{ pareto: { min: 2ms, shape: 2.5 } } or { empirical: [1ms, 2ms] }',
);

/** The same, where one thing is meant as a rule. */
export const timeout: z.ZodType<DistributionDocument> = expects(
  z.union(times.options),
  'a duration such as 800ms, 90s, 5m or 1h, or patience such as { exponential: 2s }',
);
