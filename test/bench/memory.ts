/** How much memory a run takes: over a long one, and per request inside. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { LongTask } from './long-worker.ts';
import { median } from './rounds.ts';
import { HELD } from './systems.ts';

const LONG_WORKER = new URL('./long-worker.ts', import.meta.url);
const INSIDE_WORKER = fileURLToPath(new URL('./inside-worker.ts', import.meta.url));
const MEBIBYTE = 1024 * 1024;
const [ROWS, SAMPLE_MS, PAIRS] = [10, 200, 5];

/** One long M/M/20 on a worker, watched from here. */
export async function longRun(requests: number): Promise<void> {
  const startMs = performance.now();
  const samples: { seconds: number; mebibytes: number }[] = [];
  const sample = () =>
    samples.push({
      seconds: (performance.now() - startMs) / 1000,
      mebibytes: process.memoryUsage.rss() / MEBIBYTE,
    });
  const timer = setInterval(sample, SAMPLE_MS);
  const workerData: LongTask = { requests };
  const arrived = await new Promise<number>((resolve, reject) => {
    new Worker(LONG_WORKER, { workerData }).once('message', resolve).once('error', reject);
  });
  clearInterval(timer);
  sample();
  console.log(`M/M/20, ρ 0.9: ${arrived} requests in ${samples.at(-1)!.seconds.toFixed(1)} s`);
  console.log('resident memory, most in each tenth of the time:');
  for (let row = 0; row < ROWS; row++) {
    const [from, to] = [row, row + 1].map((edge) => Math.ceil((samples.length * edge) / ROWS));
    const part = samples.slice(from, to);
    if (part.length === 0) continue;
    const most = Math.max(...part.map(({ mebibytes }) => mebibytes));
    console.log(`${part.at(-1)!.seconds.toFixed(1).padStart(7)} s  ${most.toFixed(0)} MiB`);
  }
}

/**
 * What 899 000 more requests inside cost: two runs of the same arrivals, in processes of their own,
 * in which each request stays for 90 s or for 100 ms. Its call has a time-out a fifth later.
 */
export function bytesPerRequest(): string {
  const each = Array.from({ length: PAIRS }, () => {
    const [few, many] = [100, 90_000].map(mostResidentBytes);
    return (many! - few!) / (HELD.perSecond * (90 - 0.1));
  });
  const range = [Math.min(...each), Math.max(...each)].map(Math.round).join('–');
  return `${Math.round(median(each))} bytes per request inside (${PAIRS} pairs: ${range})`;
}

/** With a small young generation: how much garbage lies about would else be most of the noise. */
function mostResidentBytes(stayMs: number): number {
  const flags = ['--max-semi-space-size=1', '--disable-warning=ExperimentalWarning'];
  const args = [...flags, INSIDE_WORKER, String(stayMs)];
  return Number(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}
