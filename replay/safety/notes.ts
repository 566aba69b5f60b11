/**
 * What a capture of Plimsoll's own noted beside a record, in headers that nobody sent: they say how
 * to replay it, and are not sent themselves.
 */
import type { RecordedRequest } from '../formats/capture.ts';
import { DROPPED_HEADER, SESSION_HEADER } from '../redact/redactor.ts';
import type { Step } from '../run/step.ts';
import { headerValue } from '../run/wire.ts';

const NOTE = 'x-plimsoll-';
const DROPPED = DROPPED_HEADER.toLowerCase();
const SESSION = SESSION_HEADER.toLowerCase();

/** Holds back what lost its body to redaction: without it, it would be another request. */
export const withItsBody: Step = (request) =>
  headerValue(request.headers, DROPPED) === undefined ? request : 'its body was not kept';

/** Takes the notes off. */
export const withoutNotes: Step = (request) => {
  const { headers } = request;
  if (!headers.some((text, index) => index % 2 === 0 && isNote(text))) return request;
  const isKept = (_: string, index: number) => !isNote(headers[index - (index % 2)]!);
  return { ...request, headers: headers.filter(isKept) };
};

/**
 * Whose requests belong together: the session that a capture noted, else the connection (of
 * GoReplay's ids, the first 16 digits). Undefined where nobody knows.
 */
export function sessionOf({ headers, connection }: RecordedRequest): string | undefined {
  return headerValue(headers, SESSION) ?? connection;
}

function isNote(name: string): boolean {
  return name.slice(0, NOTE.length).toLowerCase() === NOTE;
}
