/**
 * How often the nominal 95 % intervals hold the truth, measured with 1,000 macro-replications each;
 * six to seven minutes of one core. Every world has its own streams. By the engine it is the same
 * for the answers of `simulate --steady-state`, in under three minutes.
 */
import { measureSteady, STEADY_MH5, STEADY_MM1, STEADY_MM10 } from './by-engine.ts';
import { type Coverage, measureCoverage, wilson } from './measure.ts';
import {
  BATCH_MEANS,
  BATCH_QUANTILE,
  MEDIAN_P99,
  type Method,
  N_SKART,
  REPLICATED,
  REPLICATED_MSER,
  REPLICATED_P99,
  RUN_QUANTILE,
  SPACED_BATCH_MEANS,
  STOPPED,
} from './methods.ts';
import { MH5, MM1, MM10 } from './queues.ts';

const MEANS = [N_SKART, SPACED_BATCH_MEANS, BATCH_MEANS, REPLICATED, REPLICATED_MSER];
const QUANTILES = [RUN_QUANTILE, BATCH_QUANTILE, REPLICATED_P99, MEDIAN_P99];
/** The longest runs go without the quantiles, whose sorting would take most of the time. */
const LENGTHS: readonly { count: number; methods: readonly Method[] }[] = [
  { count: 20_000, methods: [...MEANS, STOPPED, ...QUANTILES] },
  { count: 100_000, methods: [...MEANS, ...QUANTILES] },
  { count: 400_000, methods: MEANS },
];

/** Looser than the ±2 % of the command, which would take hours; harder on a rule that stops. */
const STEADY = [
  { system: STEADY_MM1, wish: 0.1 },
  { system: STEADY_MM10, wish: 0.2 },
  { system: STEADY_MH5, wish: 0.2 },
] as const;
const MOST_REQUESTS = 50_000_000;

export interface CoverageOptions {
  /** Worlds a row. */
  readonly macros: number;
  /** A part of a method's name leaves the others out, and changes no number. */
  readonly method: string;
  /** Whether the engine itself answers, instead of a recursion that makes nothing but waits. */
  readonly engine: boolean;
}

/** Prints a row per queue, length of a run and method. */
export function coverage(options: CoverageOptions): void {
  const length = options.engine ? 'requests' : 'waits';
  console.log(line(['system', length, 'coverage', 'its 95 %', 'half-width', 'method']));
  const rows = options.engine ? byEngine(options.macros) : byRecursion(options);
  for (const row of rows) console.log(line(cells(row)));
}

function* byEngine(macros: number): Generator<Coverage> {
  for (const { system, wish } of STEADY) {
    const precision = { relativeHalfWidth: wish, mostRequests: MOST_REQUESTS };
    yield* measureSteady(system, precision, macros);
  }
}

function* byRecursion({ macros, method }: CoverageOptions): Generator<Coverage> {
  for (const queue of [MM1, MM10, MH5]) {
    for (const { count, methods } of LENGTHS) {
      const wanted = methods.filter(({ name }) => name.includes(method));
      if (wanted.length > 0) yield* measureCoverage(wanted, queue, count, macros);
    }
  }
}

function cells(row: Coverage): string[] {
  const { low, high } = wilson(row.coverage, row.macros);
  const band = `${percent(low)}–${percent(high)}`;
  const half = `±${percent(row.relativeHalfWidth)} %`;
  return [row.queue, String(row.count), percent(row.coverage), band, half, row.method];
}

function percent(share: number): string {
  return (share * 100).toFixed(1);
}

function line(columns: readonly string[]): string {
  const widths = [13, 8, 9, 12, 11, 0];
  return columns.map((cell, i) => cell.padEnd(widths[i]!)).join(' ');
}
