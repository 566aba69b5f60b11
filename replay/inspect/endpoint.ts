/** Which endpoint a request goes to: its path without what differs from one thing to the next. */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** Words such as `facade` are hexadecimal, too: there must be a digit. */
const HEX = /^(?=.*\d)(?:0x)?[0-9a-f]{8,}$/i;
const CODED = /^[\w-]{12,}={0,2}$/;
const LONGEST_SEGMENT = 100;
const MOST_SEGMENTS = 20;
const MOST_CHARACTERS = 2000;

/**
 * Folds ids of a request's target into `:id`: numbers, UUIDs, hexadecimal and base64 words, mail
 * addresses, and what is too long to be anybody's name for an endpoint. The query, and parameters
 * behind a `;`, are left out.
 *
 * `endpointOf('/users/42/orders/3f2504e0-4f89-11d3-9a0c-0305e82c3301.json?q=a')` is
 * `/users/:id/orders/:id.json`.
 */
export function endpointOf(target: string): string {
  const start = pathStart(target);
  const end = target.slice(start, start + MOST_CHARACTERS).search(/[?#]/);
  const path = target.slice(start, end < 0 ? start + MOST_CHARACTERS : start + end);
  const segments = path.split('/', MOST_SEGMENTS + 1);
  const folded = segments.slice(0, MOST_SEGMENTS).map(foldSegment);
  if (segments.length > MOST_SEGMENTS) folded.push('…');
  return folded.join('/') || '/';
}

/** Behind the host of an absolute form, as proxies see it. */
function pathStart(target: string): number {
  const scheme = /^https?:\/\//i.exec(target)?.[0].length;
  if (scheme === undefined) return 0;
  const slash = target.indexOf('/', scheme);
  return slash < 0 ? target.length : slash;
}

function foldSegment(segment: string): string {
  const semicolon = segment.indexOf(';');
  const bare = semicolon < 0 ? segment : segment.slice(0, semicolon);
  if (isId(bare)) return ':id';
  const dot = bare.lastIndexOf('.');
  const extension = bare.slice(dot);
  return dot > 0 && extension.length <= 6 && isId(bare.slice(0, dot)) ? `:id${extension}` : bare;
}

function isId(segment: string): boolean {
  if (/^-?\d+$/.test(segment) || UUID.test(segment) || HEX.test(segment)) return true;
  if (segment.length > LONGEST_SEGMENT || /@|%40/.test(segment)) return true;
  return CODED.test(segment) && isCoded(segment);
}

/** Mixed as nobody names things: capitals, small letters and digits, or letters full of digits. */
function isCoded(segment: string): boolean {
  const digits = segment.replace(/\D/g, '').length;
  if (digits === 0 || !/[A-Za-z]/.test(segment)) return false;
  if (/[a-z]/.test(segment) && /[A-Z]/.test(segment)) return true;
  return !segment.includes('-') && !segment.includes('_') && digits * 4 >= segment.length;
}
