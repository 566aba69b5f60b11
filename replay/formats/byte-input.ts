/** Bytes of a file that is read once from its beginning, decompressed where it is gzip. */
import { createReadStream } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip, type Gunzip } from 'node:zlib';
import { UsageError } from '../../simulator/model/usage-error.ts';

/** The file is there and cannot be read to its end; what was read before stands. */
export class InputCutError extends Error {
  override readonly name = 'InputCutError';
  readonly code = 'ERR_INPUT_CUT';
}

export interface ByteInput {
  /**
   * Fills some of `into` and returns how many bytes; 0 at the end, and only there. Throws an
   * InputCutError.
   */
  readonly read: (into: Uint8Array) => Promise<number>;
  readonly close: () => Promise<void>;
}

/** A file that grows more than this when it is decompressed is a bomb, or not what anybody logs. */
const MOST_EXPANSION = 300;
/** What is smaller does no harm, however much it grew. */
const HARMLESS_BYTES = 64 * 1024 * 1024;
/** What is not decompressed yet when an error shows is lost: no more than this. */
const CHUNK_BYTES = 64 * 1024;
const GZIP_MAGIC = [0x1f, 0x8b];

/**
 * Opens a file; gzip is known by its first two bytes, or by a name in `.gz`. Throws a UsageError
 * where there is none, or where it is no file: a pipe without a writer would never end.
 */
export async function openInput(path: string): Promise<ByteInput> {
  const handle = await openFile(path);
  const magic = new Uint8Array(2);
  const { bytesRead } = await handle.read(magic, 0, 2, 0);
  const isGzip = bytesRead === 2 && magic.every((byte, index) => byte === GZIP_MAGIC[index]);
  if (!isGzip && !path.endsWith('.gz')) return plainInput(handle);
  await handle.close();
  return gzipInput(path);
}

/** The first bytes, decompressed: enough to see what a file is. Throws as `openInput`. */
export async function peek(path: string, bytes: number): Promise<Uint8Array> {
  const input = await openInput(path);
  const head = new Uint8Array(bytes);
  let filled = 0;
  try {
    for (let read = -1; read !== 0 && filled < bytes; filled += read) {
      read = await input.read(head.subarray(filled));
    }
  } catch (error) {
    if (!(error instanceof InputCutError)) throw error;
  } finally {
    await input.close();
  }
  return head.subarray(0, filled);
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    // Opening a pipe waits for its writer: it is asked for what it is before.
    if ((await stat(path)).isFile()) return await open(path, 'r');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new UsageError(`cannot read ${path}: ${WORDS[code] ?? code}`);
  }
  throw new UsageError(`${path}: expected a file, found something else`);
}

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of its path is no folder',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
};

function plainInput(handle: FileHandle): ByteInput {
  let position = 0;
  return {
    read: async (into) => {
      const { bytesRead } = await handle.read(into, 0, into.length, position);
      position += bytesRead;
      return bytesRead;
    },
    close: () => handle.close(),
  };
}

function gzipInput(path: string): ByteInput {
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  // Errors of either end show at the reading end.
  const source = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  pipeline(source, gunzip, () => {});
  const chunks = gunzip[Symbol.asyncIterator]();
  let left: Uint8Array = new Uint8Array(0);
  let expanded = 0;
  return {
    read: async (into) => {
      while (left.length === 0) {
        const { done, value } = await nextChunk(chunks);
        if (done) return 0;
        left = value as Buffer; // A stream without an encoding gives buffers.
        expanded += left.length;
        refuseBomb(gunzip, expanded);
      }
      const taken = left.subarray(0, into.length);
      into.set(taken);
      left = left.subarray(taken.length);
      return taken.length;
    },
    close: async () => {
      source.destroy();
      gunzip.destroy();
    },
  };
}

async function nextChunk(chunks: AsyncIterator<unknown>): Promise<IteratorResult<unknown>> {
  try {
    return await chunks.next();
  } catch (error) {
    const isShort = error instanceof Error && 'code' in error && error.code === 'Z_BUF_ERROR';
    const words = isShort ? 'gzip data ends before its end' : 'gzip data is damaged';
    throw new InputCutError(words, { cause: error });
  }
}

function refuseBomb({ bytesWritten }: Gunzip, expanded: number): void {
  if (expanded < HARMLESS_BYTES || expanded < bytesWritten * MOST_EXPANSION) return;
  throw new InputCutError(`gzip data grows more than ${MOST_EXPANSION} times`);
}
