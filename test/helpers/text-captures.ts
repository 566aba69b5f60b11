/** Captures of text in tests: made of strings, read whole. */
import type { ReadReport, RecordedRequest } from '../../replay/formats/capture.ts';
import type {
  CaptureInput,
  ReadOptions,
  TextFormat,
  WriteOptions,
} from '../../replay/formats/text/text-format.ts';

export interface ReadWhole {
  readonly requests: readonly RecordedRequest[];
  readonly report: ReadReport;
}

/** Bytes in pieces of so many, as a file might give them. */
export function inputOf(text: string | Uint8Array, pieceBytes = 65_536): CaptureInput {
  const bytes = typeof text === 'string' ? Buffer.from(text, 'utf8') : text;
  async function* pieces(): AsyncGenerator<Uint8Array> {
    // The same memory for all of them, as a reader of files has it.
    const piece = new Uint8Array(pieceBytes);
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      const part = bytes.subarray(at, at + pieceBytes);
      piece.set(part);
      yield piece.subarray(0, part.length);
    }
  }
  return { file: 'capture', bytes: pieces() };
}

export async function readWhole(
  format: TextFormat,
  text: string | Uint8Array,
  options: ReadOptions = {},
  pieceBytes?: number,
): Promise<ReadWhole> {
  const source = format.read(inputOf(text, pieceBytes), options);
  const requests: RecordedRequest[] = [];
  for await (const batch of source.batches) requests.push(...batch);
  return { requests, report: source.report() };
}

/** The only request of a text. Throws where it is not one. */
export async function readOne(
  format: TextFormat,
  text: string,
  options: ReadOptions = {},
): Promise<RecordedRequest> {
  const { requests, report } = await readWhole(format, text, options);
  if (requests.length !== 1) throw new Error(`read ${JSON.stringify(report)}`);
  return requests[0]!;
}

/** Written by a format, as a file. */
export function writtenBy(
  format: TextFormat,
  requests: readonly RecordedRequest[],
  options: WriteOptions = {},
): Buffer {
  const { add, rest, before = '', between = '', after = '' } = format.encoder(options);
  const records = requests.flatMap((request) => {
    const encoded = add(request);
    return typeof encoded === 'string' ? [] : encoded.records;
  });
  const parts = [...records, ...rest()].flatMap(({ bytes }, at) =>
    at === 0 ? [bytes] : [Buffer.from(between), bytes],
  );
  return Buffer.concat([Buffer.from(before), ...parts, Buffer.from(after)]);
}
