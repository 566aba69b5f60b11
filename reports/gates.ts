/** Was the measurement itself sound? A load generator that struggled measures itself. */

import { formatCount, formatDuration, formatPercent } from '../simulator/model/units.ts';
import { Histogram } from '../simulator/results/histogram.ts';
import type { GeneratorHealth, Results } from '../simulator/results/results.ts';
import type { Check, CheckUnit } from './comparison.ts';

/** What a sound measurement stays within. */
export const LIMITS = {
  /** Requests started this late were sent at other moments than the prediction is for. */
  latenessMsP99: 5,
  /** Sent ÷ planned, at least and at most: all of the load, and nothing else. */
  achievedRatio: 0.99,
  achievedRatioMost: 1.01,
  /** Share of the cores that the generator can use. */
  generatorCpuRatio: 0.8,
  /** Of the whole machine over the run: beyond it, system and generator wait for each other. */
  machineCpuRatio: 0.75,
  /** Delay of a periodic timer: what else was on the machine, or on the generator's thread. */
  loopDelayMsP99: 25,
} as const;

interface Gate {
  readonly statistic: string;
  readonly unit: CheckUnit;
  readonly value: number | null;
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly why: string;
}

/** One check per gate; without a generator's health every gate lacks its data. */
export function gateChecks(measured: Results): Check[] {
  return [...gatesOf(measured, measured.generator).map(checkOf), ...replayCheck(measured)];
}

/** What a replay says against itself: it was stopped, nobody answered, too much was shed. */
function replayCheck({ replay }: Results): Check[] {
  if (replay === undefined) return [];
  const { verdict, reasons, sent } = replay;
  const isSound = verdict === 'pass';
  return [
    {
      ...gateOf('replay, by itself', 'requests', null, null),
      measured: { value: sent, low: null, high: null },
      verdict: isSound ? 'pass' : 'fail',
      reason: isSound ? '' : reasons.join('; ') || verdict,
    },
  ];
}

function gatesOf(measured: Results, health: GeneratorHealth | undefined): Gate[] {
  const sent = requestsSent(measured);
  const cores = health?.cores ?? 1;
  return [
    {
      statistic: 'lateness p99',
      unit: 'ms',
      value: health === undefined ? null : quantile(health, 0.99),
      atMost: LIMITS.latenessMsP99,
      why: 'requests were sent later than planned',
    },
    {
      statistic: 'sent ÷ planned',
      unit: 'ratio',
      value: health === undefined ? null : sent / health.plannedArrivals,
      atLeast: LIMITS.achievedRatio,
      atMost: LIMITS.achievedRatioMost,
      why: 'the load is not the one that was predicted',
    },
    {
      statistic: 'dropped iterations',
      unit: 'requests',
      value: health?.droppedIterations ?? null,
      atMost: 0,
      why: 'no virtual user was free',
    },
    {
      statistic: 'generator CPU',
      unit: 'cores',
      value: health?.cpuRatio ?? null,
      atMost: LIMITS.generatorCpuRatio * cores,
      why: 'the generator was busy with itself',
    },
    {
      statistic: 'machine CPU',
      unit: 'ratio',
      value: health?.machineCpuRatio?.mean ?? null,
      atMost: LIMITS.machineCpuRatio,
      why: 'system and generator fought for the machine',
    },
    {
      statistic: 'timer delay p99',
      unit: 'ms',
      value: health?.loopDelayMsP99 ?? null,
      atMost: LIMITS.loopDelayMsP99,
      why: 'the machine did not run what was due',
    },
  ];
}

function requestsSent({ runs }: Results): number {
  const all = runs.flatMap(({ journeys }) => Object.values(journeys));
  return all.reduce((sum, { counters }) => sum + counters.arrived, 0);
}

function quantile({ latenessMs }: GeneratorHealth, q: number): number | null {
  return latenessMs.count > 0 ? new Histogram().merge(latenessMs).quantile(q) : null;
}

function checkOf(gate: Gate): Check {
  const { statistic, unit, value, atLeast = null, atMost = null, why } = gate;
  const common = {
    ...gateOf(statistic, unit, atLeast, atMost),
    measured: { value, low: null, high: null },
  };
  if (value === null || Number.isNaN(value)) {
    return { ...common, verdict: 'no data', reason: 'it was not measured' };
  }
  const isSound = (atLeast === null || value >= atLeast) && (atMost === null || value <= atMost);
  if (isSound) return { ...common, verdict: 'pass', reason: '' };
  const isLess = atLeast !== null && value < atLeast;
  const limit = isLess ? `at least ${shown(atLeast, unit)}` : `at most ${shown(atMost!, unit)}`;
  return { ...common, verdict: 'fail', reason: `${shown(value, unit)}, ${limit} is sound: ${why}` };
}

function gateOf(statistic: string, unit: CheckUnit, low: number | null, high: number | null) {
  return {
    kind: 'gate',
    subject: 'load generator',
    window: 'whole run',
    statistic,
    unit,
    predicted: null,
    allowed: { low, high },
  } as const;
}

/** A number of a check with its unit. */
export function shown(value: number, unit: CheckUnit): string {
  switch (unit) {
    case 'ms':
      return formatDuration(value);
    case 'ratio':
      return formatPercent(value);
    case 'per-second':
      return `${value.toFixed(1)}/s`;
    case 'cores':
      return `${value.toFixed(2)} cores`;
    case 'instances':
      return value.toFixed(Number.isInteger(value) ? 0 : 1);
    case 'requests':
      return formatCount(value);
    default:
      throw new Error(`unknown unit ${unit satisfies never}`);
  }
}
