/** Files that are damaged: what comes before stands, and the books say that there was more. */
import { createReadStream, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { UsageError } from '../../../simulator/model/usage-error.ts';
import type { Books } from './books.ts';
import type { CaptureInput } from './text-format.ts';

/** The code of errors that say: the file is there and cannot be read to its end. */
export const INPUT_CUT = 'ERR_INPUT_CUT';
const CHUNK_BYTES = 256 * 1024;
const MOST_EXPANSION = 300;
const HARMLESS_BYTES = 64 * 1024 * 1024;

class InputCut extends Error {
  override readonly name = 'InputCut';
  readonly code = INPUT_CUT;
}

/** The chunks up to where the file is damaged, which is booked; other errors are thrown. */
export async function* untilCut(
  chunks: AsyncIterable<Uint8Array>,
  books: Books,
): AsyncGenerator<Uint8Array> {
  let offset = 0;
  try {
    for await (const chunk of chunks) {
      yield chunk;
      offset += chunk.length;
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === INPUT_CUT)) throw error;
    books.cut(error.message, offset);
  }
}

/**
 * The bytes of a file, decompressed where its name ends in `.gz`. Throws a UsageError where there is
 * no such file.
 */
export function fileInput(path: string): CaptureInput {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw new UsageError(`cannot read ${path}: there is no such file`);
  if (!found.isFile()) throw new UsageError(`${path}: expected a file, found something else`);
  return { file: path, bytes: path.endsWith('.gz') ? gunzipped(path) : plain(path) };
}

/** One buffer for all: new ones are collected late, because V8 does not feel their weight. */
async function* plain(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path, 'r');
  const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  try {
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

async function* gunzipped(path: string): AsyncGenerator<Uint8Array> {
  const source = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  let expanded = 0;
  try {
    source.on('error', (error) => gunzip.destroy(error));
    for await (const chunk of source.pipe(gunzip)) {
      yield chunk;
      expanded += chunk.length;
      if (expanded > HARMLESS_BYTES && expanded > gunzip.bytesWritten * MOST_EXPANSION) {
        throw new InputCut(`gzip data grows more than ${MOST_EXPANSION} times`);
      }
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && /^Z_/.test(String(error.code)))) throw error;
    throw new InputCut('gzip data is damaged, or ends before its end', { cause: error });
  } finally {
    source.destroy();
    gunzip.destroy();
  }
}
