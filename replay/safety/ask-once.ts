/** One small question to the target beside the load: no redirect, no retry, no long answer. */
import type { LookupFunction } from 'node:net';
import { type Dispatcher, Pool } from 'undici';
import { type AllowedHost, guardedConnector } from '../guard.ts';

const TIMEOUT_MS = 5000;

export interface Question {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly mostBytes: number;
}

export interface AskOptions {
  readonly allowedHosts: readonly AllowedHost[];
  readonly lookup?: LookupFunction | undefined;
}

/**
 * Status and body as Latin-1. Throws an Error for no answer within 5 s, and for a longer one.
 *
 * @param target as `checkedTarget` returns it
 */
export async function askOnce(
  target: string,
  question: Question,
  { allowedHosts, lookup }: AskOptions,
): Promise<{ readonly status: number; readonly text: string }> {
  const connect = guardedConnector(allowedHosts, {
    connectTimeoutMs: TIMEOUT_MS,
    ...(lookup && { lookup }),
  });
  const pool = new Pool(new URL(target).origin, { connections: 1, connect });
  try {
    const { mostBytes, method, ...rest } = question;
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const answer = await pool.request({ ...rest, method, signal });
    return { status: answer.statusCode, text: await bounded(answer.body, mostBytes) };
  } finally {
    await pool.destroy();
  }
}

async function bounded(body: Dispatcher.ResponseData['body'], mostBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw new Error(`expected an answer of at most ${mostBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('latin1');
}
