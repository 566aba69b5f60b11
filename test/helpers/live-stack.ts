/** What tests of real stacks have in common. Times are only ever bounded from far above. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import type { Stack } from '../../fixtures/staging/stack.ts';
import type { StagingEventLine, StagingLogLine } from '../../simulator/results/staging-log.ts';

export function logOf({ logPath }: Pick<Stack, 'logPath'>): StagingLogLine[] {
  const lines = readFileSync(logPath, 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as StagingLogLine);
}

export function eventsOf(stack: Stack, instance: string): string[] {
  return logOf(stack)
    .filter((line): line is StagingEventLine => line.type === 'event')
    .filter((line) => line.instance === instance)
    .map(({ event }) => event);
}

export async function until(
  what: string,
  holds: () => unknown,
  patienceMs = 15_000,
): Promise<void> {
  const endMs = performance.now() + patienceMs;
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error(`still waiting: ${what}`);
    await sleep(25);
  }
}

/** Sends at a rate until it is stopped; returns what the answers were, 0 without one. */
export function load(
  url: string,
  perSecond: number,
  path = '/work',
): () => Promise<readonly number[]> {
  const pool = new Pool(url, { connections: null, pipelining: 1 });
  const answers: Promise<number>[] = [];
  const send = async () => {
    try {
      const { statusCode, body } = await pool.request({ method: 'GET', path });
      await body.dump();
      return statusCode;
    } catch {
      return 0;
    }
  };
  const timer = setInterval(() => answers.push(send()), 1000 / perSecond);
  return async () => {
    clearInterval(timer);
    const statuses = await Promise.all(answers);
    await pool.close();
    return statuses;
  };
}

export async function get(url: string): Promise<{ status: number; text: string }> {
  const pool = new Pool(new URL(url).origin);
  try {
    const { statusCode, body } = await pool.request({ method: 'GET', path: new URL(url).pathname });
    return { status: statusCode, text: await body.text() };
  } finally {
    await pool.close();
  }
}
