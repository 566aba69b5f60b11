/**
 * Recorded users to test users, one to one as long as there are enough: who gets whom depends on
 * the set of recorded users alone, never on their order. Each has a first choice (a hash of its
 * name), in order of rank (another part of it), and takes the next test user that is free; when
 * nobody is free any more, all are again. Source: Blelloch, Golovin, "Strongly history-independent
 * hashing with applications", FOCS 2007: linear probing by rank.
 */
import { sha256 } from '../hashes.ts';

/** First choice and rank of a recorded user, each of 48 bits. */
interface Candidate {
  readonly name: string;
  readonly choice: number;
  readonly rank: number;
}

/**
 * Recorded user → number of a test user, 0 ≤ number < `testUsers`.
 *
 * @param names of recorded users, each once
 * @param testUsers at least 1
 */
export function assign(names: Iterable<string>, testUsers: number): Map<string, number> {
  const candidates = Array.from(names, candidate).sort(byRank);
  const assigned = new Map<string, number>();
  for (let first = 0; first < candidates.length; first += testUsers) {
    const seats = new Seats(testUsers);
    for (const { name, choice } of candidates.slice(first, first + testUsers)) {
      assigned.set(name, seats.take(choice % testUsers));
    }
  }
  return assigned;
}

function candidate(name: string): Candidate {
  const digest = sha256(name);
  return { name, choice: digest.readUIntBE(0, 6), rank: digest.readUIntBE(6, 6) };
}

/** Finds the next free seat, round the table, without looking at taken ones again. */
class Seats {
  private readonly next: Uint32Array;

  constructor(count: number) {
    this.next = Uint32Array.from({ length: count }, (_, seat) => seat);
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

function byRank(a: Candidate, b: Candidate): number {
  return a.rank - b.rank || (a.name < b.name ? -1 : 1);
}
