/**
 * One line a request, in order of their ends. NDJSON for people and programs; and the twelve
 * columns of vegeta's CSV (`lib/results.go`, NewCSVEncoder), so that `vegeta report` and
 * `vegeta plot` read it. There, a request begins at its intended moment. Neither has secrets in it.
 */
import { Finds } from '../redact/finds.ts';
import { redactTarget } from '../redact/form.ts';
import { redactionOf, USUAL_RULES } from '../redact/rules.ts';
import type { Planned } from './packet.ts';

export interface LogLines {
  readonly ndjson: boolean;
  readonly csv: boolean;
  /** Of the pseudonyms in them; of this run alone. */
  readonly key: Uint8Array;
}

/** How one request ended, in ms. */
export interface LoggedEnd {
  readonly planned: Planned;
  /** What was asked for, without secrets. */
  readonly target: string;
  readonly lateMs: number;
  readonly intendedMs: number;
  readonly serviceMs: number;
  /** 0 without an answer. */
  readonly status: number;
  readonly failure: string | undefined;
  readonly bytesIn: number;
}

/**
 * What a log says of a target: secrets in its path and query are pseudonyms, as in a capture.
 *
 * @param key of the run, so that its threads write one pseudonym for one value
 */
export function loggedTarget(key: Uint8Array): (target: string) => string {
  const redaction = redactionOf(USUAL_RULES, Buffer.from(key));
  const finds = new Finds();
  return (target) => redactTarget(target, redaction, finds);
}

/** `{"seq":0,"id":"a","atMs":12.5,…}` */
export function ndjsonLine(end: LoggedEnd): string {
  const { sequence, id, dueMs, recordedStatus, wire } = end.planned;
  const failure = end.failure === undefined ? '' : `,"failure":${JSON.stringify(end.failure)}`;
  const recorded = recordedStatus === 0 ? '' : `,"recordedStatus":${recordedStatus}`;
  return (
    `{"seq":${sequence},"id":${JSON.stringify(id)},"atMs":${micros(dueMs)},` +
    `"lateMs":${micros(end.lateMs)},"latencyMs":${micros(end.intendedMs)},` +
    `"serviceMs":${micros(end.serviceMs)},"status":${end.status}${recorded},` +
    `"method":${JSON.stringify(wire.method)},"target":${JSON.stringify(end.target)},` +
    `"bytesOut":${wire.body?.length ?? 0},"bytesIn":${end.bytesIn}${failure}}\n`
  );
}

/** A record that was due and is not sent. */
export function ndjsonHeldLine({ sequence, id, dueMs }: Planned, reason: string): string {
  return (
    `{"seq":${sequence},"id":${JSON.stringify(id)},"atMs":${micros(dueMs)},` +
    `"heldBack":${JSON.stringify(reason)}}\n`
  );
}

/** @param startAtMs epoch time of moment 0, a whole number */
export function csvLine(end: LoggedEnd, startAtMs: number, attack: string, origin: string): string {
  const { sequence, dueMs, wire } = end.planned;
  const columns = [
    `${Math.round(startAtMs * 1000 + dueMs * 1000)}000`,
    end.status,
    Math.max(0, Math.round(end.intendedMs * 1e6)),
    wire.body?.length ?? 0,
    end.bytesIn,
    quoted(end.failure ?? (end.status >= 200 && end.status < 400 ? '' : `status ${end.status}`)),
    '',
    quoted(attack),
    sequence,
    wire.method,
    quoted(origin + end.target),
    '',
  ];
  return `${columns.join(',')}\n`;
}

function micros(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

function quoted(text: string): string {
  return /[",\r\n]|^\s/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
