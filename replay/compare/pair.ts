/** One recorded answer and what came back when its request was sent again. */
import type { Answer } from './answer.ts';
import { differingBodies, hasBody } from './bodies.ts';
import { differingHeaders } from './headers.ts';
import type { Differences, Ignored } from './json-fields.ts';

/** Of a body: `none` where neither side has one, `compared`, or why it was not. */
export type BodyFate = 'none' | 'compared' | { readonly notCompared: string };

export interface ComparedPair {
  /** Empty where both are the same, as far as they were compared. */
  readonly fields: Differences;
  readonly body: BodyFate;
}

/**
 * Status, headers and body. Without an answer now there is one difference, `answer`.
 *
 * @param isIgnored by the names of fields, as reports have them
 */
export function comparePair(
  recorded: Answer,
  replayed: Answer | undefined,
  isIgnored: Ignored = () => false,
): ComparedPair {
  const fields: Differences = new Map();
  const status = String(recorded.status);
  if (replayed === undefined) {
    fields.set('answer', { change: 'missing', recorded: `status ${status}`, replayed: 'nothing' });
    return { fields, body: 'none' };
  }
  if (recorded.status !== replayed.status && !isIgnored('status')) {
    fields.set('status', { change: 'value', recorded: status, replayed: String(replayed.status) });
  }
  addAll(fields, differingHeaders(recorded.headers, replayed.headers, isIgnored));
  if (isIgnored('body') || !hasBody(recorded, replayed)) return { fields, body: 'none' };
  const bodies = differingBodies(recorded, replayed, isIgnored);
  if (typeof bodies === 'string') return { fields, body: { notCompared: bodies } };
  addAll(fields, bodies);
  return { fields, body: 'compared' };
}

function addAll(fields: Differences, more: Differences): void {
  for (const [field, difference] of more) fields.set(field, difference);
}
