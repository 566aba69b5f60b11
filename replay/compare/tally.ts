/** All pairs of a run as counts: by endpoint and field, in bounded memory. */
import type {
  AnswerComparison,
  EndpointAnswers,
  FieldDifference,
  FieldVerdict,
} from '../../simulator/results/answers.ts';
import { EndpointTally, type FieldTally } from './endpoint-tally.ts';
import { isTakenForReal, judgeField, shareBeyond, shareOf } from './noise.ts';
import type { ComparedPair } from './pair.ts';

const MOST_TOLD = 100;
const ORDER: readonly FieldVerdict[] = ['differs', 'noise unknown', 'no data', 'within noise'];

export interface Latencies {
  readonly recordedMs: number;
  readonly replayedMs: number;
}

export interface OnePair {
  /** The run's number of the request. */
  readonly sequence: number;
  readonly endpoint: number;
  readonly raw: ComparedPair;
  /** Undefined without a second system, and where that gave no answer. */
  readonly noise?: ComparedPair | undefined;
  readonly latencies?: Latencies | undefined;
}

/** What a tally cannot know. */
export interface TallyContext {
  readonly endpointNames: readonly string[];
  readonly hasSecond: boolean;
  readonly ignored: AnswerComparison['ignored'];
}

export class AnswerTally {
  private readonly endpoints = new Map<number, EndpointTally>();
  private readonly notCompared = new Map<string, number>();
  private readonly bodiesNotCompared = new Map<string, number>();
  private recorded = 0;
  private bodies = { expected: 0, compared: 0 };
  private secondFailed = 0;

  add({ sequence, endpoint, raw, noise, latencies }: OnePair): void {
    this.recorded++;
    const tally = this.endpointOf(endpoint);
    tally.add('raw', raw, sequence);
    if (noise !== undefined) tally.add('noise', noise, sequence);
    if (latencies !== undefined) tally.latency(latencies.recordedMs, latencies.replayedMs);
    if (raw.body === 'none') return;
    this.bodies.expected++;
    if (raw.body === 'compared') this.bodies.compared++;
    else increase(this.bodiesNotCompared, raw.body.notCompared);
  }

  /** Whose answer had been recorded, and was not compared. */
  skip(reason: string): void {
    this.recorded++;
    increase(this.notCompared, reason);
  }

  /** The second system gave no answer. */
  secondHasFailed(): void {
    this.secondFailed++;
  }

  result(context: TallyContext): AnswerComparison {
    const { recorded, bodies } = this;
    const { endpointNames, hasSecond, ignored } = context;
    const all = [...this.endpoints].map(([number, tally]) => ({
      endpoint: endpointNames[number] ?? 'other',
      tally,
    }));
    const judged = judgedFields(all, hasSecond);
    const told = judged.toSorted(byImportance).slice(0, MOST_TOLD);
    return {
      recorded,
      notCompared: Object.fromEntries(this.notCompared),
      differing: shareOf(sums(all, 'raw', ({ raw }) => raw.differing)),
      bodies: { ...bodies, notCompared: Object.fromEntries(this.bodiesNotCompared) },
      ...(hasSecond && {
        noise: {
          compared: sums(all, 'noise', () => 0).of,
          failed: this.secondFailed,
          differing: beyondNoise(all, judged),
        },
      }),
      ignored,
      endpoints: all.map(endpointAnswers).sort((a, b) => b.differing.of - a.differing.of),
      fields: told.map(({ difference }) => difference),
      fieldsLeftOut: judged.length - told.length,
    };
  }

  private endpointOf(endpoint: number): EndpointTally {
    const tally = this.endpoints.get(endpoint) ?? new EndpointTally();
    this.endpoints.set(endpoint, tally);
    return tally;
  }
}

interface Named {
  readonly endpoint: string;
  readonly tally: EndpointTally;
}

interface Judged extends Named {
  readonly index: number;
  readonly isReal: boolean;
  readonly difference: FieldDifference;
}

function judgedFields(all: readonly Named[], hasSecond: boolean): Judged[] {
  const differing = all.flatMap((named) =>
    [...named.tally.fields.values()].flatMap((field) => (field.raw > 0 ? [{ named, field }] : [])),
  );
  return differing.map(({ named, field }) => judged(named, field, differing.length, hasSecond));
}

function judged(named: Named, field: FieldTally, fields: number, hasSecond: boolean): Judged {
  const { endpoint, tally } = named;
  const raw = tally.shareOf('raw', field);
  const noise = tally.shareOf('noise', field);
  const { verdict, beyond } = judgeField(raw, hasSecond ? noise : undefined, fields);
  // Whoever has differed in it was kept as its example.
  const { sequence, recorded, replayed } = field.example!;
  const difference: FieldDifference = {
    endpoint,
    field: field.field,
    raw,
    ...(hasSecond && { noise, beyond: beyond ?? null }),
    verdict,
    changes: Object.fromEntries(field.changes),
    example: { sequence, recorded, replayed },
  };
  const isReal = isTakenForReal(verdict, raw, noise);
  return { ...named, index: field.index, isReal, difference };
}

function byImportance({ difference: a }: Judged, { difference: b }: Judged): number {
  const byVerdict = ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict);
  return byVerdict || b.raw.count - a.raw.count || (a.field < b.field ? -1 : 1);
}

function beyondNoise(all: readonly Named[], judgedAll: readonly Judged[]) {
  const real = new Map<EndpointTally, Set<number>>();
  for (const { tally, index, isReal } of judgedAll) {
    if (!isReal) continue;
    const fields = real.get(tally) ?? new Set();
    real.set(tally, fields.add(index));
  }
  const none: ReadonlySet<number> = new Set();
  const of = (side: 'raw' | 'noise') =>
    sums(all, side, (tally) => tally.differingIn(side, real.get(tally) ?? none));
  return shareBeyond(of('raw'), of('noise'));
}

function sums(
  all: readonly Named[],
  side: 'raw' | 'noise',
  countOf: (tally: EndpointTally) => number,
): { count: number; of: number } {
  const share = { count: 0, of: 0 };
  for (const { tally } of all) {
    share.count += countOf(tally);
    share.of += tally[side].compared;
  }
  return share;
}

function endpointAnswers({ endpoint, tally }: Named): EndpointAnswers {
  const { differing, compared } = tally.raw;
  return {
    endpoint,
    differing: { count: differing, of: compared },
    recordedMs: tally.recordedMs.toData(),
    replayedMs: tally.replayedMs.toData(),
  };
}

function increase(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
