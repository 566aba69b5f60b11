/** The books of a reading while it goes on: every record is used, skipped or rejected. */
import type { BadRecord, ReadReport } from '../capture.ts';

const MOST_EXAMPLES = 20;
/** Reasons are ours and few; a format that makes them of its input cannot fill the memory. */
const MOST_REASONS = 100;
const OTHER = 'other';

export class Books {
  private used = 0;
  private readonly skipped = new Map<string, number>();
  private readonly rejected = new Map<string, number>();
  private readonly noted = new Map<string, number>();
  private readonly incomplete: BadRecord[] = [];
  private readonly examples: BadRecord[] = [];
  private readonly file: string;

  constructor(file: string) {
    this.file = file;
  }

  use(): void {
    this.used++;
  }

  /** Sound, and not wanted. */
  skip(reason: string): void {
    count(this.skipped, reason, 1);
  }

  /** Unsound; the first few are kept as examples. */
  reject(reason: string, offset: number): void {
    count(this.rejected, reason, 1);
    if (this.examples.length < MOST_EXAMPLES) {
      this.examples.push({ file: this.file, offset, reason });
    }
  }

  /** Something that was done to records that were used. */
  note(what: string, times = 1): void {
    count(this.noted, what, times);
  }

  /** The rest of the file cannot be read. */
  cut(reason: string, offset: number): void {
    this.incomplete.push({ file: this.file, offset, reason });
  }

  report(): ReadReport {
    const { used, skipped, rejected, examples, noted, incomplete } = this;
    return {
      read: used + sum(skipped) + sum(rejected),
      used,
      skipped: plain(skipped),
      rejected: plain(rejected),
      examples: [...examples],
      noted: plain(noted),
      incomplete: [...incomplete],
    };
  }
}

function count(counts: Map<string, number>, reason: string, times: number): void {
  const name = counts.has(reason) || counts.size < MOST_REASONS ? reason : OTHER;
  counts.set(name, (counts.get(name) ?? 0) + times);
}

function sum(counts: ReadonlyMap<string, number>): number {
  let total = 0;
  for (const times of counts.values()) total += times;
  return total;
}

/** Without a prototype: a reason called `__proto__` is a reason like any other. */
function plain(counts: ReadonlyMap<string, number>): Record<string, number> {
  const result: Record<string, number> = Object.create(null);
  for (const [reason, times] of counts) result[reason] = times;
  return result;
}
