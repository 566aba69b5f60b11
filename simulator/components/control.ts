/** The control loop of one service in simulated time: what its policies see, and what they say. */
import type { RandomStream } from '../engine/random.ts';
import {
  type ControlDecision,
  type GroupInstance,
  ScalingControl,
} from '../policies/scaling-control.ts';
import { type Fleet, STATE } from './fleet.ts';

export class Control {
  private readonly fleet: Fleet;
  private readonly service: number;
  private readonly scaling: ScalingControl<number>;

  /** @param random what the metrics draw: the phase of scrapes, and samples that get lost */
  constructor(fleet: Fleet, service: number, random: RandomStream) {
    this.fleet = fleet;
    this.service = service;
    const { scaling } = fleet.services[service]!;
    this.scaling = new ScalingControl(scaling, () => random.uniform());
  }

  /** When it wants to be called next; undefined when the group never scales. */
  nextMs(nowMs: number): number | undefined {
    return this.scaling.nextMs(nowMs);
  }

  /** Scrapes, and decides where it is time to; undefined where it is not. */
  tick(nowMs: number): ControlDecision | undefined {
    const { fleet, service, scaling } = this;
    if (scaling.scrapesAt(nowMs)) this.scrape(nowMs);
    if (!scaling.decidesAt(nowMs)) return undefined;
    return scaling.decide(nowMs, {
      desired: fleet.desired[service]!,
      draining: fleet.units(service, fleet.rowsIn(service, STATE.draining)),
      instances: [
        ...this.instances('booting'),
        ...this.instances('warming'),
        ...this.instances('ready'),
      ],
    });
  }

  private instances(state: GroupInstance<number>['state']): GroupInstance<number>[] {
    const { fleet } = this;
    const mix = fleet.mixes[this.service];
    return fleet.rowsIn(this.service, STATE[state]).map((id) => ({
      id,
      state,
      startedAtMs: fleet.startedMs[id]!,
      readyAtMs: fleet.readyMs[id]!,
      ...(mix !== undefined && { weight: mix.weightOf(id) }),
    }));
  }

  /** Forgets what a row's former instance did. */
  reset(row: number): void {
    this.scaling.forget(row);
  }

  private scrape(nowMs: number): void {
    const { fleet } = this;
    for (const row of fleet.rowsIn(this.service, STATE.warming, STATE.ready)) {
      const sample = {
        beatMs: nowMs,
        atMs: nowMs,
        servers: fleet.capacity[row]!,
        requests: fleet.requests[row]!,
        busyMs: fleet.workMs(row, nowMs),
        insideMs: fleet.insideMs(row, nowMs),
        queued: fleet.queued[row]!,
      };
      this.scaling.scrape(row, sample);
    }
    this.scaling.scrapeTurnedAway(nowMs, nowMs, fleet.turnedAway[this.service]!);
  }
}
