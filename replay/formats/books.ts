/** Keeps the books of a reading: whatever is met is used, skipped or rejected, and counted. */
import type { BadRecord, ReadReport } from './capture.ts';

/** So many examples are kept of a reason, and so many reasons have any. */
const MOST_EXAMPLES_OF_A_REASON = 3;
const MOST_EXAMPLES = 30;

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
    add(this.skipped, reason);
  }

  /** @param offset byte, of the decompressed file, at which the record begins */
  reject(file: string, offset: number, reason: string): void {
    const count = add(this.rejected, reason);
    if (count > MOST_EXAMPLES_OF_A_REASON || this.examples.length >= MOST_EXAMPLES) return;
    this.examples.push({ file, offset, reason });
  }

  /** Something worth knowing of a record that is used all the same. */
  note(reason: string): void {
    add(this.noted, reason);
  }

  /** The rest of a file cannot be read. */
  cut(file: string, offset: number, reason: string): void {
    this.incomplete.push({ file, offset, reason });
  }

  report(): ReadReport {
    return {
      read: this.used + total(this.skipped) + total(this.rejected),
      used: this.used,
      skipped: Object.fromEntries(this.skipped),
      rejected: Object.fromEntries(this.rejected),
      examples: [...this.examples],
      noted: Object.fromEntries(this.noted),
      incomplete: [...this.incomplete],
    };
  }
}

function add(counts: Map<string, number>, reason: string): number {
  const count = (counts.get(reason) ?? 0) + 1;
  counts.set(reason, count);
  return count;
}

function total(counts: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const count of counts.values()) sum += count;
  return sum;
}
