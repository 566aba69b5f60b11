/**
 * Traffic that comes when a capture's came. The times are data: whoever parses a model hands in how
 * files are read, and the model has all of it, so that a run can be had again from its own output.
 */
import type { ReplayedArrivals } from './arrival-settings.ts';
import type { ModelDocument, ReplayedDocument } from './model-document.ts';
import { type Complaint, mismatch, unknown } from './problem.ts';
import { formatCount, formatDuration, parseDuration } from './units.ts';
import { UsageError } from './usage-error.ts';

/** What a file of arrivals has in it. */
export interface RecordedArrivals {
  /** Of the file's text. */
  readonly digest: string;
  /** Endpoints that were asked for, such as `GET /items/{id}`. */
  readonly endpoints: readonly string[];
  /** Times in ms since the first arrival, of one endpoint or of all, and as `encodeArrivals` has them. */
  readonly select: (endpoint: string | undefined) => {
    readonly timesMs: ArrayLike<number>;
    readonly blocks: readonly string[];
  };
}

/**
 * @param file as the model names it
 * @param path of the value that names it, such as `['traffic', 'guests', 'arrivals', 'replayed']`
 * @returns what is in it; throws a UsageError where it is no such file
 */
export type ReadArrivals = (file: string, path: readonly string[]) => RecordedArrivals;

export interface Replayed {
  readonly byTraffic: ReadonlyMap<string, ReplayedArrivals>;
  readonly complaints: readonly Complaint[];
}

/** All replayed arrivals of a document that has passed schema and rules. */
export function readReplayed(document: ModelDocument, read: ReadArrivals): Replayed {
  const byTraffic = new Map<string, ReplayedArrivals>();
  const complaints: Complaint[] = [];
  const durationMs = parseDuration(document.duration) ?? 0;
  for (const [name, { arrivals }] of Object.entries(document.traffic)) {
    if (typeof arrivals !== 'object' || !('replayed' in arrivals)) continue;
    const path = ['traffic', name, 'arrivals'];
    const found = replayedOf(arrivals, durationMs, path, read);
    if ('message' in found) complaints.push(found);
    else byTraffic.set(name, found);
  }
  return { byTraffic, complaints };
}

function replayedOf(
  { replayed: file, speed = 1, only }: ReplayedDocument,
  durationMs: number,
  path: readonly string[],
  read: ReadArrivals,
): ReplayedArrivals | Complaint {
  const at = [...path, 'replayed'];
  const recorded = readOr(() => read(file, at), at);
  if ('message' in recorded) return recorded;
  if (only !== undefined && !recorded.endpoints.includes(only)) {
    return unknown('endpoint', [...path, 'only'], only, recorded.endpoints.slice(0, 20));
  }
  const { timesMs, blocks } = recorded.select(only);
  const count = countBefore(timesMs, durationMs * speed);
  if (count === 0) {
    const found = `none of ${formatCount(timesMs.length)}`;
    return mismatch(at, `an arrival within ${formatDuration(durationMs)}`, found);
  }
  return {
    type: 'replayed',
    file: file.replace(/^.*[/\\]/, ''),
    digest: recorded.digest,
    speed,
    ...(only !== undefined && { only }),
    count,
    left: timesMs.length - count,
    blocks,
  };
}

function readOr(
  read: () => RecordedArrivals,
  path: readonly string[],
): RecordedArrivals | Complaint {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const complaint = mismatch(path, 'a file of arrivals', error.message);
    return { ...complaint, message: error.message };
  }
}

/** Times in order that lie before a moment. */
function countBefore(timesMs: ArrayLike<number>, endMs: number): number {
  let low = 0;
  let high = timesMs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (timesMs[middle]! < endMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
