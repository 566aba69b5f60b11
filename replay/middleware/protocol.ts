/**
 * The messages of GoReplay's middleware: one a line, hex of a header line and of the HTTP message's
 * bytes.
 *
 *     hex( <type> SP <id> SP <timestamp ns> [SP <latency ns>] LF <HTTP message> ) LF
 */

/** 1 request, 2 the answer to it, 3 the answer to a replay of it. */
export type MessageType = 1 | 2 | 3;

export interface GorMessage {
  readonly type: MessageType;
  readonly id: string;
  readonly atNs: bigint;
  /** 0 where the line has none. */
  readonly latencyNs: bigint;
  /** The HTTP message as on the wire. */
  readonly http: Buffer;
}

const HEX = /^(?:[0-9a-fA-F]{2})+$/;
const HEADER = /^([123]) ([\x21-\x7e]{1,256}) (-?\d{1,19})(?: (-?\d{1,19}))?$/;
const LF = 10;

/** A line (with or without its end, in either case) as a message; or why it is none. */
export function parseLine(line: string): GorMessage | string {
  const hex = line.replace(/\r?\n?$/, '');
  if (!HEX.test(hex)) return 'no hex';
  const bytes = Buffer.from(hex, 'hex');
  const end = bytes.indexOf(LF);
  const found = HEADER.exec(bytes.toString('latin1', 0, Math.max(0, end)));
  if (found === null) return 'no header line';
  const atNs = BigInt(found[3]!);
  if (atNs <= 0n) return 'timestamp out of range';
  return {
    type: Number(found[1]) as MessageType,
    id: found[2]!,
    atNs,
    latencyNs: BigInt(found[4] ?? '0'),
    http: bytes.subarray(end + 1),
  };
}

/** The line of a message, with its LF and without a CR, which GoReplay could not read. */
export function formatLine({ type, id, atNs, latencyNs, http }: GorMessage): string {
  const header = Buffer.from(`${type} ${id} ${atNs} ${latencyNs}\n`, 'latin1');
  return `${Buffer.concat([header, http]).toString('hex')}\n`;
}
