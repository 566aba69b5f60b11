/** A shadow in a thread of its own: what it does to its processor is its own. */
import { parentPort, workerData } from 'node:worker_threads';
import { type ShadowKind, shadowOf } from './shadows.ts';

const { port } = await shadowOf(workerData as ShadowKind);
parentPort!.postMessage(port);
