/** Formats of text in the registry of all formats: files are read as one capture, by time. */
import { joinedReports } from './books.ts';
import type { CaptureSource, RecordedRequest } from './capture.ts';
import type { Format, ReadOptions } from './format.ts';
import { merged, type Unopened } from './merge.ts';
import { fileChunks } from './text/file-chunks.ts';
import type { TextFormat } from './text/text-format.ts';

/** A format of text as `inspect`, `convert` and `replay` take it. */
export function ofText(format: TextFormat): Format {
  const { name, suffixes, looksLike, encoder } = format;
  return {
    name,
    title: name,
    suffixes,
    recognizes: looksLike,
    read: (paths, options) => {
      const [path, second] = paths;
      return second === undefined
        ? format.read(fileChunks(path!), options)
        : readSeveral(format, paths, options);
    },
    encoder,
  };
}

/** Each file is opened twice: for its first moment, and when that has come. */
function readSeveral(
  format: TextFormat,
  paths: readonly string[],
  options: ReadOptions,
): CaptureSource {
  const begun: CaptureSource[] = [];
  async function* batches(): AsyncGenerator<readonly RecordedRequest[]> {
    const files: Unopened<RecordedRequest>[] = [];
    for (const [index, path] of paths.entries()) {
      const first = await firstOf(format.read(fileChunks(path), options));
      // A file without a request has books all the same.
      const open = async () => {
        const source = format.read(fileChunks(path), options);
        begun.push(source);
        return readingOf(source, index);
      };
      files.push({ firstNs: first?.atNs ?? 0n, open });
    }
    yield* merged(files);
  }
  return {
    format: format.name,
    batches: batches(),
    report: () => joinedReports(begun.map(({ report }) => report())),
  };
}

async function firstOf({ batches }: CaptureSource): Promise<RecordedRequest | undefined> {
  for await (const [first] of batches) if (first !== undefined) return first;
  return undefined;
}

/** A request without a name of its own is called by its number, which every file has. */
function idIn({ id }: RecordedRequest, index: number): string {
  return /^\d+$/.test(id) ? `${index}-${id}` : id;
}

function readingOf({ batches }: CaptureSource, index: number) {
  const iterator = batches[Symbol.asyncIterator]();
  return {
    read: async () => {
      for (;;) {
        const { done, value } = await iterator.next();
        if (done) return undefined;
        if (value.length === 0) continue;
        return value.map((request) => ({ ...request, id: idIn(request, index) }));
      }
    },
    close: async () => {
      await iterator.return?.();
    },
  };
}
