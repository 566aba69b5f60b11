/** The files that a replay reads, before it reads them: what is wrong with them, or with whom. */
import { realpathSync, statSync } from 'node:fs';
import { overdue } from '../replay/capture/manifest.ts';
import type { CaptureSource } from '../replay/formats/capture.ts';
import { expandPaths } from '../replay/formats/formats.ts';
import type { OpenCapture } from '../replay/run/planner.ts';
import { UsageError } from '../simulator/model/usage-error.ts';
import { shown } from './files.ts';
import { say } from './progress.ts';

/** Says who should not have them, and which should be gone by now. */
export function warnOfCaptures(patterns: readonly string[], nowMs: number): void {
  const said = new Set<string>();
  for (const path of expandPaths(patterns)) {
    if (isReadableByOthers(path)) {
      say(`${shown(path)} can be read by others; chmod 600 is what a capture should have`);
    }
    const day = overdue(path, nowMs);
    if (day === undefined || said.has(day.manifest)) continue;
    said.add(day.manifest);
    say(`${shown(path)} was to be kept until ${day.retainUntil}; it should have been deleted`);
  }
}

/** A capture is everybody's traffic: nobody else should be able to read it. */
function isReadableByOthers(path: string): boolean {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0;
  return (mode & 0o077) !== 0 && process.platform !== 'win32';
}

/** Throws a UsageError where something would be written in the place of a capture. */
export function keepCaptures(patterns: readonly string[], outputs: readonly string[]): void {
  const captures = new Set(expandPaths(patterns).map(real));
  const taken = outputs.find((path) => captures.has(real(path)));
  if (taken !== undefined) throw new UsageError(`cannot write ${shown(taken)}: it is the capture`);
}

function real(path: string): string {
  return statSync(path, { throwIfNoEntry: false }) === undefined ? path : realpathSync(path);
}

/** The same capture, whose reading ends with the signal's reason. */
export function interruptible(open: OpenCapture, signal: AbortSignal): OpenCapture {
  return async () => {
    const source = await open();
    return { ...source, batches: until(source.batches, signal) };
  };
}

async function* until(batches: CaptureSource['batches'], signal: AbortSignal) {
  for await (const batch of batches) {
    signal.throwIfAborted();
    yield batch;
  }
}
