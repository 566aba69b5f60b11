/**
 * Recorded answers of requests that are on their way, and what became of them. Comparing is done
 * here, in the thread that reads: those that send have appointments.
 */
import type { AnswerComparison } from '../../simulator/results/answers.ts';
import type { Planned } from '../run/packet.ts';
import { type Answer, bodyOf, recordedAnswer } from './answer.ts';
import type { CompareOptions } from './compare-options.ts';
import type { Ignored } from './json-fields.ts';
import type { ToldAnswers } from './kept-answers.ts';
import { comparePair } from './pair.ts';
import { AnswerTally, type Latencies } from './tally.ts';

/** Of recorded bodies on their way; requests that are read ahead have a bound of their own. */
const MOST_HELD_BYTES = 128 * 1024 * 1024;

interface Expected {
  readonly endpoint: number;
  readonly answer: Answer;
  readonly latencyMs: number | undefined;
  readonly bytes: number;
}

export class AnswerBook {
  private readonly expected = new Map<number, Expected>();
  private readonly tally = new AnswerTally();
  private readonly options: CompareOptions;
  private readonly isIgnored: Ignored;
  private heldBytes = 0;

  constructor(options: CompareOptions) {
    this.options = options;
    this.isIgnored = ignoredBy(options);
  }

  /** Remembers the recorded answer of a request that is about to go; returns how many bytes. */
  expect({ sequence, endpoint, answer: recorded, wire }: Planned): number {
    if (recorded === undefined) return 0;
    const answer = this.withRoom(recordedAnswer(recorded, wire.method));
    const { latencyNs } = recorded;
    const latencyMs =
      latencyNs === undefined || latencyNs < 0n ? undefined : Number(latencyNs) / 1e6;
    const bytes = bytesOf(answer);
    this.heldBytes += bytes;
    this.expected.set(sequence, { endpoint, answer, latencyMs, bytes });
    return bytes;
  }

  settle(told: ToldAnswers): void {
    const expected = this.expected.get(told.sequence);
    if (expected === undefined) return;
    this.expected.delete(told.sequence);
    this.heldBytes -= expected.bytes;
    if (told.secondHasFailed) this.tally.secondHasFailed();
    switch (told.fate) {
      case 'held back':
        return;
      case 'no room':
        this.tally.skip('more answers than could be compared');
        return;
      case 'stopped':
        this.tally.skip('the run was stopped');
        return;
      default:
        this.compare(told, expected);
    }
  }

  result(endpointNames: readonly string[]): AnswerComparison {
    const { second, ignoreHeaders, ignoreFields } = this.options;
    return this.tally.result({
      endpointNames,
      hasSecond: second !== undefined,
      ignored: { headers: ignoreHeaders, fields: ignoreFields },
    });
  }

  private compare(
    { sequence, target, second, serviceMs }: ToldAnswers,
    { endpoint, answer, latencyMs }: Expected,
  ): void {
    const { isIgnored } = this;
    const isTimed = target !== undefined && latencyMs !== undefined;
    const latencies: Latencies | undefined = isTimed
      ? { recordedMs: latencyMs, replayedMs: serviceMs }
      : undefined;
    this.tally.add({
      sequence,
      endpoint,
      raw: comparePair(answer, target && asCompared(target), isIgnored),
      noise: second && comparePair(answer, asCompared(second), isIgnored),
      latencies,
    });
  }

  private withRoom(answer: Answer): Answer {
    if (this.heldBytes + bytesOf(answer) <= MOST_HELD_BYTES) return answer;
    return { ...answer, body: { type: 'unknown', reason: 'too many on their way' } };
  }
}

/** Somebody else may want more of a body than is compared. */
function asCompared(answer: Answer): Answer {
  const { body } = answer;
  return body.type === 'bytes' ? { ...answer, body: bodyOf(body.bytes) } : answer;
}

function bytesOf({ headers, body }: Answer): number {
  const head = headers.reduce((sum, text) => sum + text.length, 200);
  return head + (body.type === 'bytes' ? body.bytes.length : 0);
}

/** `items[].id`, `body.items[].id`, `[].id` and a header's name, as fields are called. */
export function ignoredBy({ ignoreHeaders, ignoreFields }: CompareOptions): Ignored {
  const names = new Set([
    ...ignoreHeaders.map((name) => `header ${name.toLowerCase()}`),
    ...ignoreFields.map(bodyField),
  ]);
  return (field) => names.has(field);
}

function bodyField(field: string): string {
  if (field === 'status' || /^body($|[.[])/.test(field)) return field;
  return field.startsWith('[') ? `body${field}` : `body.${field}`;
}
