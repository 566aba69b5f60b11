/** A file as chunks, as formats of text read it. */
import { openInput } from '../byte-input.ts';
import type { CaptureInput } from './text-format.ts';

const CHUNK_BYTES = 256 * 1024;

/**
 * The bytes of a file, decompressed where it is gzip; opened when somebody begins to read. Throws
 * as `openInput` does.
 */
export function fileChunks(path: string): CaptureInput {
  return { file: path, bytes: chunks(path) };
}

/** One buffer for all: new ones are collected late, because V8 does not feel their weight. */
async function* chunks(path: string): AsyncGenerator<Uint8Array> {
  const input = await openInput(path);
  const buffer = new Uint8Array(CHUNK_BYTES);
  try {
    for (;;) {
      const length = await input.read(buffer);
      if (length === 0) return;
      yield buffer.subarray(0, length);
    }
  } finally {
    await input.close();
  }
}
