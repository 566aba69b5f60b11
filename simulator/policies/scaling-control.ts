/**
 * One group's control loop: when it scrapes and when it decides, what it sees, and what it knows.
 * The simulator feeds it with simulated instances, the staging controller with live ones.
 */
import type { MetricPipelineSettings, Scaling } from '../model/model.ts';
import { decideGroup, type GroupState, groupAlarms, initialGroupState } from './aws/group.ts';
import {
  type Beat,
  DIRECT,
  groupMetric,
  instanceMetric,
  isOn,
  MetricPipeline,
  nextOf,
  type Sample,
} from './metric-pipeline.ts';
import type { Datapoint, ScalingObservation } from './scaling.ts';

/** What the world around knows of a group at the moment of a decision. */
export interface GroupSizes<Id> {
  readonly desired: number;
  readonly booting: number;
  readonly warming: number;
  /** Instances past their warm-up: the ones that metrics are of. */
  readonly ready: readonly Id[];
}

export interface ControlDecision {
  readonly observation: ScalingObservation;
  readonly desired: number;
  readonly reason: string;
}

function alarmPeriods(scaling: Scaling): number[] {
  return [...new Set(groupAlarms(scaling).map(({ alarm }) => alarm.periodMs))];
}

/** When a group decides: on every moment of these beats but the first; none without policies. */
export function decisionBeats(scaling: Scaling): Beat[] {
  const { windowMs, delayMs } = scaling.metrics ?? DIRECT;
  // A period's value is decided on when it is visible; a window's whenever it is asked for.
  const offsetMs = windowMs === undefined ? delayMs : 0;
  return alarmPeriods(scaling).map((everyMs) => ({ everyMs, offsetMs }));
}

/** Mutable, one a group; `Id` names an instance. */
export class ScalingControl<Id> {
  private readonly scaling: Scaling;
  private readonly metrics: MetricPipelineSettings;
  private readonly pipeline: MetricPipeline<Id>;
  private readonly scrapeBeats: readonly Beat[];
  private readonly decisionBeats: readonly Beat[];
  private readonly chance: () => number;
  private state: GroupState;

  /** @param chance uniform in 0..1: the phase of scrapes, and which samples get lost */
  constructor(scaling: Scaling, chance: () => number) {
    this.scaling = scaling;
    this.chance = chance;
    this.metrics = scaling.metrics ?? DIRECT;
    const periodsMs = alarmPeriods(scaling);
    const { scrapeMs, phaseMs } = this.metrics;
    this.pipeline = new MetricPipeline(this.metrics, Math.max(0, ...periodsMs));
    const each = periodsMs.map((everyMs) => ({ everyMs, offsetMs: 0 }));
    const isRegular = scrapeMs !== undefined && periodsMs.length > 0;
    this.scrapeBeats = isRegular
      ? [{ everyMs: scrapeMs, offsetMs: phaseMs ?? Math.ceil(chance() * scrapeMs) }]
      : each;
    this.decisionBeats = decisionBeats(scaling);
    this.state = initialGroupState(scaling);
  }

  /** When something is to be done next; undefined when the group never scales. */
  nextMs(nowMs: number): number | undefined {
    const beats = [...this.scrapeBeats, ...this.decisionBeats];
    if (beats.length === 0) return undefined;
    return Math.min(...beats.map((beat) => nextOf(beat, nowMs)));
  }

  scrapesAt(nowMs: number): boolean {
    return this.scrapeBeats.some((beat) => isOn(beat, nowMs));
  }

  decidesAt(nowMs: number): boolean {
    return (
      nowMs > 0 && this.decisionBeats.some((beat) => isOn(beat, nowMs) && nowMs > beat.offsetMs)
    );
  }

  /** Takes a sample in, unless it gets lost. */
  scrape(id: Id, sample: Sample): void {
    const { missingRatio } = this.metrics;
    if (missingRatio > 0 && this.chance() < missingRatio) return;
    this.pipeline.add(id, sample);
  }

  forget(id: Id): void {
    this.pipeline.forget(id);
  }

  /** Forgets all but these. */
  retain(ids: ReadonlySet<Id>): void {
    for (const id of this.pipeline.ids()) if (!ids.has(id)) this.pipeline.forget(id);
  }

  decide(nowMs: number, sizes: GroupSizes<Id>): ControlDecision {
    const { desired, booting, warming, ready } = sizes;
    const datapoints = this.datapoints(nowMs, ready);
    const observation = { nowMs, desired, booting, warming, datapoints };
    const { state, ...decision } = decideGroup(this.scaling, observation, this.state);
    this.state = state;
    return { observation, ...decision };
  }

  /** Of every alarm whose period has ended, each metric and period once. */
  private datapoints(nowMs: number, ready: readonly Id[]): Datapoint[] {
    const { windowMs, delayMs, statistic } = this.metrics;
    const endMs = windowMs === undefined ? nowMs - delayMs : nowMs;
    const due = groupAlarms(this.scaling).filter(({ alarm }) => endMs % alarm.periodMs === 0);
    const distinct = new Map(
      due.map(({ alarm: { metric, periodMs } }) => [`${metric} ${periodMs}`, { metric, periodMs }]),
    );
    return [...distinct.values()].map(({ metric, periodMs }) => {
      const values = ready.flatMap((id) => {
        const window = this.pipeline.read(id, periodMs, nowMs);
        return window === undefined ? [] : (instanceMetric(metric, window) ?? []);
      });
      return { metric, periodMs, value: groupMetric(statistic, values) };
    });
  }
}
