/** Names out of a capture that outlive their record: its writer chose how many and how long. */

export interface Counted {
  readonly name: string;
  readonly count: number;
}

/** What stands for all that came when there were too many. */
export const OTHERS = '(others)';

/** Of a DNS name (RFC 1035, section 2.3.4) with its port. */
const LONGEST = 253 + ':65535'.length;
const MOST_NAMES = 1000;

/** `bounded('GET')` is `GET`; what is longer than any name is cut, and has its length behind it. */
function bounded(name: string): string {
  return name.length <= LONGEST ? name : `${name.slice(0, LONGEST)}… (${name.length} characters)`;
}

/** The same text by itself: what is cut out of a head keeps all of it in memory. */
export function ownText(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le');
}

/** Counts by name; of too many, the later ones together. */
export class NameCounts {
  private readonly counts = new Map<string, number>();
  private readonly isCaseless: boolean;

  /** @param isCaseless whether names in other letters are the same, as those of hosts */
  constructor(isCaseless: boolean = false) {
    this.isCaseless = isCaseless;
  }

  add(full: string): void {
    const cut = bounded(full);
    const name = this.isCaseless ? cut.toLowerCase() : cut;
    const known = this.counts.get(name);
    if (known !== undefined) {
      this.counts.set(name, known + 1);
      return;
    }
    const key = this.counts.size < MOST_NAMES ? ownText(name) : OTHERS;
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }

  /** The most frequent first. */
  summary(): Counted[] {
    return [...this.counts]
      .map(([name, count]) => ({ name, count }))
      .sort((a, b) => b.count - a.count || compareText(a.name, b.name));
  }
}

/** The same on every machine, whatever its language. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
