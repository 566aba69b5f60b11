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
  const packet = emptyPacket(count, bodyEnd, bodies);
  for (let i = 0; i < count; i++) put(packet, i, requests[i]!);
  return packet;
}

function emptyPacket(count: number, bodyEnd: Uint32Array, bodies: Uint8Array) {
  return {
    count,
    dueMs: new Float64Array(count),
    sequence: new Float64Array(count),
    endpoint: new Uint16Array(count),
    session: new Float64Array(count),
    recordedStatus: new Uint16Array(count),
    login: new Int32Array(count),
    heads: [] as string[],
    bodyEnd,
    bodies,
  };
}

function put(packet: ReturnType<typeof emptyPacket>, index: number, request: Planned): void {
  packet.dueMs[index] = request.dueMs;
  packet.sequence[index] = request.sequence;
  packet.endpoint[index] = request.endpoint;
  packet.session[index] = request.session;
  packet.recordedStatus[index] = request.recordedStatus;
  packet.login[index] = request.login;
  packet.heads.push(headOf(request));
}

function headOf({ id, wire: { method, path, headers } }: Planned): string {
  let head = `${id.replaceAll('\n', ' ')}\n${method}\n${path}`;
  for (const text of headers) head += `\n${text}`;
  return head;
}

/**
 * A request out of its packet, its head still one string: thousands may wait for their turn, and
 * what waits is copied by the garbage collector.
 */
export interface Due {
  readonly dueMs: number;
  readonly sequence: number;
  readonly endpoint: number;
  readonly session: number;
  readonly recordedStatus: number;
  readonly login: number;
  readonly head: string;
  readonly body: Uint8Array | undefined;
}

/** Takes one request out of a packet. */
export function takeOut(packet: Packet, index: number): Due {
  const start = index === 0 ? 0 : packet.bodyEnd[index - 1]!;
  const end = packet.bodyEnd[index]!;
  return {
    dueMs: packet.dueMs[index]!,
    sequence: packet.sequence[index]!,
    endpoint: packet.endpoint[index]!,
    session: packet.session[index]!,
    recordedStatus: packet.recordedStatus[index]!,
    login: packet.login[index]!,
    head: packet.heads[index]!,
    body: end > start ? packet.bodies.subarray(start, end) : undefined,
  };
}

/** As it was planned, when its turn has come. */
export function unpack(due: Due): Planned {
  const { dueMs, sequence, endpoint, session, recordedStatus, login, body } = due;
  const parts = due.head.split('\n');
  const wire = { method: parts[1]!, path: parts[2]!, headers: parts.slice(3), body };
  return { dueMs, sequence, id: parts[0]!, endpoint, session, recordedStatus, login, wire };
}
