/** A capture that is a line a request: the part that all formats of lines share. */
import { ReadBooks } from '../books.ts';
import type { CaptureSource, RecordedRequest } from '../capture.ts';
import { type Draft, InOrder } from './in-order.ts';
import { blocksOf, type LineBlock, lineChunks } from './lines.ts';
import type { CaptureInput, ReadOptions } from './text-format.ts';
import { untilCut } from './until-cut.ts';

const MOST_LINE_BYTES = 1024 * 1024;
const BATCH = 4096;
const LONG_LINE = 'line longer than 1 MiB';

/** What a parser makes of a line. */
export interface LineSink {
  /** @param nanos 0 … 999,999,999, or ANYWHERE in the second */
  readonly use: (draft: Draft, second: number, nanos: number) => void;
  /** Sound, and not wanted. */
  readonly skip: (reason: string) => void;
  readonly note: (what: string) => void;
  /** The requests that were used so far: what a request without a name is called by. */
  readonly nextId: () => string;
}

/**
 * Parses the line `text[from … to)`; says everything to the sink, but returns the reason where the
 * line is unsound.
 */
export type ParseLine = (block: LineBlock, from: number, to: number) => string | undefined;

export interface LineParser {
  readonly parse: ParseLine;
  /** Called when no line is left, for what was held back. */
  readonly end?: () => void;
}

/** Looks like a request, and stands for one whose line does not say more. */
export function emptyDraft(id: string): Draft {
  return {
    atNs: 0n,
    id,
    connection: undefined,
    method: 'GET',
    target: '/',
    headers: [],
    body: undefined,
    answer: undefined,
  };
}

/**
 * Requests of a file of lines, in the order of their arrival. Empty lines are nothing; every other
 * line is used, skipped or rejected.
 */
export function lineSource(
  format: string,
  input: CaptureInput,
  options: ReadOptions,
  parserFor: (sink: LineSink) => LineParser,
  mostLineBytes: number = MOST_LINE_BYTES,
): CaptureSource {
  const books = new ReadBooks();
  const order = new InOrder(books, options.seed, options.mostHeld);
  let ids = 0;
  // Of the line that is being parsed: one with a large body counts for many.
  let weight = 1;
  const sink: LineSink = {
    use: (draft, second, nanos) => {
      books.use();
      order.push(draft, second, nanos, weight);
    },
    skip: (reason) => books.skip(reason),
    note: (what) => books.note(what),
    nextId: () => String(++ids),
  };
  const parser = parserFor(sink);
  const parse: ParseLine = (block, from, to) => {
    weight = 1 + ((to - from) >> 10);
    return parser.parse(block, from, to);
  };
  const reject = (reason: string, at: number) => books.reject(input.file, at, reason);
  async function* batches(): AsyncGenerator<readonly RecordedRequest[]> {
    const reason = mostLineBytes === MOST_LINE_BYTES ? LONG_LINE : 'line too long';
    const bytes = untilCut(input, books);
    const chunks = lineChunks(bytes, mostLineBytes, (at) => reject(reason, at));
    let ready: RecordedRequest[] = [];
    for await (const chunk of chunks) {
      for (const block of blocksOf(chunk)) parseLines(block, parse, reject);
      order.drain(ready, false);
      if (ready.length >= BATCH) {
        yield ready;
        ready = [];
      }
    }
    parser.end?.();
    order.drain(ready, true);
    if (ready.length > 0) yield ready;
  }
  return { format, batches: batches(), report: () => books.report() };
}

function parseLines(
  block: LineBlock,
  parse: ParseLine,
  reject: (reason: string, offset: number) => void,
): void {
  const { text, offset } = block;
  for (let from = 0; from < text.length; ) {
    const feed = text.indexOf('\n', from);
    const next = feed < 0 ? text.length : feed + 1;
    let to = feed < 0 ? next : feed;
    if (to > from && text.charCodeAt(to - 1) === 13) to--;
    if (to > from) {
      const reason = parse(block, from, to);
      if (reason !== undefined) reject(reason, offset + from);
    }
    from = next;
  }
}
