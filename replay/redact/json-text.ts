/**
 * Walks JSON (RFC 8259) as Latin-1 text of its bytes and replaces scalars in place: what is not
 * replaced keeps its bytes, also numbers that no reader holds exactly, double keys and white space.
 */

export interface JsonVisitor {
  /** Whether everything below this key is to be replaced. */
  readonly isSensitive: (key: string) => boolean;
  /** What to write for a string or a key; undefined leaves it. */
  readonly string: (value: string, isSensitive: boolean) => string | undefined;
  /** Digits to write for a number; undefined leaves it. */
  readonly number: (token: string, isSensitive: boolean) => string | undefined;
}

const MOST_DEPTH = 100;
const SPACE = /[ \t\n\r]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON has none of them in a string.
const STRING = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: a string has them escaped.
const TO_ESCAPE = /["\\\u0000-\u001f]/g;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;

interface Level {
  readonly isObject: boolean;
  /** Whether its key, or one above it, is sensitive. */
  readonly isSensitive: boolean;
}

/**
 * The text with its replacements; undefined where it is no JSON, or deeper than 100 levels.
 * With a visitor that replaces what is sensitive by `x`, `{"pin": 1, "a":[1e400]}` becomes
 * `{"pin": x, "a":[1e400]}`.
 */
export function rewriteJson(text: string, visitor: JsonVisitor): string | undefined {
  return new Walk(text, visitor).run();
}

class Walk {
  private readonly text: string;
  private readonly visitor: JsonVisitor;
  private readonly levels: Level[] = [];
  private readonly out: string[] = [];
  private at = 0;
  /** What has been put out so far. */
  private copied = 0;

  constructor(text: string, visitor: JsonVisitor) {
    this.text = text;
    this.visitor = visitor;
  }

  run(): string | undefined {
    if (!this.values()) return undefined;
    this.skip();
    if (this.at !== this.text.length) return undefined;
    this.out.push(this.text.slice(this.copied));
    return this.out.join('');
  }

  /** One value with everything in it, without recursion: nesting comes from outside. */
  private values(): boolean {
    let isSensitive = false;
    for (;;) {
      this.skip();
      const opener = this.text[this.at];
      if (opener === '{' || opener === '[') {
        if (this.levels.length >= MOST_DEPTH) return false;
        this.at++;
        this.levels.push({ isObject: opener === '{', isSensitive });
        this.skip();
        if (this.text[this.at] !== (opener === '{' ? '}' : ']')) {
          const next = this.keyOrNothing();
          if (next === undefined) return false;
          isSensitive = next;
          continue;
        }
      } else if (!this.scalar(isSensitive)) return false;
      const next = this.afterValue();
      if (typeof next !== 'object') return next;
      isSensitive = next.isSensitive;
    }
  }

  /** Closes what ends here; false: no JSON, true: all done, else how the next value is. */
  private afterValue(): boolean | { readonly isSensitive: boolean } {
    for (;;) {
      this.skip();
      const level = this.levels.at(-1);
      if (level === undefined) return true;
      const char = this.text[this.at];
      if (char === ',') {
        this.at++;
        const isSensitive = this.keyOrNothing();
        return isSensitive === undefined ? false : { isSensitive };
      }
      if (char !== (level.isObject ? '}' : ']')) return false;
      this.at++;
      this.levels.pop();
    }
  }

  /** Reads an object's key and colon; says whether the value to come is sensitive. */
  private keyOrNothing(): boolean | undefined {
    const level = this.levels.at(-1)!;
    if (!level.isObject) return level.isSensitive;
    this.skip();
    const token = this.match(STRING);
    if (token === undefined) return undefined;
    const key = decode(token);
    this.replace(token, this.visitor.string(key, false));
    this.skip();
    if (this.text[this.at] !== ':') return undefined;
    this.at++;
    return level.isSensitive || this.visitor.isSensitive(key);
  }

  private scalar(isSensitive: boolean): boolean {
    const string = this.match(STRING);
    if (string !== undefined) {
      this.replace(string, this.visitor.string(decode(string), isSensitive));
      return true;
    }
    const number = this.match(NUMBER);
    if (number === undefined) return this.match(WORD) !== undefined;
    const digits = this.visitor.number(number, isSensitive);
    if (digits !== undefined) this.put(number, digits);
    return true;
  }

  private replace(token: string, value: string | undefined): void {
    if (value !== undefined) this.put(token, encode(value));
  }

  /** Puts something out in place of the token that was just read. */
  private put(token: string, instead: string): void {
    this.out.push(this.text.slice(this.copied, this.at - token.length), instead);
    this.copied = this.at;
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const token = pattern.exec(this.text)?.[0];
    if (token !== undefined) this.at += token.length;
    return token;
  }

  private skip(): void {
    this.match(SPACE);
  }
}

/** A string token's value, as Latin-1 of its UTF-8 bytes. */
function decode(token: string): string {
  if (!token.includes('\\')) return token.slice(1, -1);
  const text: string = JSON.parse(Buffer.from(token, 'latin1').toString('utf8'));
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** A token for a value: bytes stay, quotes and controls are escaped. */
function encode(value: string): string {
  return `"${value.replace(TO_ESCAPE, (char) =>
    char === '"' || char === '\\'
      ? `\\${char}`
      : `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )}"`;
}
