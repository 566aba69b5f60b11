/**
 * The control loop of one service: at every evaluation period it turns what its instances did into
 * datapoints, asks the group's policies, and says what capacity is wanted.
 */
import type { Scaling } from '../model/model.ts';
import {
  decideGroup,
  evaluationPeriodMs,
  type GroupState,
  groupAlarms,
  initialGroupState,
} from '../policies/aws/group.ts';
import { aggregateMetric, type InstanceSample } from '../policies/metrics.ts';
import type { Datapoint, ScalingObservation } from '../policies/scaling.ts';
import { type Fleet, STATE } from './fleet.ts';

/** What the rows of a service had done when a period began. */
interface PeriodStart {
  readonly periodMs: number;
  readonly requests: Float64Array;
  readonly busyMs: Float64Array;
}

export class Control {
  /** How often `tick` wants to be called; undefined when the group never scales. */
  readonly periodMs: number | undefined;
  private readonly settings: Scaling;
  private readonly fleet: Fleet;
  private readonly service: number;
  private readonly periods: readonly PeriodStart[];
  private state: GroupState;

  constructor(fleet: Fleet, service: number) {
    this.fleet = fleet;
    this.service = service;
    this.settings = fleet.services[service]!.scaling;
    this.periodMs = evaluationPeriodMs(this.settings);
    this.state = initialGroupState(this.settings);
    const distinct = new Set(groupAlarms(this.settings).map(({ alarm }) => alarm.periodMs));
    this.periods = [...distinct].map((periodMs) => ({
      periodMs,
      requests: new Float64Array(fleet.rowCount),
      busyMs: new Float64Array(fleet.rowCount),
    }));
  }

  /** Decides at `nowMs`, a multiple of `periodMs`. */
  tick(nowMs: number): { desired: number; reason: string } {
    const { fleet, service } = this;
    const observation: ScalingObservation = {
      nowMs,
      desired: fleet.desired[service]!,
      booting: fleet.rowsIn(service, STATE.booting).length,
      warming: fleet.rowsIn(service, STATE.warming).length,
      datapoints: this.periods
        .filter(({ periodMs }) => nowMs % periodMs === 0)
        .flatMap((period) => this.datapoints(period, nowMs)),
    };
    const decision = decideGroup(this.settings, observation, this.state);
    this.state = decision.state;
    return decision;
  }

  /** Forgets what a row's former instance did. */
  reset(row: number): void {
    for (const period of this.periods) {
      period.requests[row] = 0;
      period.busyMs[row] = 0;
    }
  }

  private datapoints(period: PeriodStart, nowMs: number): Datapoint[] {
    const samples = this.samples(period, nowMs);
    const metrics = new Set(
      groupAlarms(this.settings)
        .filter(({ alarm }) => alarm.periodMs === period.periodMs)
        .map(({ alarm }) => alarm.metric),
    );
    return [...metrics].map((metric) => ({
      metric,
      periodMs: period.periodMs,
      value: aggregateMetric(metric, period.periodMs, samples),
    }));
  }

  /** One sample per instance past its warm-up; the next period starts here. */
  private samples(period: PeriodStart, nowMs: number): InstanceSample[] {
    const { fleet } = this;
    const samples: InstanceSample[] = [];
    for (const row of fleet.rowsIn(this.service, STATE.warming, STATE.ready)) {
      const workMs = fleet.workMs(row, nowMs);
      const busyMs = workMs - period.busyMs[row]!;
      const requests = fleet.requests[row]! - period.requests[row]!;
      period.busyMs[row] = workMs;
      period.requests[row] = fleet.requests[row]!;
      if (fleet.state[row] !== STATE.ready) continue;
      samples.push({ requests, busyRatio: busyMs / (fleet.capacity[row]! * period.periodMs) });
    }
    return samples;
  }
}
