/** How much memory a run takes: over a long one, and per request inside. */
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { median } from './rounds.ts';
import { HELD } from './systems.ts';

const LONG_WORKER = fileURLToPath(new URL('./long-worker.ts', import.meta.url));
const INSIDE_WORKER = fileURLToPath(new URL('./inside-worker.ts', import.meta.url));
const QUIET = ['--disable-warning=ExperimentalWarning'];
const [ROWS, SAMPLE_MS, PAIRS] = [10, 200, 5];

/** One long M/M/20 in a process of its own, whose resident memory is looked at all the time. */
export async function longRun(requests: number): Promise<void> {
  const startMs = performance.now();
  const samples: { seconds: number; mebibytes: number }[] = [];
  const worker = spawn(process.execPath, [...QUIET, LONG_WORKER, String(requests)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const timer = setInterval(() => {
    const mebibytes = residentMebibytes(worker.pid!);
    if (mebibytes !== undefined)
      samples.push({ seconds: (performance.now() - startMs) / 1000, mebibytes });
  }, SAMPLE_MS);
  const arrived = (await text(worker.stdout)).trim();
  clearInterval(timer);
  if (arrived === '') throw new Error('the long run died');
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

/** From Linux's `/proc`; undefined where there is no such process. */
function residentMebibytes(pid: number): number | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    const kibibytes = /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1];
    return kibibytes === undefined ? undefined : Number(kibibytes) / 1024;
  } catch {
    return undefined;
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
  const flags = ['--max-semi-space-size=1', ...QUIET];
  const args = [...flags, INSIDE_WORKER, String(stayMs)];
  return Number(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}
