/** An HTTP message that lies there whole, such as a middleware's, read as one that goes by. */
import {
  type AnswerHead,
  answerFraming,
  type Framing,
  parseAnswerHead,
  parseRequestHead,
  type RequestHead,
  requestFraming,
  Unclear,
} from './head.ts';
import { MessageReader } from './message-reader.ts';

export interface Whole<Head> {
  readonly head: Head;
  /** Without its framing. */
  readonly body: Buffer;
}

/** A request, or why it is none to the last byte. */
export function readRequest(bytes: Uint8Array): Whole<RequestHead> | Unclear {
  return readWhole(bytes, parseRequestHead, requestFraming);
}

/** An answer to a request of this method. */
export function readAnswer(bytes: Uint8Array, method: string): Whole<AnswerHead> | Unclear {
  return readWhole(bytes, parseAnswerHead, (head) => answerFraming(head, method));
}

function readWhole<Head>(
  bytes: Uint8Array,
  parse: (text: string) => Head | Unclear,
  framingOf: (head: Head) => Framing | Unclear,
): Whole<Head> | Unclear {
  let found: Head | undefined;
  let problem: string | undefined;
  let messages = 0;
  const body: Uint8Array[] = [];
  const reader = new MessageReader({
    begin: () => {},
    head: (text) => {
      if (messages > 0) return new Unclear('');
      const head = parse(text);
      const framing = head instanceof Unclear ? head : framingOf(head);
      if (head instanceof Unclear || framing instanceof Unclear) {
        problem = (framing as Unclear).reason;
        return framing;
      }
      found = head;
      return framing;
    },
    body: (part) => body.push(part),
    end: () => {
      messages++;
    },
    dark: (reason) => {
      problem = reason;
    },
  });
  reader.feed(bytes);
  reader.finish();
  if (problem !== undefined) return new Unclear(problem);
  if (found === undefined || messages === 0) return new Unclear('incomplete message');
  return { head: found, body: Buffer.concat(body) };
}
