/**
 * A middleware that also gets the answers to what it let through (type 3), as GoReplay's do with
 * `--output-http-track-response`: it can compare the two answers to a request, or put what the
 * target said, such as a token, into later requests. One process for the whole run.
 *
 *     capture ──1, 2──► process ──1──► replay ──► target
 *                          ▲                        │
 *                          └───────────3────────────┘
 */
import type { CaptureSource } from '../formats/capture.ts';
import type { ReplayedAnswer, Tracker } from '../run/replayed-answers.ts';
import { type FilterOptions, Flow } from './filter.ts';
import { replayedMessage } from './message.ts';
import { MiddlewareProcess } from './process.ts';

export interface TrackedCounts {
  /** Answers that it was given. */
  given: number;
  /** Of these without their bodies: too large, or too many at once. */
  withoutBody: number;
  /** Not given: it reads too slowly, or has ended. */
  lost: number;
}

export class TrackedMiddleware implements Tracker {
  readonly answers: TrackedCounts = { given: 0, withoutBody: 0, lost: 0 };
  /** All that went through it, for their books. */
  readonly sources: CaptureSource[] = [];
  private readonly child: MiddlewareProcess;
  private readonly quietMs: number;
  private flow: Flow | undefined;

  /** Throws a UsageError where the command cannot be run. */
  static async start(options: FilterOptions): Promise<TrackedMiddleware> {
    let tracked: TrackedMiddleware | undefined;
    const child = await MiddlewareProcess.start(options.command, {
      onLog: options.onLog,
      onMessage: (message) => tracked?.flow?.take(message),
    });
    tracked = new TrackedMiddleware(child, options.quietMs);
    return tracked;
  }

  private constructor(child: MiddlewareProcess, quietMs: number) {
    this.child = child;
    this.quietMs = quietMs;
  }

  /** The capture as it lets it through; one after the other. */
  through(source: CaptureSource, untilWanted: (atNs: bigint) => Promise<void>): CaptureSource {
    this.flow = new Flow(source, this.child, { quietMs: this.quietMs, untilWanted });
    const passed = this.flow.source();
    this.sources.push(passed);
    return passed;
  }

  /** Returns at once. */
  replayed(answer: ReplayedAnswer): void {
    if (!this.child.post(replayedMessage(answer))) {
      this.answers.lost++;
      return;
    }
    this.answers.given++;
    if (answer.answer.body.type !== 'bytes') this.answers.withoutBody++;
  }

  /** It gets no more; resolves when it has ended. */
  async end(): Promise<void> {
    await this.child.end(this.quietMs);
  }
}
