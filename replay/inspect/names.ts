/** Names out of a capture that outlive their record: its writer chose how many and how long. */

/** What stands for all that came when there were too many. */
export const OTHERS = '(others)';

/** Longer than any host (RFC 1035, section 2.3.4). */
const LONGEST = 256;

/** `bounded('GET')` is `GET`; what is longer than any name has an ellipsis for its end. */
export function bounded(name: string): string {
  return name.length <= LONGEST ? name : `${name.slice(0, LONGEST)}…`;
}

/** The same text by itself: what is cut out of a head keeps all of it in memory. */
export function ownText(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le');
}
