/** Files that are damaged: what comes before stands, and the books say that there was more. */
import { InputCutError } from '../byte-input.ts';
import type { Books } from './books.ts';

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
    if (!(error instanceof InputCutError)) throw error;
    books.cut(error.message, offset);
  }
}
