/**
 * The arrivals of a capture, for driving a model with them: JSON lines, a header, then blocks of a
 * thousand arrivals (times as load plans have them, `simulator/traffic/load-plan.ts`, and the
 * endpoint of each), then how many there were and what the endpoints are called: names are known
 * at the end, where several may have become one. Nothing is held but a block.
 *
 *     {"format":"plimsoll-arrivals/1","startNs":"1636397990900000000"}
 *     ["0,1500,…","0,1,…"]
 *     {"arrivals":2,"durationMs":3,"endpoints":["GET /","GET /items/{id}"]}
 */

import { z } from 'zod';
import type { RecordedArrivals } from '../../simulator/model/replayed.ts';
import { UsageError } from '../../simulator/model/usage-error.ts';
import {
  ARRIVALS_PER_BLOCK,
  decodeArrivals,
  encodeArrivals,
} from '../../simulator/traffic/load-plan.ts';
import { sha256Hex } from '../hashes.ts';

export const ARRIVALS_FORMAT = 'plimsoll-arrivals/1';

export class ArrivalsWriter {
  private readonly block = new Float64Array(ARRIVALS_PER_BLOCK);
  private readonly endpoints = new Uint16Array(ARRIVALS_PER_BLOCK);
  private readonly write: (line: string) => void;
  private filled = 0;
  private count = 0;
  private lastMs = 0;

  /** @param write takes a line, with its line feed */
  constructor(write: (line: string) => void) {
    this.write = write;
  }

  /**
   * Ms since the first arrival; in order, what is late comes with the one before it.
   *
   * @param endpoint its place among the names that `end` is given
   */
  add(atMs: number, endpoint: number, startNs: bigint): void {
    if (this.count === 0) {
      this.write(`${JSON.stringify({ format: ARRIVALS_FORMAT, startNs: String(startNs) })}\n`);
    }
    this.lastMs = Math.max(this.lastMs, atMs);
    this.endpoints[this.filled] = endpoint;
    this.block[this.filled++] = this.lastMs;
    this.count++;
    if (this.filled === ARRIVALS_PER_BLOCK) this.flush();
  }

  /** @param durationMs of the capture */
  end(durationMs: number, endpoints: readonly string[]): void {
    this.flush();
    this.write(`${JSON.stringify({ arrivals: this.count, durationMs, endpoints })}\n`);
  }

  private flush(): void {
    const { filled } = this;
    for (const block of encodeArrivals(this.block.subarray(0, filled))) {
      this.write(`${JSON.stringify([block, this.endpoints.subarray(0, filled).join()])}\n`);
    }
    this.filled = 0;
  }
}

const NUMBERS = z.string().regex(/^\d{1,15}(,\d{1,15})*$/, 'expected whole numbers');
const HEADER = z.object({ format: z.literal(ARRIVALS_FORMAT) });
const BLOCK = z.tuple([NUMBERS, NUMBERS]);
const END = z.object({
  arrivals: z.int().min(0),
  durationMs: z.number().min(0),
  endpoints: z.array(z.string()),
});

/**
 * What is in such a file. Throws a UsageError that names file, line and field for text that is
 * none, or not all of it.
 */
export function parseArrivals(file: string, text: string): RecordedArrivals {
  const lines = text.trimEnd().split('\n');
  const last = lines.length - 1;
  parseLine(file, lines, 0, HEADER);
  const end = parseLine(file, lines, last, END);
  const times: number[][] = [];
  const kinds: number[][] = [];
  let count = 0;
  for (let index = 1; index < last; index++) {
    const [block, kind] = parseLine(file, lines, index, BLOCK);
    times.push(decodeArrivals(block));
    kinds.push(kind.split(',').map(Number));
    const place = `${file}, line ${index + 1}`;
    if (times.at(-1)![0]! < (times.at(-2)?.at(-1) ?? 0)) {
      throw new UsageError(
        `${place}, [0]: expected times in order, found one before the last block's`,
      );
    }
    checkBlock(place, times.at(-1)!, kinds.at(-1)!, end.endpoints.length);
    count += times.at(-1)!.length;
  }
  if (count !== end.arrivals) {
    const place = `${file}, line ${last + 1}, arrivals`;
    throw new UsageError(`${place}: expected the ${count} that stand above, found ${end.arrivals}`);
  }
  const names = end.endpoints;
  return {
    digest: sha256Hex(text, 16),
    endpoints: [...new Set(names)],
    select: (endpoint) => {
      const isWanted = (kind: number) => endpoint === undefined || names[kind] === endpoint;
      const timesMs = times.flatMap((block, at) =>
        block.filter((_, i) => isWanted(kinds[at]![i]!)),
      );
      return { timesMs, blocks: encodeArrivals(timesMs) };
    },
  };
}

function checkBlock(place: string, times: number[], kinds: number[], endpoints: number): void {
  if (kinds.length !== times.length) {
    throw new UsageError(
      `${place}, [1]: expected an endpoint for each of ${times.length} arrivals, found ${kinds.length}`,
    );
  }
  const unnamed = kinds.find((kind) => kind >= endpoints);
  if (unnamed !== undefined) {
    throw new UsageError(`${place}, [1]: expected one of ${endpoints} endpoints, found ${unnamed}`);
  }
}

function parseLine<T>(file: string, lines: readonly string[], index: number, schema: z.ZodType<T>) {
  const found = schema.safeParse(jsonOf(lines[index] ?? ''));
  if (found.success) return found.data;
  const { path, message } = found.error.issues[0]!;
  const field = path.length > 0 ? `, ${path.join('.')}` : '';
  throw new UsageError(`${file}, line ${index + 1}${field}: ${problemWords(message)}`);
}

function problemWords(message: string): string {
  return `${message.replace(/^Invalid input: /, '')} (a file that \`workload --arrivals\` wrote has it)`;
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
