/** What a control loop saw, in lines for people. */
import { formatDuration, significant } from '../simulator/model/units.ts';
import type { Datapoint, InstanceView, ScalingObservation } from '../simulator/policies/scaling.ts';
import type { GroupRule, Said } from './explain-group.ts';
import { shownMetric } from './metric-words.ts';
import { counted } from './text-clean.ts';
import { rangeOf } from './text-numbers.ts';

/** @param when before the first line, such as `at 10:00: ` */
export function seenWords(
  { observation }: Said,
  { scaling, counts }: GroupRule,
  when = '',
): string[] {
  if (observation === null) return ['not kept: what loops see is kept of the first run only'];
  const { desired, surplus = 0, booting, warming, draining = 0 } = observation;
  const { datapoints, instances = [] } = observation;
  const windowMs = scaling?.metrics?.windowMs;
  const leaving = draining > 0 ? `, ${draining} draining` : '';
  const more = surplus > 0 ? `, ${surplus} more than that` : '';
  const units = counts === 'units' ? ' (units)' : '';
  return [
    `${when}desired ${desired}${more}, ${booting} booting, ${warming} warming up${leaving}${units}`,
    ...datapoints.map((datapoint) => datapointWords(datapoint, windowMs ?? datapoint.periodMs)),
    ...instancesWords(instances),
    ...furtherWords(observation),
  ];
}

/** `requests-per-instance 131.7/s over 10 s` */
function datapointWords({ metric, value }: Datapoint, windowMs: number): string {
  const seen = value === undefined ? 'missing' : shownMetric(metric, value);
  return `${metric} ${seen} over ${formatDuration(windowMs)}`;
}

/** One line a metric, `utilization of 3: mean 61.2 %, 40.0 % to 80.0 %`, and who is left out. */
function instancesWords(instances: readonly InstanceView[]): string[] {
  const names = [...new Set(instances.flatMap(({ metrics }) => Object.keys(metrics)))];
  const ready = instances.filter(({ readyAtMs }) => readyAtMs !== undefined).length;
  const bare = instances.filter(({ metrics }) => Object.keys(metrics).length === 0).length;
  if (instances.length === 0) return [];
  const without = bare > 0 ? `, ${bare} without a sample` : '';
  return [
    `${counted(instances.length, 'instance')}, ${ready} ready${without}`,
    ...names.map((name) => spreadWords(name, valuesOf(name, instances))),
  ];
}

function valuesOf(name: string, instances: readonly InstanceView[]): number[] {
  return instances.flatMap(({ metrics }) =>
    Object.entries(metrics).flatMap(([metric, value]) => (metric === name ? [value] : [])),
  );
}

function spreadWords(name: string, values: readonly number[]): string {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const shown = shownMetric(name, mean);
  if (values.length === 1) return `${name} of 1: ${shown}`;
  const [low, high] = rangeOf(values).map((value) => shownMetric(name, value));
  return `${name} of ${values.length}: mean ${shown}, ${low} to ${high}`;
}

const TOLD: readonly string[] = [
  'nowMs',
  'desired',
  'surplus',
  'booting',
  'warming',
  'draining',
  'datapoints',
  'instances',
];

/** What other kinds of groups see besides. */
function furtherWords(observation: ScalingObservation): string[] {
  const { turnedAwayPerSecond, ...rest } = observation;
  const away = shownMetric('requests-per-instance', turnedAwayPerSecond ?? 0);
  const turnedAway = turnedAwayPerSecond === undefined ? [] : [`${away} found no instance`];
  const others = Object.entries(rest)
    .filter(([key]) => !TOLD.includes(key))
    .map(([key, value]) => {
      if (Array.isArray(value)) return `${key}: ${value.length}, all of them with --json`;
      if (typeof value === 'object') return `${key}: with --json`;
      return `${key} ${typeof value === 'number' ? significant(value) : String(value)}`;
    });
  return [...turnedAway, ...others];
}
