/**
 * `npm run bench -- --logs`: lines of a combined log a second, beside the parser that is written in
 * ten minutes (split, one regular expression, Date.parse), in alternating rounds. Both give the
 * same requests; ours in the order of arrival, spread inside the second, with its books kept.
 */
import { combined } from '../../replay/formats/logs/combined.ts';
import { stream } from '../../simulator/engine/random.ts';

const CHUNK = 256 * 1024;
const LINE =
  /^(\S+) \S+ \S+ \[([^\]]+)\] "(\S+) (\S+) (HTTP\/[\d.]+)" (\d{3}) (\S+) "([^"]*)" "([^"]*)"/;
const AGENTS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148',
  'Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0',
  'curl/8.7.1',
];

export interface AccessLogBench {
  readonly lines: number;
  readonly bytesPerLine: number;
  /** Lines a second of CPU time, one of each a round. */
  readonly ours: readonly number[];
  readonly regex: readonly number[];
}

/** @param perSecond requests a second of the made-up site */
export function makeAccessLog(lines: number, perSecond: number): Buffer {
  const random = stream(1, 0, 'bench', 'access-log');
  const blocks: Buffer[] = [];
  let block = '';
  for (let i = 0; i < lines; i++) {
    const second = Math.floor(i / perSecond);
    const [hh, mm, ss] = [second / 3600, (second / 60) % 60, second % 60].map((part) =>
      String(Math.floor(part)).padStart(2, '0'),
    );
    const client = `10.${random.below(4)}.${random.below(16)}.${random.below(250)}`;
    // A tenth of all paths has been seen before by nobody.
    const item = random.below(10) === 0 ? random.below(1e9) : random.below(2000);
    block +=
      `${client} - - [10/Oct/2025:${hh}:${mm}:${ss} +0000] "GET /items/${item}?page=${random.below(3)} ` +
      `HTTP/1.1" 200 ${random.below(90_000)} "https://shop.example/list" "${AGENTS[random.below(4)]}"\n`;
    // All of them together would be longer than a string can be.
    if (block.length < CHUNK && i < lines - 1) continue;
    blocks.push(Buffer.from(block, 'latin1'));
    block = '';
  }
  return Buffer.concat(blocks);
}

async function* chunks(log: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < log.length; at += CHUNK) yield log.subarray(at, at + CHUNK);
}

async function readOurs(log: Buffer): Promise<number> {
  let count = 0;
  for await (const batch of combined.read({ file: 'bench', bytes: chunks(log) }).batches) {
    count += batch.length;
  }
  return count;
}

async function readByRegex(log: Buffer): Promise<number> {
  let count = 0;
  let rest = '';
  for await (const chunk of chunks(log)) {
    const lines = (rest + Buffer.from(chunk).toString('latin1')).split('\n');
    rest = lines.pop()!;
    for (const line of lines) if (byRegex(line) !== undefined) count++;
  }
  return count;
}

function byRegex(line: string): object | undefined {
  const match = LINE.exec(line);
  if (match === null) return undefined;
  const [, client, stamp = '', method, target, , status, , referer, agent] = match;
  const [day, month, rest = ''] = stamp.split('/');
  const time = Date.parse(`${day} ${month} ${rest.replace(':', ' ')}`);
  const atNs = BigInt(time) * 1_000_000n;
  const headers = ['Referer', referer, 'User-Agent', agent];
  return { atNs, connection: client, method, target, headers, answer: { status: Number(status) } };
}

/** `combined log: 2.41 M lines/s (466 MB/s), 2.9 times the 0.83 M of one regular expression` */
export function accessLogLine({ bytesPerLine, ours, regex }: AccessLogBench): string {
  const [mine, theirs] = [median(ours), median(regex)];
  const megabytes = ((mine * bytesPerLine) / 1e6).toFixed(0);
  return (
    `combined log, lines of ${bytesPerLine.toFixed(0)} bytes: ${millions(mine)} lines/s ` +
    `(${megabytes} MB/s), ${(mine / theirs).toFixed(1)} times the ${millions(theirs)} of ` +
    'one regular expression'
  );
}

function median(rates: readonly number[]): number {
  return rates.toSorted((a, b) => a - b)[rates.length >> 1]!;
}

function millions(rate: number): string {
  return `${(rate / 1e6).toFixed(2)} M`;
}

/** Measures both, `rounds` times in turn. */
export async function benchAccessLog(lines: number, rounds: number): Promise<AccessLogBench> {
  const log = makeAccessLog(lines, 5000);
  const [ours, regex]: [number[], number[]] = [[], []];
  for (let round = -1; round < rounds; round++) {
    const [mine, theirs] = [await rate(readOurs, log, lines), await rate(readByRegex, log, lines)];
    if (round < 0) continue;
    ours.push(mine);
    regex.push(theirs);
  }
  return { lines, bytesPerLine: log.length / lines, ours, regex };
}

async function rate(
  read: (log: Buffer) => Promise<number>,
  log: Buffer,
  lines: number,
): Promise<number> {
  const before = process.cpuUsage();
  const count = await read(log);
  const { user, system } = process.cpuUsage(before);
  if (count !== lines) throw new Error(`read ${count} of ${lines} lines`);
  return lines / ((user + system) / 1e6);
}
