/**
 * Named random streams. A stream is keyed by (seed, replication, component, purpose), so that
 * adding a consumer never shifts the numbers of another, and two policies see the same world
 * (common random numbers). Generator: sfc32 (Chris Doty-Humphrey, PractRand), 128 bits of state.
 */

/** A stream of uniform numbers; the state is its only field, in a typed array (fastest in V8). */
export class RandomStream {
  readonly state: Int32Array;

  constructor(state: Int32Array) {
    this.state = state;
  }

  /** Uniform integer in −2^31 … 2^31 − 1. */
  int32(): number {
    const state = this.state;
    const sum = (((state[0]! + state[1]!) | 0) + state[3]!) | 0;
    state[3] = state[3]! + 1;
    state[0] = state[1]! ^ (state[1]! >>> 9);
    state[1] = state[2]! + (state[2]! << 3);
    state[2] = ((state[2]! << 21) | (state[2]! >>> 11)) + sum;
    return sum;
  }

  /** Fills `out[from] … out[to − 1]` with what `int32` would give, the state in registers. */
  fill(out: Int32Array, from: number, to: number): void {
    const state = this.state;
    let s0 = state[0]!;
    let s1 = state[1]!;
    let s2 = state[2]!;
    let s3 = state[3]!;
    for (let at = from; at < to; at++) {
      const sum = (((s0 + s1) | 0) + s3) | 0;
      s3 = (s3 + 1) | 0;
      s0 = s1 ^ (s1 >>> 9);
      s1 = (s2 + (s2 << 3)) | 0;
      s2 = (((s2 << 21) | (s2 >>> 11)) + sum) | 0;
      out[at] = sum;
    }
    state[0] = s0;
    state[1] = s1;
    state[2] = s2;
    state[3] = s3;
  }

  /** Uniform number in [0, 1) with 53 random bits. */
  uniform(): number {
    const high = this.int32() >>> 5;
    const low = this.int32() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  /** Uniform integer in 0 … n − 1, n ≤ 2^31; the bias is below n / 2^53. */
  below(n: number): number {
    return Math.floor(this.uniform() * n);
  }
}

/**
 * The stream of one consumer.
 *
 * @param seed any integer up to 2^53; the same seed gives the same stream on every machine
 * @param replication 0-based number of the replication
 * @param component such as `service/feed/read/0`
 * @param purpose such as `service-time`
 */
export function stream(
  seed: number,
  replication: number,
  component: string,
  purpose: string,
): RandomStream {
  const key = `${seed}/${replication}/${component}/${purpose}`;
  const state = Int32Array.from([1, 2, 3, 4], (salt) => hash(key, Math.imul(salt, 0x9e3779b9)));
  const random = new RandomStream(state);
  for (let round = 0; round < 16; round++) random.int32();
  return random;
}

/**
 * FNV-1a over the UTF-16 units, then the finaliser of MurmurHash3, so that near keys differ in all
 * bits.
 */
function hash(text: string, salt: number): number {
  let h = 0x811c9dc5 ^ salt;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
