/**
 * How often each key was asked for, with bounded memory and without keeping a key: of each only a
 * hash of 53 bits is held. When there are too many, the rarest are let go; how many there were in
 * all is then an estimate (HyperLogLog), the popular ones stay nearly exact.
 * Source: G. Manku, R. Motwani, "Approximate frequency counts over data streams", VLDB 2002 (lossy
 * counting); P. Flajolet et al., "HyperLogLog", AofA 2007.
 */
import { hashOf } from '../hashes.ts';

/** Keys that may still be held, over all counters. */
export interface KeyBudget {
  left: number;
}

const REGISTERS = 2048;
const INDEX_BITS = 11;
/** Of HyperLogLog for so many registers; its standard error is 1.04/√2048, 2.3 %. */
const ALPHA = 0.7213 / (1 + 1.079 / REGISTERS);

export class KeyCounter {
  total = 0;
  private readonly counts = new Map<number, number>();
  private readonly budget: KeyBudget;
  private registers: Uint8Array | undefined;

  constructor(budget: KeyBudget) {
    this.budget = budget;
  }

  add(key: string): void {
    this.addHash(hashOf(key), 1);
  }

  addHash(hash: number, times: number): void {
    this.total += times;
    if (this.registers !== undefined) see(this.registers, hash);
    const known = this.counts.get(hash);
    if (known === undefined && this.budget.left <= 0) this.prune();
    if (known === undefined && this.budget.left <= 0) return;
    if (known === undefined) this.budget.left--;
    this.counts.set(hash, (known ?? 0) + times);
  }

  /** Whether counts are exact: no key has been let go. */
  get isExact(): boolean {
    return this.registers === undefined;
  }

  /** Keys that there were. */
  get distinct(): number {
    return this.registers === undefined
      ? this.counts.size
      : Math.max(this.counts.size, Math.round(estimate(this.registers)));
  }

  /** How often the keys were asked for that are held, the most popular first. */
  ranked(): Float64Array {
    return Float64Array.from(this.counts.values()).sort().reverse();
  }

  /** The keys of another endpoint that turned out to be the same one. */
  takeOver(other: KeyCounter): void {
    for (const [hash, times] of other.counts) this.addHash(hash, times);
    this.budget.left += other.counts.size;
    other.counts.clear();
  }

  private prune(): void {
    this.registers ??= this.firstRegisters();
    const ranked = this.ranked();
    const least = ranked[Math.floor(ranked.length / 2)] ?? 0;
    const before = this.counts.size;
    for (const [hash, times] of this.counts) if (times <= least) this.counts.delete(hash);
    this.budget.left += before - this.counts.size;
  }

  private firstRegisters(): Uint8Array {
    const registers = new Uint8Array(REGISTERS);
    for (const hash of this.counts.keys()) see(registers, hash);
    return registers;
  }
}

/** The first bits choose a register, which holds the longest run of zeros after them. */
function see(registers: Uint8Array, hash: number): void {
  const high = Math.floor(hash / 2_097_152);
  const register = high >>> (32 - INDEX_BITS);
  const zeros = Math.clz32(high << INDEX_BITS) + 1;
  if (zeros > registers[register]!) registers[register] = Math.min(zeros, 33 - INDEX_BITS);
}

function estimate(registers: Uint8Array): number {
  let [sum, empty] = [0, 0];
  for (const zeros of registers) {
    sum += 2 ** -zeros;
    if (zeros === 0) empty++;
  }
  const raw = (ALPHA * REGISTERS * REGISTERS) / sum;
  return raw <= 2.5 * REGISTERS && empty > 0 ? REGISTERS * Math.log(REGISTERS / empty) : raw;
}
