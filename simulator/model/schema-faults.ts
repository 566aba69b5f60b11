/** The shape of faults: what happens to instances, and when. */
import { z } from 'zod';
import type { FaultDocument } from './model-document.ts';
import { duration, expects, name, percent, positive } from './schema-parts.ts';

const when = {
  at: duration.describe('moment of the run at which it happens'),
  instances: positive
    .describe('how many of those that serve then; default 1, or all of `zone`')
    .optional(),
  zone: name.describe('only instances of this zone of the service').optional(),
};
const lasting = { ...when, for: duration.describe('how long it lasts') };
const factor = expects(z.number().gt(1).max(1000), 'a number above 1 and up to 1000');

/** `faults:` of a model. */
export const faults: z.ZodType<FaultDocument[]> = expects(
  z.array(
    expects(
      z.union([
        z.strictObject({
          ...when,
          kill: name.describe('service whose instances end at once; the group replaces them'),
        }),
        z.strictObject({
          ...lasting,
          hang: name.describe('service whose instances take requests and answer none'),
        }),
        z.strictObject({
          ...lasting,
          slow: name.describe('service whose instances are slow'),
          factor: factor.describe('work on the processor takes so many times as long'),
        }),
        z.strictObject({
          ...lasting,
          fail: name.describe('service whose instances answer some requests with an error'),
          ratio: percent.describe('of their requests'),
        }),
        z.strictObject({
          ...lasting,
          degrade: name.describe('service whose instances ask to be spared (x-envoy-degraded)'),
        }),
      ]),
      'a fault: { at: 5m, kill: feed }, { at: 5m, for: 2m, hang: feed }, ' +
        '{ at: 5m, for: 2m, slow: feed, factor: 5 }, { at: 5m, for: 2m, fail: feed, ratio: 30% } ' +
        'or { at: 5m, for: 2m, degrade: feed }',
    ),
  ),
  'a list of faults',
).describe('what happens to instances');
