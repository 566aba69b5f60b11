/** The shadow's thread: what the shadow does to its connections, it does to this one. */
import { parentPort, workerData } from 'node:worker_threads';
import { type Batch, noteDone, type Progress } from '../capture/outbox.ts';
import { type Copy, Shadow, type ShadowCounts, type ShadowOptions } from './shadow.ts';

export interface ShadowData {
  readonly options: ShadowOptions;
  readonly progress: Progress;
}

export type ToShadow = Batch<Copy> | { readonly type: 'close'; readonly mostMs: number };
export type FromShadow = {
  readonly type: 'counts' | 'closed';
  readonly counts: ShadowCounts;
};

const COUNTS_MS = 250;

// The worker is only ever started with this data.
const { options, progress } = workerData as ShadowData;
const port = parentPort!;
const shadow = new Shadow(options);

const timer = setInterval(() => tell('counts'), COUNTS_MS);

function tell(type: FromShadow['type']): void {
  const message: FromShadow = { type, counts: shadow.counts };
  port.postMessage(message);
}

port.on('message', (message: ToShadow) => {
  if (message.type === 'close') {
    void close(message.mostMs);
    return;
  }
  for (const [index, copy] of message.items.entries()) {
    noteDone(progress, message.sizes[index]!);
    shadow.offer(copy);
  }
});

async function close(mostMs: number): Promise<void> {
  await shadow.close(mostMs);
  clearInterval(timer);
  tell('closed');
  port.close();
}

tell('counts');
