/** Counts of one endpoint's answers: by field, and by which fields differ together. */
import type { Share } from '../../simulator/results/answers.ts';
import { Histogram } from '../../simulator/results/histogram.ts';
import type { Difference, Differences } from './json-fields.ts';
import type { ComparedPair } from './pair.ts';

/** Servers write the names of fields: beyond so many they are one. */
const MOST_FIELDS = 200;
const OTHER_FIELDS = 'other fields';
/** Sets of fields that differ together; beyond so many they are one, of any fields. */
const MOST_SETS = 500;
const ANY_FIELDS = '*';

/** The two comparisons of an answer. */
export type Side = 'raw' | 'noise';

export interface FieldTally {
  readonly field: string;
  readonly index: number;
  raw: number;
  noise: number;
  /** Of the raw differences. */
  readonly changes: Map<string, number>;
  example: (Difference & { readonly sequence: number }) | undefined;
}

interface SideCounts {
  compared: number;
  differing: number;
  bodies: number;
}

export class EndpointTally {
  readonly raw: SideCounts = { compared: 0, differing: 0, bodies: 0 };
  readonly noise: SideCounts = { compared: 0, differing: 0, bodies: 0 };
  readonly recordedMs: Histogram = new Histogram();
  readonly replayedMs: Histogram = new Histogram();
  readonly fields: Map<string, FieldTally> = new Map();
  private readonly sets = new Map<string, { raw: number; noise: number }>();

  add(side: Side, { fields, body }: ComparedPair, sequence: number): void {
    const counts = this[side];
    counts.compared++;
    if (body === 'compared') counts.bodies++;
    if (fields.size === 0) return;
    counts.differing++;
    const tallies = this.talliesOf(fields);
    for (const [tally, difference] of tallies) count(tally, side, difference, sequence);
    this.setOf([...tallies.keys()])[side]++;
  }

  latency(recordedMs: number, replayedMs: number): void {
    this.recordedMs.record(recordedMs);
    this.replayedMs.record(replayedMs);
  }

  /** How many of the answers that tell of a field differ in it. */
  shareOf(side: Side, { field, [side]: differing }: FieldTally): Share {
    const { compared, bodies } = this[side];
    return { count: differing, of: isOfBody(field) ? bodies : compared };
  }

  /** Answers that differ in any of the fields. */
  differingIn(side: Side, fields: ReadonlySet<number>): number {
    let total = 0;
    for (const [key, counts] of this.sets) {
      const isIn = key === ANY_FIELDS ? fields.size > 0 : someIn(key, fields);
      if (isIn) total += counts[side];
    }
    return total;
  }

  /** Several fields may go by one name. */
  private talliesOf(fields: Differences): Map<FieldTally, Difference> {
    const tallies = new Map<FieldTally, Difference>();
    for (const [field, difference] of fields) {
      const tally = this.tallyOf(field);
      if (!tallies.has(tally)) tallies.set(tally, difference);
    }
    return tallies;
  }

  private tallyOf(field: string): FieldTally {
    const isFull = this.fields.size >= MOST_FIELDS && !this.fields.has(field);
    const name = isFull ? OTHER_FIELDS : field;
    const known = this.fields.get(name);
    if (known !== undefined) return known;
    const index = this.fields.size;
    const tally = { field: name, index, raw: 0, noise: 0, changes: new Map(), example: undefined };
    this.fields.set(name, tally);
    return tally;
  }

  private setOf(tallies: readonly FieldTally[]): { raw: number; noise: number } {
    const key = tallies.map(({ index }) => index).sort((a, b) => a - b);
    const name = key.join();
    const isFull = this.sets.size >= MOST_SETS && !this.sets.has(name);
    const kept = isFull ? ANY_FIELDS : name;
    const counts = this.sets.get(kept) ?? { raw: 0, noise: 0 };
    this.sets.set(kept, counts);
    return counts;
  }
}

function count(tally: FieldTally, side: Side, difference: Difference, sequence: number): void {
  tally[side]++;
  if (side === 'noise') return;
  const { change } = difference;
  tally.changes.set(change, (tally.changes.get(change) ?? 0) + 1);
  tally.example ??= { ...difference, sequence };
}

function isOfBody(field: string): boolean {
  return /^body($|[.[])/.test(field);
}

function someIn(key: string, fields: ReadonlySet<number>): boolean {
  return key.split(',').some((index) => fields.has(Number(index)));
}
