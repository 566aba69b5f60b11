/**
 * HTTP Archives (HAR 1.2) of browsers and proxies: a document, read entry by entry.
 * Source: HAR 1.2 (J. Odvarko).
 */
import { ReadBooks } from '../books.ts';
import type { CaptureSource, RecordedRequest } from '../capture.ts';
import { InOrder } from '../text/in-order.ts';
import type { CaptureInput, ReadOptions, TextFormat } from '../text/text-format.ts';
import { untilCut } from '../text/until-cut.ts';
import { MOST_ENTRY_BYTES, meaningOf } from './entry.ts';
import { JsonArrayStream, type JsonElement } from './json-stream.ts';
import { harEncoder } from './write-har.ts';

const BATCH = 256;
/** Entries from one look at what is ready to the next. */
const AT_ONCE = 32;
/** Bytes of entries that are held while they are put in order. */
const MOST_HELD = 32 * 1024 * 1024;
const LOOKS_LIKE = /^(?:\xef\xbb\xbf)?\s*\{\s*"log"\s*:\s*\{/;
export const har: TextFormat = {
  name: 'har',
  suffixes: ['.har', '.har.json'],
  looksLike: (head) => LOOKS_LIKE.test(Buffer.from(head.subarray(0, 4096)).toString('latin1')),
  read: readHar,
  encoder: harEncoder,
};

function readHar(input: CaptureInput, options: ReadOptions = {}): CaptureSource {
  const books = new ReadBooks();
  const order = new InOrder(books, options.seed, MOST_HELD);
  async function* batches(): AsyncGenerator<readonly RecordedRequest[]> {
    const stream = new JsonArrayStream(['log', 'entries'], MOST_ENTRY_BYTES);
    let ready: RecordedRequest[] = [];
    let count = 0;
    for await (const element of stream.elements(untilCut(input, books))) {
      const { file } = input;
      useEntry({ ...element, file }, String(++count), books, order);
      if (count % AT_ONCE === 0) order.drain(ready, false);
      if (ready.length >= BATCH) {
        yield ready;
        ready = [];
      }
    }
    const { problem, offset, hasArray } = stream.end;
    if (problem !== undefined) books.cut(input.file, offset, `document ${problem}`);
    else if (!hasArray) books.reject(input.file, 0, 'document has no log.entries');
    order.drain(ready, true);
    if (ready.length > 0) yield ready;
  }
  return { format: 'har', batches: batches(), report: () => books.report() };
}

interface Entry extends JsonElement {
  readonly file: string;
}

function useEntry(entry: Entry, id: string, books: ReadBooks, order: InOrder): void {
  const { bytes, offset, file } = entry;
  const meaning = bytes === undefined ? 'entry larger than 64 MiB' : meaningOf(bytes, id);
  if (typeof meaning === 'string') books.reject(file, offset, meaning);
  else if ('skip' in meaning) books.skip(meaning.skip);
  else {
    books.use();
    order.push(meaning.draft, meaning.moment.second, meaning.moment.nanos, bytes!.length);
  }
}
