/**
 * Requests on their way from the thread that reads to a thread that sends: columns, one block for
 * all heads and one for all bodies. They are handed over, not copied, and none of it is on the heap
 * of the thread that sends before its moment: what waits there is copied by the garbage collector,
 * while somebody waits for a request.
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
  /** Where each head ends in `heads`; it begins where the one before ends. */
  readonly headEnd: Uint32Array;
  /** Id, method, path, name, value, … in UTF-8, a line feed between: none of them can hold one. */
  readonly heads: Uint8Array;
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
  const heads = requests.map(headOf);
  const headEnd = ends(heads, Buffer.byteLength);
  const bodyEnd = ends(requests, ({ wire }) => wire.body?.length ?? 0);
  const packet = {
    count,
    dueMs: new Float64Array(count),
    sequence: new Float64Array(count),
    endpoint: new Uint16Array(count),
    session: new Float64Array(count),
    recordedStatus: new Uint16Array(count),
    login: new Int32Array(count),
    headEnd,
    heads: inOneBlock(heads, headEnd),
    bodyEnd,
    bodies: new Uint8Array(bodyEnd.at(-1) ?? 0),
  };
  for (let i = 0; i < count; i++) put(packet, i, requests[i]!);
  return packet;
}

/** What goes over to another thread as it is, and is gone here. */
export function transferable(packet: Packet): ArrayBuffer[] {
  const { heads, bodies } = packet;
  return [heads.buffer as ArrayBuffer, bodies.buffer as ArrayBuffer];
}

function ends<T>(parts: readonly T[], lengthOf: (part: T) => number): Uint32Array {
  let end = 0;
  return Uint32Array.from(parts, (part) => {
    end += lengthOf(part);
    return end;
  });
}

function inOneBlock(texts: readonly string[], ends: Uint32Array): Uint8Array {
  // Not one of Node's shared slabs: those cannot be handed over.
  const block = Buffer.from(new ArrayBuffer(ends.at(-1) ?? 0));
  for (const [i, text] of texts.entries()) block.write(text, startOf(ends, i));
  return block;
}

function startOf(ends: Uint32Array, index: number): number {
  return index === 0 ? 0 : ends[index - 1]!;
}

function put(packet: Packet, index: number, request: Planned): void {
  packet.dueMs[index] = request.dueMs;
  packet.sequence[index] = request.sequence;
  packet.endpoint[index] = request.endpoint;
  packet.session[index] = request.session;
  packet.recordedStatus[index] = request.recordedStatus;
  packet.login[index] = request.login;
  const { body } = request.wire;
  if (body !== undefined) packet.bodies.set(body, startOf(packet.bodyEnd, index));
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
  const { bodyEnd, headEnd, heads } = packet;
  const [start, end] = [startOf(bodyEnd, index), bodyEnd[index]!];
  const bytes = Buffer.from(heads.buffer, heads.byteOffset, heads.byteLength);
  return {
    dueMs: packet.dueMs[index]!,
    sequence: packet.sequence[index]!,
    endpoint: packet.endpoint[index]!,
    session: packet.session[index]!,
    recordedStatus: packet.recordedStatus[index]!,
    login: packet.login[index]!,
    head: bytes.toString('utf8', startOf(headEnd, index), headEnd[index]!),
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
