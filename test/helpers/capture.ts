/** Captures for tests: as arrays, and as files with a record of JSON a line. */
import { readFileSync } from 'node:fs';
import type { CaptureSource, ReadReport, RecordedRequest } from '../../replay/formats/capture.ts';
import type { OpenCapture } from '../../replay/run/planner.ts';

/** A request with what a test does not care about filled in. */
export function recorded(
  changes: Partial<RecordedRequest> & { readonly atMs?: number } = {},
): RecordedRequest {
  const { atMs = 0, ...given } = changes;
  return {
    atNs: 1_700_000_000_000_000_000n + BigInt(Math.round(atMs * 1e6)),
    id: 'id',
    connection: undefined,
    method: 'GET',
    target: '/',
    headers: ['Host', 'shop.example'],
    body: undefined,
    answer: undefined,
    ...given,
  };
}

/** Opens an array, in batches of some. */
export function captureOf(
  requests: readonly RecordedRequest[],
  report: Partial<ReadReport> = {},
): OpenCapture {
  return () => ({
    format: 'array',
    batches: inBatches(requests),
    report: () => ({
      read: requests.length,
      used: requests.length,
      skipped: {},
      rejected: {},
      examples: [],
      ...report,
    }),
  });
}

async function* inBatches(requests: readonly RecordedRequest[]) {
  for (let i = 0; i < requests.length; i += 100) yield requests.slice(i, i + 100);
}

/** A line of a capture file for tests. */
export interface CaptureLine {
  readonly atMs: number;
  readonly method?: string;
  readonly target?: string;
  readonly headers?: readonly string[];
  readonly body?: string;
  readonly connection?: string;
  readonly id?: string;
  readonly answer?: { readonly status: number; readonly headers: readonly string[] };
}

/** Files with a `CaptureLine` a line; a line that is no JSON is rejected. */
export function openJsonLines(files: readonly string[]): CaptureSource {
  const rejected = { count: 0 };
  const requests: RecordedRequest[] = [];
  for (const file of files) {
    for (const line of readFileSync(file, 'utf8').trim().split('\n')) {
      const parsed = parseLine(line);
      if (parsed === undefined) rejected.count++;
      else requests.push(parsed);
    }
  }
  return {
    format: 'json-lines',
    batches: inBatches(requests),
    report: () => ({
      read: requests.length + rejected.count,
      used: requests.length,
      skipped: {},
      rejected: rejected.count > 0 ? { 'no JSON': rejected.count } : {},
      examples: rejected.count > 0 ? [{ file: files[0]!, offset: 0, reason: 'no JSON' }] : [],
    }),
  };
}

function parseLine(line: string): RecordedRequest | undefined {
  try {
    const { body, answer, ...given }: CaptureLine = JSON.parse(line);
    const answered = answer && { ...answer, body: undefined, latencyNs: undefined };
    return recorded({
      ...given,
      answer: answered,
      body: body === undefined ? undefined : Buffer.from(body),
    });
  } catch {
    return undefined;
  }
}
