/**
 * GoReplay as a source: it sends what it captures to a middleware, and this is one. Each line goes
 * back as it came, so that GoReplay's own outputs have it as well, and is recorded here.
 */
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { LineSplitter } from '../middleware/lines.ts';
import { type GorMessage, parseLine } from '../middleware/protocol.ts';
import { Pseudonyms } from '../redact/pseudonym.ts';
import { unwantedFor } from './capture.ts';
import { epochNs } from './epoch.ts';
import type { Tapped } from './exchange-tap.ts';
import { Unclear } from './head.ts';
import type { OutboxLimits } from './outbox.ts';
import { Recorder } from './recorder.ts';
import type { RecordingOptions, SeenCounts } from './recording.ts';
import { readAnswer, readRequest } from './whole-message.ts';

export interface MiddlewareSourceOptions {
  readonly input: Readable;
  readonly output: Writable;
  readonly recording: Omit<RecordingOptions, 'startedNs'>;
  readonly answers: 'none' | 'head' | 'full';
  readonly mostBodyBytes: number;
  readonly queue: OutboxLimits;
  /** Ends the reading; what was read is written. */
  readonly signal: AbortSignal;
}

/** GoReplay's own limit is 5 MB a message; a line has two digits a byte. */
const MOST_LINE_BYTES = 64 * 1024 * 1024;
/** Requests whose answers may still come. */
const MOST_OPEN = 50_000;
/** Answers whose requests may still come. */
const MOST_EARLY = 200;

/** Records until the input ends. Throws a UsageError where the file cannot be begun. */
export async function captureMiddleware(
  options: MiddlewareSourceOptions,
): Promise<SeenCounts & { readonly recorded: number }> {
  const { input, output, signal } = options;
  const recording = { ...options.recording, startedNs: epochNs() };
  const recorder = await Recorder.start(recording, options.queue);
  const source = new MiddlewareSource(recorder, options);
  const lines = new LineSplitter(MOST_LINE_BYTES);
  // GoReplay that has gone hears no echo; what it has sent is recorded all the same.
  output.on('error', () => {});
  const ended = new Promise<void>((resolve) => {
    input.once('end', resolve).once('error', resolve).once('close', resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  input.on('data', (piece: Buffer) => {
    const all = lines.feed(piece);
    for (const line of all) source.line(line);
    const echo = all.map((line) => `${line}\n`).join('');
    if (echo !== '' && !output.write(echo, 'latin1')) input.pause();
  });
  output.on('drain', () => input.resume());
  await ended;
  input.destroy();
  for (const line of lines.finish()) source.line(line);
  for (let index = 0; index < lines.tooLong; index++) source.malformed('line too long');
  await recorder.close();
  await flushed(output);
  const counts = recorder.counts();
  return { ...counts, recorded: counts.seen - sum(counts.skipped) - sum(counts.lost) };
}

async function flushed(output: Writable): Promise<void> {
  if (output.writableLength > 0 && !output.destroyed) {
    await Promise.race([once(output, 'drain'), once(output, 'close')]).catch(() => {});
  }
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

class MiddlewareSource {
  private readonly recorder: Recorder;
  private readonly options: MiddlewareSourceOptions;
  private readonly unwanted: ReturnType<typeof unwantedFor>;
  private readonly pseudonyms = new Pseudonyms();
  /** Answers that came before their requests: GoReplay keeps no order between the two. */
  private readonly early = new Map<string, GorMessage>();
  /** Methods of the recorded requests, for their answers. */
  private readonly open = new Map<string, string>();

  constructor(recorder: Recorder, options: MiddlewareSourceOptions) {
    this.recorder = recorder;
    this.options = options;
    this.unwanted = unwantedFor(options.recording);
  }

  line(line: string): void {
    if (line.trim() === '') return;
    const message = parseLine(line);
    if (typeof message === 'string') this.malformed(message);
    else if (message.type === 1) this.request(message);
    else this.answer(message);
  }

  malformed(reason: string): void {
    this.recorder.sawRequest();
    this.recorder.skip(reason);
  }

  private request(message: GorMessage): void {
    this.recorder.sawRequest();
    const read = readRequest(message.http);
    if (read instanceof Unclear) {
      this.recorder.skip(read.reason);
      return;
    }
    const id = this.idFor(message.id);
    const unwanted = this.unwanted(read.head, id.slice(0, 16));
    if (unwanted !== undefined) {
      this.recorder.skip(unwanted);
      return;
    }
    if (this.open.size >= MOST_OPEN) this.open.clear();
    this.open.set(message.id, read.head.method);
    this.recorder.take({ type: 'request', id, ...this.parts(message, read) });
    const answer = this.early.get(message.id);
    this.early.delete(message.id);
    if (answer !== undefined) this.answer(answer);
  }

  private answer(message: GorMessage): void {
    const method = this.open.get(message.id);
    if (this.options.answers === 'none' || message.type !== 2) return;
    if (method === undefined) {
      this.keepEarly(message);
      return;
    }
    this.open.delete(message.id);
    const read = readAnswer(message.http, method);
    if (read instanceof Unclear) return;
    const parts = this.parts(message, read);
    const isHead = this.options.answers === 'head' && read.body.length > 0;
    const shown = isHead ? { ...parts, body: undefined, lost: 'not wanted' } : parts;
    this.recorder.take({ type: 'answer', id: this.idFor(message.id), ...shown });
  }

  private keepEarly(message: GorMessage): void {
    if (message.http.length > this.options.mostBodyBytes) return;
    if (this.early.size >= MOST_EARLY) this.early.clear();
    this.early.set(message.id, message);
  }

  private parts<Head>(
    { atNs, latencyNs }: GorMessage,
    { head, body }: { head: Head; body: Buffer },
  ) {
    const isLarge = body.length > this.options.mostBodyBytes;
    const kept: Pick<Tapped, 'body' | 'lost'> = isLarge
      ? { body: undefined, lost: 'body too large' }
      : { body, lost: undefined };
    return { atNs, tookNs: latencyNs, head, bodyBytes: body.length, ...kept };
  }

  /** GoReplay's ids hold the client's address and port: a pseudonym that groups as they do. */
  private idFor(id: string): string {
    const isUsual = /^[0-9a-f]{24}$/.test(id);
    const connection = this.pseudonyms.hex(isUsual ? id.slice(0, 16) : id, 16);
    return connection + (isUsual ? id.slice(16) : '00000000');
  }
}
