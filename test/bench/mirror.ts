/**
 * What mirroring adds to the primary's latency: requests at even times, in turns straight to the
 * primary, through a mirror whose shadow is healthy, and through one whose shadow is not. Primary,
 * shadow and clients have threads of their own; the machine's noise is in all columns alike.
 */
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { type Mirror, startMirror } from '../../replay/mirror/mirror.ts';
import { SHADOWS, type ShadowKind, shadowInThread } from '../helpers/shadows.ts';

export interface MirrorRow {
  readonly shadow: ShadowKind;
  readonly requests: number;
  readonly failed: number;
  readonly directMsP50: number;
  readonly directMsP99: number;
  readonly mirroredMsP50: number;
  readonly mirroredMsP99: number;
  /** Through the same tunnel with every copy skipped: what the tunnel alone costs. */
  readonly tunnelMsP50: number;
  readonly tunnelMsP99: number;
  readonly answered: number;
  readonly failedCopies: number;
  readonly dropped: number;
}

const PER_SECOND = 300;

/** @param seconds a shadow */
export async function benchMirror(seconds: number): Promise<MirrorRow[]> {
  const rows: MirrorRow[] = [];
  for (const kind of SHADOWS) rows.push(await measure(kind, seconds));
  return rows;
}

async function measure(kind: ShadowKind, seconds: number): Promise<MirrorRow> {
  const primary = await shadowInThread('healthy');
  const shadow = await shadowInThread(kind);
  const mirror = await mirrorIn(primary.port, shadow.port);
  const agent = new Agent({ keepAlive: true });
  const took = { direct: [] as number[], tunnel: [] as number[], mirrored: [] as number[] };
  let failed = 0;
  const send = async (series: number[] | undefined, port: number, marked: boolean) => {
    const ms = await get(port, agent, marked).catch(() => {
      failed++;
      return undefined;
    });
    if (ms !== undefined) series?.push(ms);
  };
  const startMs = performance.now();
  const count = seconds * PER_SECOND;
  const pending: Promise<void>[] = [];
  for (let index = 0; index < count; index++) {
    const waitMs = startMs + (index * 1000) / PER_SECOND - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    const isWarm = index > PER_SECOND;
    // In turns, so that a busy moment of the machine meets all of them.
    const turn = index % 3;
    if (turn === 0) pending.push(send(isWarm ? took.direct : undefined, primary.port, false));
    if (turn === 1) pending.push(send(isWarm ? took.tunnel : undefined, mirror.port, true));
    if (turn === 2) pending.push(send(isWarm ? took.mirrored : undefined, mirror.port, false));
  }
  await Promise.all(pending);
  agent.destroy();
  const { skipped: _, dropped, shadow: copies } = await mirror.close();
  await shadow.close();
  await primary.close();
  return {
    shadow: kind,
    requests: count,
    failed,
    directMsP50: quantile(took.direct, 0.5),
    directMsP99: quantile(took.direct, 0.99),
    mirroredMsP50: quantile(took.mirrored, 0.5),
    mirroredMsP99: quantile(took.mirrored, 0.99),
    tunnelMsP50: quantile(took.tunnel, 0.5),
    tunnelMsP99: quantile(took.tunnel, 0.99),
    answered: copies.answered,
    failedCopies: sum(copies.failed),
    dropped: sum(dropped),
  };
}

interface MirrorThread {
  readonly port: number;
  readonly close: () => Promise<ReturnType<Mirror['counts']>>;
}

/** A mirror in a thread of its own, as the command has a process of its own. */
async function mirrorIn(primaryPort: number, shadowPort: number): Promise<MirrorThread> {
  const program = new URL('./mirror-worker.ts', import.meta.url);
  const worker = new Worker(program, { workerData: { primaryPort, shadowPort } });
  const next = <T>() => new Promise<T>((resolve) => worker.once('message', resolve));
  const port = await next<number>();
  return {
    port,
    close: async () => {
      worker.postMessage('close');
      return next<ReturnType<Mirror['counts']>>();
    },
  };
}

/** The mirror as the command starts it. */
export function startBenchMirror(primaryPort: number, shadowPort: number): Promise<Mirror> {
  return startMirror({
    listen: { host: '127.0.0.1', port: 0 },
    primary: { host: '127.0.0.1', port: primaryPort },
    shadow: {
      target: `http://127.0.0.1:${shadowPort}`,
      allowedHosts: [],
      mostInFlight: 64,
      mostWaiting: 1000,
      timeoutMs: 5000,
      mostAnswerBytes: 1_048_576,
      slowMs: 2000,
      openMs: 10_000,
    },
    headers: { runId: 'bench', withCredentials: false, hostSuffix: '-shadow' },
    routes: [],
    ratio: 1,
    sessionBy: [],
    mostBodyBytes: 1_048_576,
    queue: { mostItems: 1000, mostBytes: 33_554_432 },
  });
}

function get(port: number, agent: Agent, marked: boolean): Promise<number> {
  const startedMs = performance.now();
  const headers = marked ? { 'x-plimsoll-run': 'bench' } : {};
  return new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1', path: '/', agent, headers }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(performance.now() - startedMs));
    })
      .on('error', reject)
      .end();
  });
}

function quantile(values: readonly number[], ratio: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * ratio))] ?? Number.NaN;
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

/** The rows as a table. */
export function mirrorTable(rows: readonly MirrorRow[]): string {
  const head =
    'shadow     direct p50/p99   tunnel p50/p99   mirrored p50/p99   failed  ' +
    'copies: answered/failed/dropped';
  const pair = (a: number, b: number) => `${a.toFixed(2)}/${b.toFixed(2)} ms`.padEnd(16);
  const lines = rows.map((row) =>
    [
      row.shadow.padEnd(10),
      pair(row.directMsP50, row.directMsP99),
      pair(row.tunnelMsP50, row.tunnelMsP99),
      pair(row.mirroredMsP50, row.mirroredMsP99).padEnd(18),
      String(row.failed).padEnd(7),
      `${row.answered}/${row.failedCopies}/${row.dropped}`,
    ].join(' '),
  );
  return [head, ...lines].join('\n');
}
