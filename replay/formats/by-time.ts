/** Records that wait until their time has come, so that a file has them in its order. */
import type { EncodedRecord } from './format.ts';

const MOST_PENDING = 10_000;
const MOST_PENDING_BYTES = 32 * 1024 * 1024;

/** Where more wait than memory is given to, the earliest go before their time. */
export class ByTime {
  /** By time; those of one moment in the order in which they came. */
  private readonly pending: EncodedRecord[] = [];
  private pendingBytes = 0;

  /** Those of that moment, and before it. */
  takeUntil(untilNs: bigint): EncodedRecord[] {
    return this.takeWhile(({ atNs }) => atNs <= untilNs);
  }

  add(record: EncodedRecord): void {
    const { pending } = this;
    let [low, high] = [0, pending.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (pending[middle]!.atNs <= record.atNs) low = middle + 1;
      else high = middle;
    }
    pending.splice(low, 0, record);
    this.pendingBytes += record.bytes.length;
  }

  /** The earliest, while too many wait. */
  takeSurplus(): EncodedRecord[] {
    return this.takeWhile(
      (_, count) =>
        this.pending.length - count > MOST_PENDING || this.pendingBytes > MOST_PENDING_BYTES,
    );
  }

  /** All that are left. */
  rest(): EncodedRecord[] {
    return this.takeWhile(() => true);
  }

  private takeWhile(isTaken: (record: EncodedRecord, count: number) => boolean): EncodedRecord[] {
    let count = 0;
    while (count < this.pending.length && isTaken(this.pending[count]!, count)) {
      this.pendingBytes -= this.pending[count]!.bytes.length;
      count++;
    }
    return this.pending.splice(0, count);
  }
}
