/** Files that are damaged: what comes before stands, and the books say that there was more. */

import type { ReadBooks } from '../books.ts';
import { InputCutError } from '../byte-input.ts';
import type { CaptureInput } from './text-format.ts';

/** The chunks up to where the file is damaged, which is booked; other errors are thrown. */
export async function* untilCut(
  { file, bytes }: CaptureInput,
  books: ReadBooks,
): AsyncGenerator<Uint8Array> {
  let offset = 0;
  try {
    for await (const chunk of bytes) {
      yield chunk;
      offset += chunk.length;
    }
  } catch (error) {
    if (!(error instanceof InputCutError)) throw error;
    books.cut(file, offset, error.message);
  }
}
