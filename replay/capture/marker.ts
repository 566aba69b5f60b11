/**
 * What Plimsoll sends says so: traffic with this mark is not captured and not mirrored once more,
 * so that no loop closes and no replay is taken for users.
 */

/** The header's name in lower case; its value tells the run. */
export const MARKER = 'x-plimsoll-run';
const MARKERS: ReadonlySet<string> = new Set([MARKER, 'x-plimsoll-replay']);

/** Whether headers (name, value, …) carry the mark. */
export function isMarked(headers: readonly string[]): boolean {
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index]!;
    // Cheap for the many headers that are none of these.
    if ((name.charCodeAt(0) | 32) === 120 && MARKERS.has(name.toLowerCase())) return true;
  }
  return false;
}
