/** What redaction has found in one exchange, and how often it found what in all of them. */

/** Shorter values would be found everywhere. */
const SHORTEST = 6;
/** Of one exchange: what a hostile body invents does not make the search for them endless. */
const MOST_VALUES = 200;
const LONGEST = 8192;
const MOST_FORMS = 400;

export class Finds {
  /** Replacements by reason, such as `named value` or `JWT`. */
  readonly counts: Map<string, number> = new Map();
  /** Values that were replaced in this exchange, decoded: they may stand elsewhere as well. */
  values: Set<string> = new Set();

  private readonly forms = new Map<string, readonly string[]>();

  /** How else a value may be written: worked out once while it is of interest. */
  formsOf(value: string, make: (value: string) => readonly string[]): readonly string[] {
    const known = this.forms.get(value);
    if (known !== undefined) return known;
    if (this.forms.size >= MOST_FORMS) this.forms.clear();
    const forms = make(value);
    this.forms.set(value, forms);
    return forms;
  }

  /** Counts a replacement and remembers its value. */
  note(reason: string, value: string): void {
    this.count(reason);
    const isUseful = value.length >= SHORTEST && value.length <= LONGEST;
    if (isUseful && this.values.size < MOST_VALUES) this.values.add(value);
  }

  count(reason: string): void {
    this.counts.set(reason, (this.counts.get(reason) ?? 0) + 1);
  }
}
