/**
 * The elements of one array of a JSON document (`log.entries` of a HAR), one by one, out of a stream
 * of bytes: the document is never held, an element only while it is read. Strings and nesting are
 * followed by hand; what is inside an element is for `JSON.parse`.
 */

export interface JsonElement {
  /** Undefined where the element is longer than is held. */
  readonly bytes: Uint8Array | undefined;
  readonly offset: number;
}

/** Why the document came to an end: `complete`, or where and how it went wrong. */
export interface JsonEnd {
  readonly problem: string | undefined;
  readonly offset: number;
  /** Whether the array was there. */
  readonly hasArray: boolean;
}

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const OPEN_LIST = 91;
const BACKSLASH = 92;
const CLOSE_LIST = 93;
const OPEN_MAP = 123;
const CLOSE_MAP = 125;
/** Of UTF-8, which some tools put first. */
const BYTE_ORDER_MARK: ReadonlySet<number> = new Set([0xef, 0xbb, 0xbf]);
const MOST_DEPTH = 128;
const MOST_KEY = 256;

export class JsonArrayStream {
  end: JsonEnd = { problem: undefined, offset: 0, hasArray: false };
  private readonly path: readonly string[];
  private readonly mostBytes: number;
  private readonly kinds = new Uint8Array(MOST_DEPTH);
  private depth = 0;
  /** How many keys of the path the innermost objects are; −1 once the array has been read. */
  private matched = 0;
  private isInString = false;
  private isEscaped = false;
  private isKey = false;
  private key: number[] = [];
  private hasRoot = false;
  private offset = 0;
  private elementFrom = -1;
  private held: Uint8Array[] = [];
  private heldBytes = 0;
  private isTooLong = false;

  /** @param path keys that lead to the array, such as `['log', 'entries']` */
  constructor(path: readonly string[], mostBytes: number) {
    this.path = path;
    this.mostBytes = mostBytes;
  }

  async *elements(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<JsonElement> {
    for await (const chunk of chunks) {
      yield* this.inChunk(chunk);
      this.offset += chunk.length;
      if (this.end.problem !== undefined) return;
    }
    if (this.depth > 0 || this.isInString || !this.hasRoot) this.fail('ends in the middle', 0);
  }

  private fail(problem: string, at: number): void {
    this.end = { ...this.end, problem, offset: this.offset + at };
  }

  private *inChunk(chunk: Uint8Array): Generator<JsonElement> {
    let from = 0;
    for (let at = 0; at < chunk.length && this.end.problem === undefined; at++) {
      if (this.isInString) at = this.endOfString(chunk, at);
      else {
        const wasInside = this.elementFrom >= 0;
        this.step(chunk[at]!, at);
        if (!wasInside && this.elementFrom >= 0) from = at;
        else if (wasInside && this.elementFrom < 0) {
          yield this.finish(chunk.subarray(from, at + 1));
        }
      }
    }
    if (this.elementFrom >= 0) this.hold(Buffer.from(chunk.subarray(from)));
  }

  /** Goes through a string as far as the chunk has it; returns the last place that was read. */
  private endOfString(chunk: Uint8Array, from: number): number {
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at]!;
      if (this.isEscaped) this.isEscaped = false;
      else if (byte === BACKSLASH) this.isEscaped = true;
      else if (byte === QUOTE) {
        this.isInString = false;
        return at;
      }
      if (this.isKey && this.key.length <= MOST_KEY) this.key.push(byte);
    }
    return chunk.length;
  }

  private step(byte: number, at: number): void {
    if (byte === OPEN_MAP || byte === OPEN_LIST) this.open(byte, at);
    else if (byte === CLOSE_MAP || byte === CLOSE_LIST) this.close(byte, at);
    else if (byte <= 32 || byte === COLON || byte === COMMA) return;
    else if (this.isBetweenElements()) this.fail('has an element that is no object', at);
    else if (byte === QUOTE) {
      this.isInString = true;
      // Keys are of interest where the path may go on.
      this.isKey = this.elementFrom < 0;
      if (this.isKey) this.key.length = 0;
    } else if (this.depth === 0 && !BYTE_ORDER_MARK.has(byte)) {
      this.fail('is no JSON object', at);
    }
  }

  private isBetweenElements(): boolean {
    return this.elementFrom < 0 && this.isArray(this.depth);
  }

  private open(byte: number, at: number): void {
    const { depth, path } = this;
    if (depth === MOST_DEPTH) this.fail(`nested deeper than ${MOST_DEPTH}`, at);
    else if (depth === 0 && (this.hasRoot || byte !== OPEN_MAP)) {
      this.fail('is not one JSON object', at);
    }
    if (this.end.problem !== undefined) return;
    if (this.isBetweenElements()) this.elementFrom = this.offset + at;
    this.kinds[depth] = byte;
    this.depth++;
    this.hasRoot = true;
    // Whether this is what the next key of the path leads to.
    if (this.elementFrom >= 0 || depth === 0 || this.matched !== depth - 1) return;
    if (this.matched === path.length || this.lastKey() !== path[this.matched]) return;
    this.matched++;
    if (this.matched === path.length && byte === OPEN_LIST) {
      this.end = { ...this.end, hasArray: true };
    }
  }

  /** Whether what stands at this depth is an element of the array. */
  private isArray(depth: number): boolean {
    const { length } = this.path;
    return this.matched === length && depth === length + 1 && this.kinds[length] === OPEN_LIST;
  }

  private close(byte: number, at: number): void {
    const opening = byte === CLOSE_MAP ? OPEN_MAP : OPEN_LIST;
    if (this.depth === 0 || this.kinds[this.depth - 1] !== opening) {
      this.fail('has a bracket that does not fit', at);
      return;
    }
    this.depth--;
    if (this.elementFrom < 0) this.matched = Math.min(this.matched, Math.max(0, this.depth - 1));
    else if (this.isArray(this.depth)) this.elementFrom = -1 - this.elementFrom;
  }

  private lastKey(): string {
    return Buffer.from(this.key).toString('utf8');
  }

  private hold(part: Uint8Array): void {
    this.heldBytes += part.length;
    if (this.heldBytes > this.mostBytes) {
      this.isTooLong = true;
      this.held = [];
    } else if (!this.isTooLong) this.held.push(part);
  }

  private finish(last: Uint8Array): JsonElement {
    this.hold(last);
    const offset = -1 - this.elementFrom;
    const bytes = this.isTooLong ? undefined : Buffer.concat(this.held);
    this.elementFrom = -1;
    this.held = [];
    this.heldBytes = 0;
    this.isTooLong = false;
    return { bytes, offset };
  }
}
