/** The files that a replay reads: kept from being written over, and left when it is interrupted. */
import { realpathSync, statSync } from 'node:fs';
import type { CaptureSource } from '../replay/formats/capture.ts';
import { expandPaths } from '../replay/formats/formats.ts';
import type { OpenCapture } from '../replay/run/planner.ts';
import { UsageError } from '../simulator/model/usage-error.ts';
import { shown } from './files.ts';

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
