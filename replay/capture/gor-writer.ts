/**
 * Records in GoReplay's file format, which has no length field and no escape:
 *
 *     <type> SP <id> SP <timestamp ns> SP <latency ns> LF
 *     <bytes of the HTTP message>
 *     LF <three monkeys> LF
 */

/** 1 request, 2 the answer to it, 3 the answer to a replay of it. */
export type RecordType = 1 | 2 | 3;

const SEPARATOR: Buffer = Buffer.from('\n🐵🙈🙉\n', 'utf8');
/** Without its last byte: a line of a body that ends there would be one for GoReplay. */
const MONKEYS: Buffer = SEPARATOR.subarray(0, -1);

export interface GorRecord {
  readonly type: RecordType;
  /** Without a space; 24 hex digits, of which the first 16 are the connection's. */
  readonly id: string;
  readonly atNs: bigint;
  /** From the first byte of this message to its last. */
  readonly tookNs: bigint;
  /** Such as `GET / HTTP/1.1`. */
  readonly startLine: string;
  /** Name, value, …; no framing headers among them. */
  readonly headers: readonly string[];
  /** Undefined: the message has none, and says no length. */
  readonly body: Uint8Array | undefined;
}

/** Whether a body would end its record early, in GoReplay at least. */
export function holdsSeparator(body: Uint8Array): boolean {
  return Buffer.from(body.buffer, body.byteOffset, body.length).includes(MONKEYS);
}

/** The bytes of a record, separator included. Its body must not hold the separator. */
export function gorRecord(record: GorRecord): Buffer {
  const { type, id, atNs, tookNs, startLine, headers, body } = record;
  const lines = [`${type} ${id} ${atNs} ${tookNs}\n${startLine}`];
  for (let index = 0; index + 1 < headers.length; index += 2) {
    lines.push(`${headers[index]}: ${headers[index + 1]}`);
  }
  if (body !== undefined) lines.push(`Content-Length: ${body.length}`);
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  return Buffer.concat(body === undefined ? [head, SEPARATOR] : [head, body, SEPARATOR]);
}
