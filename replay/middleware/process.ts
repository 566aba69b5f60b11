/**
 * A middleware of GoReplay as it is: a process that gets messages on its standard input, and whose
 * standard output is what goes on. What it does not give back is dropped. Its standard error is its
 * log.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { UsageError } from '../../simulator/model/usage-error.ts';
import { LineSplitter } from './lines.ts';
import { formatLine, type GorMessage, parseLine } from './protocol.ts';

export interface MiddlewareEvents {
  readonly onMessage: (message: GorMessage) => void;
  /** A piece of its log. */
  readonly onLog: (text: string) => void;
}

export interface MiddlewareCounts {
  sent: number;
  returned: number;
  /** Lines that were no messages, by reason. */
  readonly malformed: Record<string, number>;
}

/** Between a polite end and the other one. */
const LAST_MS = 1000;
const MOST_LINE_BYTES = 64 * 1024 * 1024;
/** What waits for a process that reads slowly. */
const MOST_WAITING_BYTES = 64 * 1024 * 1024;
/** More lines than that, and than it was sent, are no messages: it is no middleware. */
const MOST_MALFORMED = 10_000;

export class MiddlewareProcess {
  readonly counts: MiddlewareCounts = { sent: 0, returned: 0, malformed: {} };
  /** How it ended, once it has. */
  exit: string | undefined;
  private readonly child: ChildProcess;
  private readonly lines = new LineSplitter(MOST_LINE_BYTES);
  private readonly events: MiddlewareEvents;
  private readonly closed: Promise<unknown>;
  private malformedCount = 0;
  private quiet: NodeJS.Timeout | undefined;
  private last: NodeJS.Timeout | undefined;

  private constructor(child: ChildProcess, events: MiddlewareEvents) {
    this.child = child;
    this.events = events;
    // Whatever ends this process, it has nobody to work for any more.
    const kill = () => child.kill('SIGKILL');
    process.once('exit', kill);
    this.closed = once(child, 'close').then(([code, signal]) => {
      process.removeListener('exit', kill);
      const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
      this.exit = this.isNone
        ? `${how}, after ${this.malformedCount} lines that were no messages`
        : how;
    });
    child.on('error', () => {});
    // It may end before it has read everything.
    child.stdin!.on('error', () => {});
    child.stdout!.on('data', (piece: Buffer) => this.take(this.lines.feed(piece)));
    child.stderr!.on('data', (piece: Buffer) => events.onLog(piece.toString('utf8')));
  }

  /** @param command split at single spaces, as GoReplay does it: there is no quoting */
  static async start(command: string, events: MiddlewareEvents): Promise<MiddlewareProcess> {
    const [program = '', ...args] = command.split(' ').filter((word) => word !== '');
    if (program === '') throw new UsageError('expected a command as middleware, found nothing');
    const child = spawn(program, args, { stdio: 'pipe' });
    try {
      await once(child, 'spawn');
    } catch (error) {
      const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      throw new UsageError(`cannot run the middleware ${program}: ${reason}`);
    }
    return new MiddlewareProcess(child, events);
  }

  /** Resolves when it may have the next one; at once where it has ended. */
  async send(message: GorMessage): Promise<void> {
    const input = this.child.stdin!;
    if (!input.writable) {
      await this.closed;
      return;
    }
    this.counts.sent++;
    if (input.write(formatLine(message))) return;
    await Promise.race([once(input, 'drain'), this.closed]).catch(() => {});
  }

  /** Sends without waiting; false where it cannot, or too much waits already. */
  post(message: GorMessage): boolean {
    const input = this.child.stdin!;
    if (!input.writable || input.writableLength > MOST_WAITING_BYTES) return false;
    this.counts.sent++;
    input.write(formatLine(message));
    return true;
  }

  /**
   * Sends no more and waits for the rest. Many do not end by themselves (those made with the npm
   * package `goreplay_middleware` do not): one that has said nothing for `quietMs` is ended.
   */
  async end(quietMs: number): Promise<void> {
    this.child.stdin!.end();
    this.quiet = setTimeout(() => {
      this.child.kill('SIGTERM');
      this.last = setTimeout(() => this.child.kill('SIGKILL'), LAST_MS);
    }, quietMs);
    await this.closed;
    clearTimeout(this.quiet);
    this.quiet = undefined;
    clearTimeout(this.last);
    this.take(this.lines.finish());
    for (let index = 0; index < this.lines.tooLong; index++) this.malformed('line too long');
  }

  private take(lines: readonly string[]): void {
    this.quiet?.refresh();
    for (const line of lines) {
      if (line.trim() === '') continue;
      const message = parseLine(line);
      if (typeof message === 'string') this.malformed(message);
      else {
        this.counts.returned++;
        this.events.onMessage(message);
      }
    }
  }

  private malformed(reason: string): void {
    this.counts.malformed[reason] = (this.counts.malformed[reason] ?? 0) + 1;
    this.malformedCount++;
    if (this.isNone) this.child.kill('SIGKILL');
  }

  private get isNone(): boolean {
    return this.malformedCount > Math.max(MOST_MALFORMED, this.counts.sent);
  }
}
