/**
 * A stream of bytes → blocks of whole lines, each decoded at once, as Latin-1, which keeps every
 * byte and every place. What is cut out of a text keeps all of that text alive in V8: blocks are
 * small, so that whoever keeps one client's address keeps 16 kB, and not a quarter of a megabyte.
 */

/** Whole lines; only the file's last one may lack its line feed. */
export interface LineChunk {
  readonly bytes: Buffer;
  /** Where it begins in the file. */
  readonly offset: number;
}

export interface LineBlock extends LineChunk {
  /** The same as text: `text[i]` is `bytes[i]`. */
  readonly text: string;
}

const BLOCK_BYTES = 16_384;
const LINE_FEED = 10;
const NOTHING: Buffer = Buffer.alloc(0);

/**
 * @param mostLineBytes a longer line is left out, whatever its length, and never held whole
 * @param onLongLine called once for each of them, with the offset at which it begins
 */
export async function* lineChunks(
  chunks: AsyncIterable<Uint8Array>,
  mostLineBytes: number,
  onLongLine: (offset: number) => void,
): AsyncGenerator<LineChunk> {
  let rest: Buffer = NOTHING;
  let offset = 0;
  let isInLong = false;
  for await (const chunk of chunks) {
    let bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    // The line that began before is a small block by itself, so that the large one is not copied.
    if (isInLong || rest.length > 0) {
      const end = bytes.indexOf(LINE_FEED) + 1;
      const first = end === 0 ? bytes : bytes.subarray(0, end);
      bytes = bytes.subarray(first.length);
      if (isInLong) offset += first.length;
      else rest = Buffer.concat([rest, first]);
      if (end > 0) {
        if (!isInLong) yield { bytes: rest, offset };
        offset += rest.length;
        rest = NOTHING;
        isInLong = false;
      }
    }
    const end = bytes.lastIndexOf(LINE_FEED) + 1;
    if (end > 0) yield { bytes: bytes.subarray(0, end), offset };
    offset += end;
    if (end < bytes.length) rest = Buffer.from(bytes.subarray(end));
    if (rest.length > mostLineBytes) {
      onLongLine(offset);
      offset += rest.length;
      rest = NOTHING;
      isInLong = true;
    }
  }
  if (rest.length > 0) yield { bytes: rest, offset };
}

/** The lines of a chunk, some 16 kB of them at a time; a longer line is a block by itself. */
export function* blocksOf({ bytes, offset }: LineChunk): Generator<LineBlock> {
  for (let from = 0; from < bytes.length; ) {
    let to = Math.min(bytes.length, from + BLOCK_BYTES);
    if (to < bytes.length) to = endOfLines(bytes, from, to);
    const part = bytes.subarray(from, to);
    yield { text: part.toString('latin1'), bytes: part, offset: offset + from };
    from = to;
  }
}

function endOfLines(bytes: Buffer, from: number, most: number): number {
  for (let at = most - 1; at >= from; at--) if (bytes[at] === LINE_FEED) return at + 1;
  const feed = bytes.indexOf(LINE_FEED, most);
  return feed < 0 ? bytes.length : feed + 1;
}
