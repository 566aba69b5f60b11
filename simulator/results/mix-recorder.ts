import { type Fleet, STATE } from '../components/fleet.ts';
import type { MixSeries } from './results.ts';

/** What is sampled of one group of several instance types: its capacity in units. */
export class MixRecorder {
  private readonly booting: number[] = [];
  private readonly serving: number[] = [];
  private readonly draining: number[] = [];

  sample(fleet: Fleet, service: number): void {
    const units = (...states: readonly number[]) =>
      fleet.units(service, fleet.rowsIn(service, ...states));
    this.booting.push(units(STATE.booting));
    this.serving.push(units(STATE.warming, STATE.ready));
    this.draining.push(units(STATE.draining));
  }

  series(hours: MixSeries['hours']): MixSeries {
    const { booting, serving, draining } = this;
    return { booting, serving, draining, hours };
  }
}
