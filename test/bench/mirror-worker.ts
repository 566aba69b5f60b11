/** A mirror in a thread of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import { startBenchMirror } from './mirror.ts';

// The worker is only ever started with this data.
const { primaryPort, shadowPort } = workerData as { primaryPort: number; shadowPort: number };
const mirror = await startBenchMirror(primaryPort, shadowPort);
parentPort!.postMessage(mirror.port);
parentPort!.once('message', async () => {
  await mirror.close(500);
  parentPort!.postMessage(mirror.counts());
});
