/**
 * How fast captures are read: MB of file a second of CPU time, beside a naive scan of the same
 * bytes that looks for separators only, in alternating rounds.
 */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readGor } from '../../replay/formats/gor/read.ts';
import { gorBytes, shopRequests } from '../helpers/captures.ts';
import { median } from './rounds.ts';

const ROUNDS = 5;
const SEPARATOR = Buffer.from('\n🐵🙈🙉\n');
const BROWSER =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120 Safari/537';
/** As a browser sends them. */
const HEADERS = [
  ...['Host', 'shop.example', 'User-Agent', BROWSER, 'Accept-Language', 'en-US,en;q=0.5'],
  ...['Accept', 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8'],
  ...['Accept-Encoding', 'gzip, deflate, br', 'Connection', 'keep-alive'],
  ...['Referer', 'https://shop/'],
];
/** Each with a cookie of its own. */
const BROWSERS = 300;
const BODY = Buffer.alloc(2048, '{"name":"a thing","price":1234},');

/** Writes so many MB, and says how many there are. */
function write(path: string, megabytes: number, hasAnswers: boolean): number {
  const file = openSync(path, 'w');
  const block = shopRequests(2000, 1000, 5).map((request, index) => {
    const seen = ((index * 7919) % BROWSERS).toString(16).padStart(32, '0123456789abcdef');
    const cookie = ['Cookie', `theme=dark; seen=${seen}`];
    const headers = [...HEADERS, ...cookie, ...request.headers.slice(6)];
    const length = ['Content-Type', 'application/json', 'Content-Length', String(BODY.length)];
    const answer = { ...request.answer!, headers: length, body: BODY };
    return { ...request, headers, answer: hasAnswers ? answer : undefined };
  });
  const lastNs = block.at(-1)!.atNs - block[0]!.atNs + 1_000_000_000n;
  for (let times = 0n, written = 0; written < megabytes * 1e6; times++) {
    const later = block.map((request) => ({ ...request, atNs: request.atNs + times * lastNs }));
    written += writeSync(file, gorBytes(later));
  }
  closeSync(file);
  return statSync(path).size / 1e6;
}

/** Records of a file by a look for separators, and nothing else. */
function scan(path: string): number {
  const file = openSync(path, 'r');
  const buffer = Buffer.allocUnsafe(1024 * 1024);
  let records = 0;
  for (let read = readSync(file, buffer); read > 0; read = readSync(file, buffer)) {
    const bytes = buffer.subarray(0, read);
    for (let at = bytes.indexOf(SEPARATOR); at >= 0; at = bytes.indexOf(SEPARATOR, at + 14)) {
      records++;
    }
  }
  closeSync(file);
  return records;
}

async function read(path: string): Promise<number> {
  const source = readGor([path]);
  let requests = 0;
  for await (const batch of source.batches) requests += batch.length;
  const { used, read: all } = source.report();
  if (used !== all || requests === 0) throw new Error('expected every record to be used');
  return used;
}

async function seconds(work: () => unknown): Promise<number> {
  const before = process.threadCpuUsage();
  await work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1e6;
}

/** Prints a line for each kind of file, and what memory it took. */
export async function benchCaptures(megabytes: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-bench-'));
  try {
    for (const hasAnswers of [true, false]) {
      console.log(await benchFile(join(folder, 'bench.gor'), megabytes, hasAnswers));
    }
    console.log(`at most ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB of memory`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function benchFile(path: string, size: number, hasAnswers: boolean): Promise<string> {
  const megabytes = write(path, size, hasAnswers);
  const rates: { ours: number; naive: number }[] = [];
  let records = 0;
  for (let round = 0; round <= ROUNDS; round++) {
    const naive = megabytes / (await seconds(() => scan(path)));
    const ours = await seconds(async () => {
      records = await read(path);
    });
    // The first round warms up.
    if (round > 0) rates.push({ ours: megabytes / ours, naive });
  }
  const bytes = (megabytes * 1e6) / records;
  const ours = median(rates.map((rate) => rate.ours));
  const ratio = median(rates.map((rate) => rate.naive / rate.ours));
  const what = hasAnswers ? 'requests and answers' : 'requests alone';
  return (
    `gor, ${what} (${bytes.toFixed(0)} bytes each): ${ours.toFixed(0)} MB/s, ` +
    `${(ours / bytes).toFixed(2)} M records/s; a naive scan is ${ratio.toFixed(1)} times as fast`
  );
}
