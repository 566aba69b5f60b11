/** Kills a capture under load at a random moment and looks at what is left of it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { Agent, createServer, request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { listening } from './shadows.ts';

export interface CrashOutcome {
  /** Requests that were answered. */
  readonly answered: number;
  /** Of these, answered more than a second before the end, and not in the file. */
  readonly lostEarly: number;
  /** Answered, whenever, and not in the file. */
  readonly lost: number;
  readonly recorded: number;
  /** Records that are not whole, the beginning of one at the file's end apart. */
  readonly broken: number;
  /** Requests that failed before the end. */
  readonly failed: number;
}

const FLAGS = ['--disable-warning=ExperimentalWarning', 'bin/plimsoll.ts', 'capture'];
const SEPARATOR = '\n🐵🙈🙉\n';
const RECORD =
  /^1 [0-9a-f]{24} \d{19} \d+\nGET \/(\d+) HTTP\/1\.1\r\n(?:[\w-]+: [^\r\n]*\r\n)+\r\n$/;

/**
 * @param perSecond requests, over one second and `aliveMs`
 * @param signal how it ends
 */
export async function crashCapture(
  folder: string,
  { aliveMs, perSecond, signal }: { aliveMs: number; perSecond: number; signal: NodeJS.Signals },
): Promise<CrashOutcome> {
  const upstream = await listening(createServer((_request, answer) => answer.end('fine')));
  const path = join(folder, `${signal}-${Math.round(aliveMs)}-${performance.now()}.gor`);
  const { child, port } = await startCapture(upstream.port, path);
  const answeredAtMs = new Map<number, number>();
  const agent = new Agent({ keepAlive: true, maxSockets: 20 });
  const exited = once(child, 'exit');
  let failed = 0;
  const endMs = performance.now() + aliveMs;
  for (let next = 0; performance.now() < endMs; ) {
    for (let each = 0; each < perSecond / 100; each++) {
      const number = next++;
      get(port, number, agent)
        .then(() => answeredAtMs.set(number, performance.now()))
        .catch(() => {
          if (performance.now() < endMs) failed++;
        });
    }
    await sleep(10);
  }
  child.kill(signal);
  const killedMs = performance.now();
  await exited;
  agent.destroy();
  await upstream.close();
  return { ...judge(path, answeredAtMs, killedMs), failed };
}

async function startCapture(upstreamPort: number, path: string) {
  const upstream = `http://127.0.0.1:${upstreamPort}`;
  const args = ['--listen', '127.0.0.1:0', '--upstream', upstream, '-o', path];
  const child: ChildProcess = spawn(process.execPath, [...FLAGS, ...args, '--answers', 'none'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  for await (const chunk of child.stderr!) {
    said += String(chunk);
    const port = /\(port (\d+)\)/.exec(said)?.[1];
    if (port !== undefined) return { child, port: Number(port) };
  }
  throw new Error(`no capture: ${said}`);
}

function get(port: number, number: number, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    request({ port, path: `/${number}`, agent, host: '127.0.0.1' }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve());
      answer.on('error', reject);
    })
      .on('error', reject)
      .end();
  });
}

function judge(path: string, answeredAtMs: ReadonlyMap<number, number>, killedMs: number) {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  // Behind the last separator there is nothing, or the beginning of a record.
  const records = text.split(SEPARATOR).slice(0, -1);
  const found = records.map((record) => RECORD.exec(record)?.[1]);
  const numbers = new Set(found.map(Number));
  const early = [...answeredAtMs].filter(([, atMs]) => atMs < killedMs - 1000);
  const all = [...answeredAtMs];
  return {
    answered: all.length,
    lostEarly: early.filter(([number]) => !numbers.has(number)).length,
    lost: all.filter(([number]) => !numbers.has(number)).length,
    recorded: numbers.size,
    broken: found.filter((number) => number === undefined).length,
  };
}
