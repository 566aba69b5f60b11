/**
 * Recorded users to test users, one to one as long as there are enough: who gets whom depends on
 * the set of recorded users alone, never on their order. Each has a first choice (a hash of its
 * name), in order of rank (another part of it), and takes the next test user that is free; when
 * nobody is free any more, all are again. Source: Blelloch, Golovin, "Strongly history-independent
 * hashing with applications", FOCS 2007: linear probing by rank.
 */
import { sha256 } from '../hashes.ts';
import type { NameTable } from './name-table.ts';

/**
 * Number of a recorded user → number of a test user, 0 ≤ number < `testUsers`.
 *
 * @param names of recorded users
 * @param testUsers at least 1
 */
export function assign(names: NameTable, testUsers: number): Uint32Array<ArrayBuffer> {
  const { size } = names;
  // First choice and rank of each, of 48 bits.
  const [choices, ranks] = [new Float64Array(size), new Float64Array(size)];
  for (let number = 0; number < size; number++) {
    const digest = sha256(names.nameOf(number));
    choices[number] = digest.readUIntBE(0, 6);
    ranks[number] = digest.readUIntBE(6, 6);
  }
  const order = inOrder(size, (a, b) => ranks[a]! - ranks[b]! || names.compare(a, b));
  const assigned = new Uint32Array(size);
  for (let first = 0; first < size; first += testUsers) {
    const seats = new Seats(testUsers);
    for (const number of order.subarray(first, first + testUsers)) {
      assigned[number] = seats.take(choices[number]! % testUsers);
    }
  }
  return assigned;
}

/** The numbers below `count`, sorted. */
export function inOrder(
  count: number,
  compare: (a: number, b: number) => number,
): Uint32Array<ArrayBuffer> {
  return numbersBelow(count).sort(compare);
}

function numbersBelow(count: number): Uint32Array<ArrayBuffer> {
  const numbers = new Uint32Array(count);
  for (let number = 0; number < count; number++) numbers[number] = number;
  return numbers;
}

/** Finds the next free seat, round the table, without looking at taken ones again. */
class Seats {
  private readonly next: Uint32Array;

  constructor(count: number) {
    this.next = numbersBelow(count);
  }

  take(from: number): number {
    let seat = from;
    while (this.next[seat] !== seat) seat = this.next[seat]!;
    this.next[seat] = (seat + 1) % this.next.length;
    this.shorten(from, this.next[seat]!);
    return seat;
  }

  private shorten(from: number, to: number): void {
    let seat = from;
    while (this.next[seat] !== seat && seat !== to) {
      const following = this.next[seat]!;
      this.next[seat] = to;
      seat = following;
    }
  }
}
