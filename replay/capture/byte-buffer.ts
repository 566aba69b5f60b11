/** Bytes that come in pieces: doubled as it grows, so that single bytes cost no more than many. */
export class ByteBuffer {
  private bytes: Buffer = Buffer.alloc(0);
  length = 0;

  append(piece: Uint8Array): void {
    const needed = this.length + piece.length;
    if (needed > this.bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.bytes.length * 2, 256));
      this.bytes.copy(larger, 0, 0, this.length);
      this.bytes = larger;
    }
    this.bytes.set(piece, this.length);
    this.length = needed;
  }

  /** What is there, until the next append. */
  view(): Buffer {
    return this.bytes.subarray(0, this.length);
  }

  clear(): void {
    this.length = 0;
    // One large head does not keep its memory for the connection's life.
    if (this.bytes.length > 16_384) this.bytes = Buffer.alloc(0);
  }
}
