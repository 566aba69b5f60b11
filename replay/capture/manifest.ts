/**
 * What lies beside a capture and says what is in it, what is not, and until when it may be kept.
 *
 *     requests.seen = requests.recorded + all of requests.skipped + all of requests.lost
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { placeOf } from '../beside.ts';
import type { WrittenFile } from './capture-file.ts';

export interface Counts {
  readonly [reason: string]: number;
}

export interface CaptureManifest {
  readonly format: 'plimsoll-capture/1';
  readonly version: string;
  /** `recording` in a file that nobody has closed: the process was killed, or is still there. */
  readonly state: 'recording' | 'complete';
  /** Such as `127.0.0.1:8080 → 127.0.0.1:9000`. */
  readonly source: string;
  readonly startedAt: string;
  /** When it was last written. */
  readonly writtenAt: string;
  /** After this day it should be deleted. */
  readonly retainUntil: string;
  /** First and last request's arrival; absent without any. */
  readonly window?: { readonly fromNs: string; readonly toNs: string };
  readonly files: readonly WrittenFile[];
  readonly requests: {
    readonly seen: number;
    readonly recorded: number;
    /** Not wanted, or not readable, by reason. */
    readonly skipped: Counts;
    /** Wanted, and not written, by reason. */
    readonly lost: Counts;
  };
  readonly answers: { readonly recorded: number; readonly lost: Counts };
  readonly hosts: Counts;
  readonly methods: Counts;
  readonly redaction: {
    readonly isOn: boolean;
    readonly replaced: Counts;
    readonly headersDropped: number;
    readonly bodiesDropped: Counts;
  };
  readonly sampledRatio: number;
  /** What went wrong last, if it still does. */
  readonly failure?: string;
}

/** `req.gor` and `req.gor.gz` → `req.manifest.json`. */
export function manifestPath(path: string): string {
  return `${path.replace(/(\.gor)?(\.gz)?$/, '')}.manifest.json`;
}

/** Written beside and renamed, mode 0600. Throws what the file system says. */
export function writeManifest(path: string, manifest: CaptureManifest): void {
  const { path: beside, flag, finish, discard } = placeOf(path);
  try {
    writeFileSync(beside, `${JSON.stringify(manifest, undefined, 2)}\n`, { mode: 0o600, flag });
    finish();
  } catch (error) {
    discard();
    throw error;
  }
}

export interface Overdue {
  readonly manifest: string;
  readonly retainUntil: string;
}

/** The day after which a capture should have been deleted, where that day is over. */
export function overdue(path: string, nowMs: number): Overdue | undefined {
  const whole = path.replace(/_\d+(?=(\.gor|\.gz)?$)/, '');
  for (const manifest of new Set([manifestPath(path), manifestPath(whole)])) {
    const retainUntil = retentionIn(manifest);
    // That day itself is still allowed.
    const endMs = retainUntil === undefined ? Number.NaN : Date.parse(retainUntil) + 86_400_000;
    if (retainUntil !== undefined && endMs <= nowMs) return { manifest, retainUntil };
  }
  return undefined;
}

/** Undefined where there is no manifest, or it is another tool's. */
function retentionIn(manifest: string): string | undefined {
  try {
    const { format, retainUntil }: Partial<CaptureManifest> = JSON.parse(
      readFileSync(manifest, 'utf8'),
    );
    const isOurs = format === 'plimsoll-capture/1' && typeof retainUntil === 'string';
    return isOurs && /^\d{4}-\d{2}-\d{2}$/.test(retainUntil) ? retainUntil : undefined;
  } catch {
    return undefined;
  }
}

const MOST_KEYS = 100;
const OTHERS = '(others)';

/** Counts names that come from the traffic: a bounded number, and nothing in them but a host's. */
export class NameCounts {
  private readonly counts = new Map<string, number>();

  add(name: string): void {
    const isOdd = !/^[\w.:[\]-]{1,128}$/.test(name);
    const isNew = !this.counts.has(name) && this.counts.size >= MOST_KEYS;
    const key = isOdd || isNew ? OTHERS : name;
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }

  all(): Counts {
    return Object.fromEntries(this.counts);
  }
}
