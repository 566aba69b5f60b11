/** One run of the generator: clock, schedule, sender and log, and what binds them. */

import undici from 'undici/package.json' with { type: 'json' };
import type { JourneyLoad } from '../simulator/traffic/load-plan.ts';
import { Clock } from './clock.ts';
import { LoadLog } from './load-log.ts';
import type { PlayOrder } from './play.ts';
import { MARKER } from './safety/marker.ts';
import { Schedule } from './schedule.ts';
import { type Outgoing, Sender } from './send.ts';
import { type GeneratorProgress, type GeneratorSummary, Tally } from './tally.ts';

/** k6's own, for a plan that names no timeout; and its time to make a connection. */
const DEFAULT_TIMEOUT_MS = 60_000;
const CONNECT_TIMEOUT_MS = 30_000;
/** What is in flight when the run is stopped may still end. */
const DRAIN_MS = 5000;
/** A generator that fell behind looks after its answers and its user in between. */
const MOST_AT_ONCE = 100;

/** A load's name in the log and what each of its arrivals sends. */
interface Sendable extends Outgoing {
  readonly journey: string;
}

export class LoadRun {
  private readonly order: PlayOrder;
  private readonly schedule: Schedule;
  private readonly sendables: readonly Sendable[];
  private readonly sender: Sender;
  private readonly log: LoadLog;
  private readonly clock = new Clock();
  private readonly tally = new Tally();
  private givingUp: NodeJS.Timeout | undefined;

  /** @param write takes whole lines of the log */
  constructor(order: PlayOrder, write: (text: string) => void) {
    this.order = order;
    this.schedule = new Schedule(order.loads);
    this.sendables = order.loads.map((load) => sendable(load, order.runId));
    const longestMs = Math.max(...this.sendables.map(({ timeoutMs }) => timeoutMs));
    this.sender = new Sender(order.target, {
      allowedHosts: order.allowedHosts,
      // Later than that every request has given up: the connection would be made for nobody.
      connectTimeoutMs: Math.min(CONNECT_TIMEOUT_MS, longestMs),
    });
    this.log = new LoadLog(write, order.startAtMs, undici.version);
  }

  /** Waits for each arrival in turn and sends it, until the last one or the stop. */
  async sendAll(): Promise<void> {
    const { schedule, clock, order } = this;
    while (schedule.nextMs < Number.POSITIVE_INFINITY && !this.isStopped) {
      await clock.wakeAt(order.startAtMs + schedule.nextMs);
      this.sendDue();
    }
  }

  /** Nothing is sent from now on. */
  stop(): void {
    if (this.isStopped) return;
    this.givingUp = setTimeout(() => this.sender.giveUp(), DRAIN_MS);
    void this.clock.close();
  }

  /** Resolves when all that was sent has ended. */
  drain(): Promise<void> {
    return this.sender.idle();
  }

  /** Writes what came in since the last time. */
  flush(): GeneratorProgress {
    const nowMs = this.clock.nowMs();
    this.log.flush(nowMs, cpuMs());
    const { started, dropped } = this.tally.counts;
    const { planned, startAtMs } = this.order;
    const inFlight = this.sender.inFlightCount;
    return { atMs: nowMs - startAtMs, planned, started, dropped, inFlight };
  }

  /** Writes the log's end. */
  finish(): GeneratorSummary {
    const end = { cpuMs: cpuMs(), isInterrupted: this.isStopped };
    const error = this.isStopped ? 'interrupted' : undefined;
    this.log.end(this.clock.nowMs(), end.cpuMs, this.tally.endedCount, error);
    const { connections } = this.sender;
    return this.tally.summary({ ...end, connections, planned: this.order.planned });
  }

  async close(): Promise<void> {
    clearTimeout(this.givingUp);
    await this.sender.close();
    await this.clock.close();
  }

  private get isStopped(): boolean {
    return this.givingUp !== undefined;
  }

  /** Sends what is due, at most some at a time. */
  private sendDue(): void {
    for (let room = MOST_AT_ONCE; room > 0 && !this.isStopped; room--) {
      const nowMs = this.clock.nowMs();
      const latenessMs = nowMs - this.order.startAtMs - this.schedule.nextMs;
      if (latenessMs < 0) return; // after the last arrival it is −∞
      this.sendOne(this.sendables[this.schedule.nextLoad]!, nowMs, latenessMs);
      this.schedule.advance();
    }
  }

  private sendOne(sendable: Sendable, nowMs: number, latenessMs: number): void {
    const { log, tally, sender } = this;
    if (sender.inFlightCount >= this.order.mostInFlight) {
      tally.counts.dropped++;
      log.seconds.dropped(nowMs);
      return;
    }
    tally.started(latenessMs);
    log.seconds.started(sendable.journey, nowMs, latenessMs);
    sender.send(sendable, (ended) => {
      tally.ended(ended);
      log.seconds.ended(sendable.journey, nowMs, ended.latencyMs, ended.outcome);
    });
  }
}

function sendable({ journey, endpoint, timeoutMs }: JourneyLoad, runId: string): Sendable {
  return {
    journey,
    method: 'GET',
    path: `/${endpoint}`,
    // Who records traffic can tell load from users by the run's mark.
    headers: ['user-agent', 'plimsoll', MARKER, runId],
    timeoutMs: timeoutMs ?? DEFAULT_TIMEOUT_MS,
  };
}

/** CPU time that this process has used. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
