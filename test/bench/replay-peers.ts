/**
 * The real GoReplay and vegeta beside `plimsoll replay`, each as a process of its own as users
 * start it, one after the other at the same kind of server. GoReplay and Plimsoll replay one file
 * of Poisson arrivals; vegeta, which knows no recorded times, has its constant rate.
 *
 *     late    arrival at the server − moment in the schedule, less that of the promptest request
 *     drift   median of that over the last fiftieth of the requests − over the first fiftieth
 *     CPU     of the whole process between the first arrival and the last, from /proc
 */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PROJECT } from '../../bin/files.ts';
import { recorded } from '../helpers/capture.ts';
import { gorBytes } from '../helpers/captures.ts';
import { buildPeer } from '../helpers/peers.ts';
import { type CpuSample, cpuRatio, watchCpu } from './process-cpu.ts';
import { BROWSER_HEADERS, poisson } from './replay-load.ts';
import type { Sightings } from './timing-server.ts';

/** A tool that needs so many times the recorded time is stopped: its rate is known by then. */
const MOST_TIMES = 3;

interface Load {
  readonly perSecond: number;
  readonly seconds: number;
  readonly dueMs: readonly number[];
  readonly folder: string;
}

interface Tool {
  readonly name: string;
  /** The moments of its schedule, in ms. */
  readonly dueMs: (load: Load) => readonly number[];
  /** Program and arguments. */
  readonly command: (load: Load, target: string) => readonly [string, ...string[]];
}

export interface PeerRow {
  readonly name: string;
  readonly perSecond: number;
  readonly reachedPerSecond: number;
  readonly seen: number;
  readonly count: number;
  readonly lateMsP50: number;
  readonly lateMsP99: number;
  readonly driftMs: number;
  readonly cpuRatio: number;
  readonly connections: number;
}

const PLIMSOLL: Tool = {
  name: 'plimsoll replay',
  dueMs: ({ dueMs }) => dueMs,
  command: ({ folder }, target) => [
    process.execPath,
    ...['--disable-warning=ExperimentalWarning', join(PROJECT, 'bin', 'plimsoll.ts'), 'replay'],
    ...[join(folder, 'load.gor'), '--target', target, '--output', join(folder, 'results.json')],
  ],
};

function goReplay(path: string): Tool {
  return {
    name: 'GoReplay 1.3.2',
    dueMs: ({ dueMs }) => dueMs,
    command: ({ folder }, target) => [
      path,
      ...['--input-file', join(folder, 'load.gor'), '--output-http', target],
    ],
  };
}

function vegeta(path: string): Tool {
  return {
    name: 'vegeta 12.12.0',
    dueMs: ({ dueMs, perSecond }) => dueMs.map((_, i) => (i * 1000) / perSecond),
    command: ({ folder, perSecond, seconds, dueMs }, target) => {
      const targets = dueMs.map((_, i) =>
        JSON.stringify({ method: 'GET', url: `${target}/at/${i}` }),
      );
      writeFileSync(join(folder, 'targets'), `${targets.join('\n')}\n`);
      return [
        path,
        ...['attack', '-format=json', '-lazy', `-targets=${join(folder, 'targets')}`],
        ...[`-rate=${perSecond}`, `-duration=${seconds}s`, `-output=${join(folder, 'vegeta.bin')}`],
      ];
    },
  };
}

/** Lines of a table: each tool at each rate, or why one is missing. */
export async function benchPeers(rates: readonly number[], seconds: number): Promise<string> {
  const [gor, attack] = [buildPeer('gor'), buildPeer('vegeta')];
  const missing = [
    ...('missing' in gor ? [`without GoReplay: ${gor.missing}`] : []),
    ...('missing' in attack ? [`without vegeta: ${attack.missing}`] : []),
  ];
  const tools = [
    PLIMSOLL,
    ...('path' in gor ? [goReplay(gor.path)] : []),
    ...('path' in attack ? [vegeta(attack.path)] : []),
  ];
  const rows: PeerRow[] = [];
  for (const perSecond of rates) {
    for (const tool of tools) rows.push(await withLoad(perSecond, seconds, tool));
  }
  return [HEAD, ...rows.map(peerLine), ...missing].join('\n');
}

async function withLoad(perSecond: number, seconds: number, tool: Tool): Promise<PeerRow> {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-peers-'));
  try {
    const dueMs = poisson(perSecond * seconds, perSecond);
    const requests = dueMs.map((atMs, i) =>
      recorded({ atMs, id: idOf(i), target: `/at/${i}`, headers: BROWSER_HEADERS }),
    );
    writeFileSync(join(folder, 'load.gor'), gorBytes(requests));
    return await measure(tool, { perSecond, seconds, dueMs, folder });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** As GoReplay's: 24 digits, the first sixteen of them of the connection. */
function idOf(index: number): string {
  return (index % 97).toString(16).padStart(16, '0') + index.toString(16).padStart(8, '0');
}

async function measure(tool: Tool, load: Load): Promise<PeerRow> {
  const count = load.dueMs.length;
  const server = fork(new URL('./timing-server.ts', import.meta.url), [String(count)], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    serialization: 'advanced',
  });
  const [{ port }] = (await once(server, 'message')) as [{ port: number }];
  const all = once(server, 'message');
  const [program, ...args] = tool.command(load, `http://127.0.0.1:${port}`);
  const child = spawn(program, args, { stdio: 'ignore', cwd: load.folder });
  const ended = once(child, 'exit');
  const watch = watchCpu(child.pid!);
  const patience = new AbortController();
  const bound = sleep(1000 * (MOST_TIMES * load.seconds + 5), undefined, {
    signal: patience.signal,
  });
  await Promise.race([all, bound, ended]);
  patience.abort();
  bound.catch(() => {});
  await stop(child, ended);
  const samples = watch.stop();
  const seen = once(server, 'message');
  server.kill('SIGTERM');
  // A first `all` that nobody has waited for is no sighting.
  let [sightings] = (await seen) as [Sightings | 'all'];
  while (sightings === 'all') [sightings] = (await once(server, 'message')) as [Sightings | 'all'];
  return rowOf(tool, load, sightings, samples);
}

/** Asks it to end, and ends it. */
async function stop(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (child.exitCode !== null) return;
  await Promise.race([ended, sleep(500)]);
  child.kill('SIGINT');
  await Promise.race([ended, sleep(3000)]);
  if (child.exitCode === null) child.kill('SIGKILL');
  await ended;
}

function rowOf(
  tool: Tool,
  load: Load,
  { arrivedMs, connections, requests }: Sightings,
  samples: readonly CpuSample[],
): PeerRow {
  const due = tool.dueMs(load);
  const came = [...arrivedMs.keys()].filter((i) => !Number.isNaN(arrivedMs[i]!));
  const offsets = came.map((i) => arrivedMs[i]! - due[i]!);
  const zero = offsets.reduce((least, offset) => Math.min(least, offset), Number.POSITIVE_INFINITY);
  const late = offsets.map((offset) => offset - zero).sort((a, b) => a - b);
  const times = came.map((i) => arrivedMs[i]!).sort((a, b) => a - b);
  const [firstMs, lastMs] = [times[0] ?? Number.NaN, times.at(-1) ?? Number.NaN];
  const some = Math.max(1, Math.ceil(offsets.length / 50));
  return {
    name: tool.name,
    perSecond: load.perSecond,
    reachedPerSecond: (1000 * (came.length - 1)) / (lastMs - firstMs),
    seen: requests,
    count: due.length,
    lateMsP50: quantile(late, 0.5),
    lateMsP99: quantile(late, 0.99),
    driftMs: median(offsets.slice(-some)) - median(offsets.slice(0, some)),
    cpuRatio: cpuRatio(samples, firstMs, lastMs),
    connections,
  };
}

function median(values: readonly number[]): number {
  return quantile(
    [...values].sort((a, b) => a - b),
    0.5,
  );
}

function quantile(sorted: readonly number[], ratio: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(ratio * sorted.length))] ?? Number.NaN;
}

const HEAD =
  'beside others, at the server    asked  reached    seen         ' +
  'late p50 / p99 ms    drift ms    CPU  connections';

function peerLine(row: PeerRow): string {
  const late = [row.lateMsP50, row.lateMsP99].map((ms) => ms.toFixed(2).padStart(8)).join(' / ');
  return [
    row.name.padEnd(26),
    `${row.perSecond}/s`.padStart(10),
    `${Math.round(row.reachedPerSecond)}/s`.padStart(8),
    `${row.seen} of ${row.count}`.padStart(15),
    late,
    row.driftMs.toFixed(2).padStart(11),
    `${(100 * row.cpuRatio).toFixed(0)} %`.padStart(6),
    String(row.connections).padStart(12),
  ].join(' ');
}
