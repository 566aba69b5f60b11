/** Time for stamps: nanoseconds since the Unix epoch that never run backwards. */
const originNs = BigInt(Date.now()) * 1_000_000n - process.hrtime.bigint();

/** Steps of the system's clock after the start do not show. */
export function epochNs(): bigint {
  return originNs + process.hrtime.bigint();
}
