/** Keeps the books of a reading: whatever is met is used, skipped or rejected, and counted. */
import type { BadRecord, ReadReport } from './capture.ts';

/** So many examples are kept of a reason, and so many in all. */
const MOST_EXAMPLES_OF_A_REASON = 3;
const MOST_EXAMPLES = 30;
/** Reasons are ours and few; a format that makes them of its input cannot fill the memory. */
const MOST_REASONS = 100;
const OTHER = 'other';

/**
 * One for all files of a capture. Reasons are words of the reader's own, without anything of the
 * file in them, so that there are few of them and no secret is among them.
 *
 *     const books = new ReadBooks();
 *     books.use(2);
 *     books.reject('a.gor', 812, 'timestamp is no number');
 *     books.report().read // 3
 */
export class ReadBooks {
  private used = 0;
  private readonly skipped = new Map<string, number>();
  private readonly rejected = new Map<string, number>();
  private readonly noted = new Map<string, number>();
  private readonly examples: BadRecord[] = [];
  private readonly incomplete: BadRecord[] = [];

  use(count: number = 1): void {
    this.used += count;
  }

  /** A sound record that is not wanted. */
  skip(reason: string): void {
    add(this.skipped, reason, 1);
  }

  /** @param offset byte, of the decompressed file, at which the record begins */
  reject(file: string, offset: number, reason: string): void {
    const count = add(this.rejected, reason, 1);
    if (count > MOST_EXAMPLES_OF_A_REASON || this.examples.length >= MOST_EXAMPLES) return;
    this.examples.push({ file, offset, reason });
  }

  /** Something worth knowing of records that are used all the same. */
  note(reason: string, times: number = 1): void {
    add(this.noted, reason, times);
  }

  /** The rest of a file cannot be read. */
  cut(file: string, offset: number, reason: string): void {
    this.incomplete.push({ file, offset, reason });
  }

  report(): ReadReport {
    return {
      read: this.used + total(this.skipped) + total(this.rejected),
      used: this.used,
      skipped: plain(this.skipped),
      rejected: plain(this.rejected),
      examples: [...this.examples],
      noted: plain(this.noted),
      incomplete: [...this.incomplete],
    };
  }
}

/** The books of several files as one. */
export function joinedReports(reports: readonly ReadReport[]): ReadReport {
  const counts = (of: (report: ReadReport) => Readonly<Record<string, number>> | undefined) => {
    const sums: Record<string, number> = Object.create(null);
    for (const report of reports) {
      for (const [reason, count] of Object.entries(of(report) ?? {})) {
        sums[reason] = (sums[reason] ?? 0) + count;
      }
    }
    return sums;
  };
  const sum = (of: (report: ReadReport) => number) =>
    reports.reduce((total, report) => total + of(report), 0);
  return {
    read: sum(({ read }) => read),
    used: sum(({ used }) => used),
    skipped: counts(({ skipped }) => skipped),
    rejected: counts(({ rejected }) => rejected),
    examples: reports.flatMap(({ examples }) => examples).slice(0, MOST_EXAMPLES),
    noted: counts(({ noted }) => noted),
    incomplete: reports.flatMap(({ incomplete }) => incomplete ?? []),
  };
}

function add(counts: Map<string, number>, reason: string, times: number): number {
  const name = counts.has(reason) || counts.size < MOST_REASONS ? reason : OTHER;
  const count = (counts.get(name) ?? 0) + times;
  counts.set(name, count);
  return count;
}

function total(counts: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const count of counts.values()) sum += count;
  return sum;
}

/** Without a prototype: a reason called `__proto__` is a reason like any other. */
function plain(counts: ReadonlyMap<string, number>): Record<string, number> {
  const result: Record<string, number> = Object.create(null);
  for (const [reason, times] of counts) result[reason] = times;
  return result;
}
