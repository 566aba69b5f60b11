/** Reads `.gor` files as a capture: merged by time, put in order, answers with their requests. */
import { ReadBooks } from '../books.ts';
import { peek } from '../byte-input.ts';
import type { CaptureSource, RecordedRequest } from '../capture.ts';
import { merged, type Unopened } from '../merge.ts';
import { Reorder, type Window } from '../reorder.ts';
import { GorFile } from './file.ts';
import { type GorHeader, parseGorHeader } from './header.ts';
import { Pairs, sizeOf } from './pairs.ts';
import type { GorMessage } from './parser.ts';
import { afterSeparators } from './separator.ts';

export interface GorReadOptions {
  /** Records may be out of order by so many; GoReplay sorts 100. */
  readonly window?: number;
}

const WINDOW_RECORDS = 1000;
const WINDOW_BYTES = 16 * 1024 * 1024;
/** A request waits for its answer until so many more recent ones wait, too. */
const PAIRING: Window = { items: 10_000, bytes: 16 * 1024 * 1024 };
const BATCH_RECORDS = 512;
const FIRST_BYTES = 4096;

/**
 * A capture of one file or many (chunks, one a type, several machines): read as one, by time.
 *
 * A record that comes later in its file than others that are later in time is put in its place,
 * where it is not more than the window late, and noted as `stamp out of order`. The source's
 * iterator throws a UsageError where a file cannot be opened.
 */
export function readGor(paths: readonly string[], options: GorReadOptions = {}): CaptureSource {
  const books = new ReadBooks();
  const window = { items: options.window ?? WINDOW_RECORDS, bytes: WINDOW_BYTES };
  return {
    format: 'gor',
    batches: batches(paths, window, books),
    report: () => books.report(),
  };
}

async function* batches(
  paths: readonly string[],
  window: Window,
  books: ReadBooks,
): AsyncGenerator<readonly RecordedRequest[], void, void> {
  const files = paths.length === 1 ? [unopened(paths[0]!, 0n, books)] : await firsts(paths, books);
  const order = new Reorder(window, sizeOf);
  const pairs = new Pairs(PAIRING, books);
  let batch: RecordedRequest[] = [];
  for await (const messages of merged(files)) {
    for (const message of messages) {
      inOrder(order, message, pairs, books);
      for (let next = pairs.pop(); next !== undefined; next = pairs.pop()) batch.push(next);
      if (batch.length < BATCH_RECORDS) continue;
      yield batch;
      batch = [];
    }
  }
  for (let next = order.pop(true); next !== undefined; next = order.pop(true)) pairs.push(next);
  for (let next = pairs.pop(true); next !== undefined; next = pairs.pop(true)) batch.push(next);
  if (batch.length > 0) yield batch;
}

function inOrder(
  order: Reorder<GorMessage>,
  message: GorMessage,
  pairs: Pairs,
  books: ReadBooks,
): void {
  if (order.isTooLate(message)) {
    books.reject(
      message.file,
      message.offset,
      'stamp out of order by more than the window (--window)',
    );
    return;
  }
  const { disordered } = order;
  order.push(message);
  if (order.disordered > disordered) books.note('stamp out of order');
  for (let next = order.pop(); next !== undefined; next = order.pop()) pairs.push(next);
}

function unopened(
  path: string,
  firstNs: bigint | undefined,
  books: ReadBooks,
): Unopened<GorMessage> {
  return { firstNs, open: () => GorFile.open(path, books) };
}

/** Looks for the first stamp of each; a file that shows none is opened at once. */
async function firsts(paths: readonly string[], books: ReadBooks): Promise<Unopened<GorMessage>[]> {
  const files: Unopened<GorMessage>[] = [];
  for (const path of paths) files.push(unopened(path, (await firstStamp(path)) ?? 0n, books));
  return files;
}

async function firstStamp(path: string): Promise<bigint | undefined> {
  const header = firstHeader(await peek(path, FIRST_BYTES));
  return typeof header === 'object' ? header.atNs : undefined;
}

/** The header of the first record in a file's first bytes, or words why there is none. */
export function firstHeader(head: Uint8Array): GorHeader | string {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.length);
  const start = Math.max(0, afterSeparators(bytes, 0, true));
  const end = bytes.indexOf('\n', start);
  if (end < 0) return 'header line without an end';
  return parseGorHeader(bytes, start, end);
}
