/** The recorder's thread: takes what was seen, redacts and writes it, and says how far it is. */
import { rmSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { UsageError } from '../../simulator/model/usage-error.ts';
import { epochNs } from './epoch.ts';
import type { Tapped } from './exchange-tap.ts';
import { manifestPath, writeManifest } from './manifest.ts';
import { type Batch, noteDone, type Progress } from './outbox.ts';
import { Recording, type RecordingOptions, type SeenCounts } from './recording.ts';

export interface RecorderData {
  readonly options: RecordingOptions;
  readonly progress: Progress;
}

export type ToRecorder =
  | Batch<Tapped>
  | { readonly type: 'counts'; readonly counts: SeenCounts }
  | { readonly type: 'close'; readonly counts: SeenCounts }
  | { readonly type: 'discard' };

export type FromRecorder =
  | { readonly type: 'ready' }
  | { readonly type: 'refused'; readonly reason: string }
  | { readonly type: 'closed' };

const FLUSH_BYTES = 256 * 1024;
const FLUSH_MS = 200;

// The worker is only ever started with this data.
const { options, progress } = workerData as RecorderData;
const port = parentPort!;
const manifest = manifestPath(options.file.path);

function tell(message: FromRecorder): void {
  port.postMessage(message);
}

function begin(): void {
  let recording: Recording | undefined;
  try {
    recording = new Recording(options, Date.now());
    run(recording);
    tell({ type: 'ready' });
  } catch (error) {
    // An empty file would be in the way of the next one.
    recording?.discard();
    tell({ type: 'refused', reason: reasonOf(error) });
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof UsageError) return error.message;
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

function run(recording: Recording): void {
  let counts: SeenCounts = { seen: 0, skipped: {}, lost: {}, answersLost: {} };
  writeManifest(manifest, recording.manifest(counts, 'recording', epochNs()));
  const timer = setInterval(() => recording.flush(Date.now()), FLUSH_MS);
  port.on('message', (message: ToRecorder) => {
    switch (message.type) {
      case 'batch':
        for (const [index, tapped] of message.items.entries()) {
          recording.record(tapped);
          noteDone(progress, message.sizes[index]!);
          if (recording.waitingBytes >= FLUSH_BYTES) recording.flush(Date.now());
        }
        return;
      case 'counts':
        counts = message.counts;
        recording.flush(Date.now());
        saveManifest(recording, counts, 'recording');
        return;
      case 'close':
        clearInterval(timer);
        recording.close(Date.now());
        saveManifest(recording, message.counts, 'complete');
        tell({ type: 'closed' });
        port.close();
        return;
      case 'discard':
        clearInterval(timer);
        recording.discard();
        rmSync(manifest, { force: true });
        tell({ type: 'closed' });
        port.close();
        return;
      default:
        message satisfies never;
    }
  });
}

/** A full disk is no reason to stop: the next one says so. */
function saveManifest(recording: Recording, counts: SeenCounts, state: 'recording' | 'complete') {
  try {
    writeManifest(manifest, recording.manifest(counts, state, epochNs()));
  } catch {
    // The one before stays.
  }
}

begin();
