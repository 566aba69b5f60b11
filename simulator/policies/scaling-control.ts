/**
 * One group's control loop: when it scrapes and when it decides, what it sees, and what it knows.
 * The simulator feeds it with simulated instances, the staging controller with live ones.
 */
import type { Scaling } from '../model/model.ts';
import type { MetricName, MetricPipelineSettings } from '../model/scaling-settings.ts';
import { groupAlarms } from './aws/group.ts';
import { type Decider, deciderOf } from './decider.ts';
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
import type { Datapoint, InstanceView, ScalingObservation } from './scaling.ts';

/** An instance that boots, warms up or serves. */
export interface GroupInstance<Id> {
  readonly id: Id;
  readonly state: 'booting' | 'warming' | 'ready';
  /** What is later than now is nobody's knowledge. */
  readonly startedAtMs: number;
  readonly readyAtMs: number;
  /** Units of a group that counts in them; 1 unless given. */
  readonly weight?: number;
}

/** What the world around knows of a group at the moment of a decision. */
export interface GroupSizes<Id> {
  readonly desired: number;
  readonly draining: number;
  readonly instances: readonly GroupInstance<Id>[];
}

export interface ControlDecision {
  readonly observation: ScalingObservation;
  readonly desired: number;
  readonly reason: string;
}

/** A period's value is decided on when it is visible; a window's whenever it is asked for. */
function decisionBeats(
  { windowMs, delayMs }: MetricPipelineSettings,
  periodsMs: readonly number[],
): Beat[] {
  const offsetMs = windowMs === undefined ? delayMs : 0;
  return periodsMs.map((everyMs) => ({ everyMs, offsetMs }));
}

/** When a group decides: at moments, and at all moments of beats but the first of each. */
export interface DecisionTimes {
  readonly beats: readonly Beat[];
  readonly momentsMs: readonly number[];
}

/** Example: of an alarm over 60 s of metrics that are visible 60 s late: 120 s, 180 s, 240 s … */
export function decisionTimes(scaling: Scaling): DecisionTimes {
  const { periodsMs, momentsMs } = deciderOf(scaling);
  return { beats: decisionBeats(scaling.metrics ?? DIRECT, periodsMs), momentsMs };
}

/** Mutable, one a group; `Id` names an instance. */
export class ScalingControl<Id> {
  private readonly scaling: Scaling;
  private readonly decider: Decider;
  private readonly metrics: MetricPipelineSettings;
  private readonly metricNames: readonly MetricName[];
  private readonly pipeline: MetricPipeline<Id>;
  private readonly turnedAway: MetricPipeline<'all'>;
  private readonly scrapeBeats: readonly Beat[];
  private readonly decisionBeats: readonly Beat[];
  private readonly chance: () => number;

  /** @param chance uniform in 0..1: the phase of scrapes, and which samples get lost */
  constructor(scaling: Scaling, chance: () => number) {
    this.scaling = scaling;
    this.chance = chance;
    this.metrics = scaling.metrics ?? DIRECT;
    this.metricNames = metricNames(scaling);
    this.decider = deciderOf(scaling);
    const { periodsMs } = this.decider;
    const { scrapeMs, phaseMs } = this.metrics;
    this.pipeline = new MetricPipeline(this.metrics, Math.max(0, ...periodsMs));
    this.turnedAway = new MetricPipeline(this.metrics, Math.max(0, ...periodsMs));
    const each = periodsMs.map((everyMs) => ({ everyMs, offsetMs: 0 }));
    const isRegular = scrapeMs !== undefined && periodsMs.length > 0;
    this.scrapeBeats = isRegular
      ? [{ everyMs: scrapeMs, offsetMs: phaseMs ?? Math.ceil(chance() * scrapeMs) }]
      : each;
    this.decisionBeats = decisionBeats(this.metrics, periodsMs);
  }

  /** When something is to be done next; undefined when the group never scales. */
  nextMs(nowMs: number): number | undefined {
    const beats = [...this.scrapeBeats, ...this.decisionBeats].map((beat) => nextOf(beat, nowMs));
    const moments = this.decider.momentsMs.filter((atMs) => atMs > nowMs);
    return beats.length + moments.length > 0 ? Math.min(...beats, ...moments) : undefined;
  }

  scrapesAt(nowMs: number): boolean {
    return this.scrapeBeats.some((beat) => isOn(beat, nowMs));
  }

  decidesAt(nowMs: number): boolean {
    if (nowMs > 0 && this.decider.momentsMs.includes(nowMs)) return true;
    return this.decisionBeats.some((beat) => isOn(beat, nowMs) && nowMs > beat.offsetMs);
  }

  /** Takes a sample in, unless it gets lost. */
  scrape(id: Id, sample: Sample): void {
    const { missingRatio } = this.metrics;
    if (missingRatio > 0 && this.chance() < missingRatio) return;
    this.pipeline.add(id, sample);
  }

  /** How many requests have found no instance so far. */
  scrapeTurnedAway(beatMs: number, atMs: number, requests: number): void {
    const zeros = { busyMs: 0, insideMs: 0, queued: 0 };
    this.turnedAway.add('all', { beatMs, atMs, servers: 1, requests, ...zeros });
  }

  forget(id: Id): void {
    this.pipeline.forget(id);
  }

  /** Forgets all but these. */
  retain(ids: ReadonlySet<Id>): void {
    for (const id of this.pipeline.ids()) if (!ids.has(id)) this.pipeline.forget(id);
  }

  decide(nowMs: number, sizes: GroupSizes<Id>): ControlDecision {
    const observation = this.observe(nowMs, sizes);
    return { observation, ...this.decider.decide(observation) };
  }

  private observe(nowMs: number, sizes: GroupSizes<Id>): ScalingObservation {
    const { desired, draining, instances } = sizes;
    const inState = (state: string) => instances.filter((one) => one.state === state);
    const units = (state?: string) =>
      (state === undefined ? instances : inState(state)).reduce(
        (sum, { weight = 1 }) => sum + weight,
        0,
      );
    const surplus = units() - desired;
    const isMixed = instances.some(({ weight }) => weight !== undefined);
    const seen = {
      nowMs,
      desired,
      ...(isMixed && surplus > 0 && { surplus }),
      booting: units('booting'),
      warming: units('warming'),
      ...(draining > 0 ? { draining } : {}),
    };
    if (this.decider.sees === 'datapoints') {
      const ready = inState('ready').map(({ id }) => id);
      return { ...seen, datapoints: this.datapoints(nowMs, ready) };
    }
    const window = this.turnedAway.read('all', this.decider.periodsMs[0]!, nowMs);
    const rate = window && instanceMetric('requests-per-instance', window);
    return {
      ...seen,
      datapoints: [],
      instances: instances.map((instance) => this.view(nowMs, instance)),
      ...(rate !== undefined && rate > 0 ? { turnedAwayPerSecond: rate } : {}),
    };
  }

  private view(nowMs: number, { id, startedAtMs, readyAtMs }: GroupInstance<Id>): InstanceView {
    const times = {
      ...(startedAtMs <= nowMs ? { startedAtMs } : {}),
      ...(readyAtMs <= nowMs ? { readyAtMs } : {}),
    };
    const window = this.pipeline.read(id, this.decider.periodsMs[0]!, nowMs);
    if (window === undefined) return { ...times, metrics: {} };
    const values = this.metricNames.flatMap((metric) => {
      const value = instanceMetric(metric, window);
      return value === undefined ? [] : [[metric, value] as const];
    });
    const { first, last } = window;
    return {
      ...times,
      metrics: Object.fromEntries(values),
      sampledAtMs: last.beatMs,
      windowMs: last.beatMs - first.beatMs,
    };
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

/** What policies that look at instances want to know of each. */
function metricNames({ policies }: Scaling): MetricName[] {
  const names = policies.flatMap((policy) => {
    if (policy.type === 'hpa') return policy.metrics.map(({ metric }) => metric);
    return policy.type === 'keda' ? policy.triggers.map(({ metric }) => metric) : [];
  });
  return [...new Set(names)];
}
