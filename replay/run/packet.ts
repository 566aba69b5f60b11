/**
 * Requests on their way from the thread that reads to a thread that sends: columns, one string a
 * head and one block for all bodies, which a structured clone takes over in a fraction of the time
 * that objects would need.
 */
import type { RecordedAnswer } from '../formats/capture.ts';
import type { Wire } from './wire.ts';

/** What is sent when, and how it is called in the books. */
export interface Planned {
  /** Since moment 0. */
  readonly dueMs: number;
  /** Counts all records of the run, from 0 on. */
  readonly sequence: number;
  /** As in the capture. */
  readonly id: string;
  readonly endpoint: number;
  /** Requests of one recorded connection have the same; −1 where nobody knows. */
  readonly session: number;
  /** What came back when it was recorded; 0 where nobody knows. */
  readonly recordedStatus: number;
  /** Stays in the thread that reads. */
  readonly answer?: RecordedAnswer | undefined;
  /** Number of the user whose token it gets; −1 where it gets none. */
  readonly login: number;
  readonly wire: Wire;
}

export interface Packet {
  readonly count: number;
  readonly dueMs: Float64Array;
  readonly sequence: Float64Array;
  readonly endpoint: Uint16Array;
  readonly session: Float64Array;
  readonly recordedStatus: Uint16Array;
  readonly login: Int32Array;
  /** Id, method, path, name, value, … with a line feed between: none of them can hold one. */
  readonly heads: readonly string[];
  /** Where each body ends in `bodies`; it begins where the one before ends. */
  readonly bodyEnd: Uint32Array;
  readonly bodies: Uint8Array;
}

/** A packet is full with either; a single larger body still goes, alone. */
export const MOST_PACKET_BYTES: number = 1 << 20;
export const MOST_PACKET_REQUESTS = 512;

/** Roughly what a request takes in memory while it waits. */
export function bytesOf({ wire, id }: Planned): number {
  let bytes = 200 + id.length + wire.path.length + (wire.body?.length ?? 0);
  for (const text of wire.headers) bytes += text.length;
  return bytes;
}

export function pack(requests: readonly Planned[]): Packet {
  const count = requests.length;
  const bodyEnd = new Uint32Array(count);
  let bytes = 0;
  for (let i = 0; i < count; i++) {
    bytes += requests[i]!.wire.body?.length ?? 0;
    bodyEnd[i] = bytes;
  }
  const bodies = new Uint8Array(bytes);
  for (let i = 0; i < count; i++) {
    const { body } = requests[i]!.wire;
    if (body !== undefined) bodies.set(body, bodyEnd[i]! - body.length);
  }
  return {
    count,
    dueMs: Float64Array.from(requests, ({ dueMs }) => dueMs),
    sequence: Float64Array.from(requests, ({ sequence }) => sequence),
    endpoint: Uint16Array.from(requests, ({ endpoint }) => endpoint),
    session: Float64Array.from(requests, ({ session }) => session),
    recordedStatus: Uint16Array.from(requests, ({ recordedStatus }) => recordedStatus),
    login: Int32Array.from(requests, ({ login }) => login),
    heads: requests.map(headOf),
    bodyEnd,
    bodies,
  };
}

function headOf({ id, wire: { method, path, headers } }: Planned): string {
  let head = `${id.replaceAll('\n', ' ')}\n${method}\n${path}`;
  for (const text of headers) head += `\n${text}`;
  return head;
}

/** One request out of a packet. */
export function unpack(packet: Packet, index: number): Planned {
  const [id, method, path, ...headers] = packet.heads[index]!.split('\n');
  const start = index === 0 ? 0 : packet.bodyEnd[index - 1]!;
  const end = packet.bodyEnd[index]!;
  const body = end > start ? packet.bodies.subarray(start, end) : undefined;
  return {
    dueMs: packet.dueMs[index]!,
    sequence: packet.sequence[index]!,
    id: id!,
    endpoint: packet.endpoint[index]!,
    session: packet.session[index]!,
    recordedStatus: packet.recordedStatus[index]!,
    login: packet.login[index]!,
    wire: { method: method!, path: path!, headers, body },
  };
}
