/**
 * `npm run bench -- --replay`: what the replay engine does and costs, against a loopback server in
 * a process of its own.
 *
 *     bar                                  how
 *     lateness p99 ≤ 0.7 ms at 5,000/s     the clock alone, for ≤ 15 % of a core; then the engine
 *     drift ≤ 2 ms                         lateness of the last request
 *     ≥ 40,000/s a core                    requests ÷ CPU time of all threads, books complete
 *     connections ≤ pool + failures        counted by the server
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { Pool } from 'undici';
import { Clock } from '../../replay/clock.ts';
import type { RecordedRequest } from '../../replay/formats/capture.ts';
import type { OpenCapture } from '../../replay/run/planner.ts';
import { replay } from '../../replay/run/replay.ts';
import type { ReplaySummary } from '../../replay/run/summary.ts';
import { Histogram } from '../../simulator/results/histogram.ts';
import { captureOf, recorded } from '../helpers/capture.ts';
import { replayOptions } from '../helpers/replays.ts';
import { BROWSER_HEADERS, poisson } from './replay-load.ts';
import { benchPeers } from './replay-peers.ts';

const RATE = 5000;
const POOL = 64;
export interface ReplaySizes {
  readonly seconds: number;
  /** Requests where as many a second are sent as go. */
  readonly most: number;
}

/** Lines of a table. */
export async function benchReplay({ seconds, most }: ReplaySizes): Promise<string> {
  const lines = [
    `${'what'.padEnd(34)} ${'rate'.padStart(9)}  late p50 / p99 / max ms   drift ms    CPU  connections`,
    await clockLine(seconds),
    await engineLine('engine, recorded times', seconds, {}),
    await engineLine('engine, --precise', seconds, { isPrecise: true }),
    await undiciLine(most),
    await fastestLine(most),
    '',
    await benchPeers([1000, RATE], seconds),
  ];
  return lines.join('\n');
}

async function clockLine(seconds: number): Promise<string> {
  const clock = new Clock();
  const times = poisson(RATE * seconds, RATE);
  const lateness = new Histogram();
  const startMs = clock.nowMs() + 100;
  const cpu = process.cpuUsage();
  for (let i = 0; i < times.length; ) {
    await clock.wakeAt(startMs + times[i]!);
    const nowMs = clock.nowMs() - startMs;
    for (; i < times.length && times[i]! <= nowMs; i++) lateness.record(nowMs - times[i]!);
  }
  const { user, system } = process.cpuUsage(cpu);
  const ratio = (user + system) / 1000 / (clock.nowMs() - startMs);
  await clock.close();
  return row('clock alone, nothing sent', RATE, lateness, undefined, ratio, '–');
}

async function engineLine(
  name: string,
  seconds: number,
  changes: { readonly isPrecise?: boolean },
): Promise<string> {
  const requests = poisson(RATE * seconds, RATE).map((atMs, i) => requestAt(atMs, i));
  const { summary, seen } = await measure(captureOf(requests), { ...changes });
  const lateness = new Histogram().merge(summary.latenessMs);
  const { sent, elapsedMs, cpuMs, driftMs } = summary;
  const rate = (1000 * sent) / elapsedMs;
  return row(name, rate, lateness, driftMs, cpuMs / elapsedMs, String(seen.connections));
}

/** A closed loop: each of 64 recorded connections sends its next request after an answer. */
async function fastestLine(most: number): Promise<string> {
  const requests = Array.from({ length: most }, (_, i) => ({
    ...requestAt(i / 60, i),
    connection: `client ${i % POOL}`,
  }));
  const caps = { mostInFlight: 2 * most };
  const { summary, seen } = await measure(captureOf(requests), { caps, keepsOrder: true });
  const { records, sent, failed, heldBack, cpuMs, elapsedMs } = summary;
  const all = sent + total(failed) + total(heldBack);
  if (all !== records || seen.requests !== sent) throw new Error('the books do not balance');
  if (seen.connections > POOL) throw new Error(`${seen.connections} connections`);
  return fastRow('engine, as fast as it goes', sent, elapsedMs, cpuMs, seen.connections);
}

/** What the layer below can do here, at this hour. */
async function undiciLine(most: number): Promise<string> {
  const { server, target } = await startServer();
  const pool = new Pool(target, { connections: POOL, pipelining: 1 });
  const [startMs, cpu] = [performance.now(), process.cpuUsage()];
  let started = 0;
  let ended = 0;
  await new Promise<void>((resolve) => {
    const next = () => {
      if (started++ >= most) return;
      pool.dispatch(
        { method: 'GET', path: '/items/1?page=2', headers: [...BROWSER_HEADERS] },
        {
          onRequestStart() {},
          onResponseStart() {},
          onResponseData() {},
          onResponseEnd() {
            if (++ended === most) resolve();
            else next();
          },
          onResponseError() {},
        },
      );
    };
    for (let i = 0; i < POOL; i++) next();
  });
  const { user, system } = process.cpuUsage(cpu);
  const elapsedMs = performance.now() - startMs;
  await pool.destroy();
  server.kill('SIGTERM');
  return fastRow('undici dispatch alone', most, elapsedMs, (user + system) / 1000, POOL);
}

function fastRow(
  name: string,
  sent: number,
  elapsedMs: number,
  cpuMs: number,
  pool: number,
): string {
  const rate = perSecond((1000 * sent) / elapsedMs);
  const aCore = Math.round((1000 * sent) / cpuMs);
  return `${name.padEnd(34)} ${rate}  ${aCore} requests a CPU second, ${pool} connections`;
}

function requestAt(atMs: number, index: number): RecordedRequest {
  return recorded({
    atMs,
    id: String(index),
    connection: String(index % 97),
    target: `/items/${index % 1000}?page=${index % 7}`,
    headers: BROWSER_HEADERS,
  });
}

interface Seen {
  readonly connections: number;
  readonly requests: number;
}

async function measure(
  open: OpenCapture,
  changes: Partial<Parameters<typeof replayOptions>[0]>,
): Promise<{ readonly summary: ReplaySummary; readonly seen: Seen }> {
  const { server, target } = await startServer();
  const options = { ...replayOptions({ target, ...changes }), startShard: undefined };
  const { summary } = await replay(open, options);
  const seen = told<Seen>(server);
  server.kill('SIGTERM');
  return { summary, seen: await seen };
}

async function startServer(): Promise<{ readonly server: ChildProcess; readonly target: string }> {
  const server = fork(new URL('./loopback-server.ts', import.meta.url), {
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  const { port } = await told<{ port: number }>(server);
  return { server, target: `http://127.0.0.1:${port}` };
}

async function told<T>(server: ChildProcess): Promise<T> {
  const [message] = await once(server, 'message');
  return message as T;
}

function row(
  name: string,
  rate: number,
  lateness: Histogram,
  driftMs: number | null | undefined,
  cpuRatio: number,
  connections: string,
): string {
  const late = [0.5, 0.99].map((q) => lateness.quantile(q)).concat(lateness.max);
  const shown = late.map((ms) => ms.toFixed(2).padStart(6)).join(' / ');
  const drift = (driftMs === undefined || driftMs === null ? '–' : driftMs.toFixed(2)).padStart(8);
  const cpu = `${(100 * cpuRatio).toFixed(0)} %`.padStart(6);
  return `${name.padEnd(34)} ${perSecond(rate)}  ${shown}   ${drift} ${cpu}  ${connections.padStart(11)}`;
}

function perSecond(rate: number): string {
  return `${Math.round(rate)}/s`.padStart(9);
}

function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
