/** An analysis of a roll-out, beside Argo Rollouts' controller of AnalysisRuns. */
import fc from 'fast-check';
import {
  type AnalysisDocument,
  analysisRules,
  metricSettings,
} from '../../../simulator/decide/argo-analysis-schema.ts';
import {
  type AnalysisDecision,
  type AnalysisState,
  decideAnalysis,
  INITIAL_ANALYSIS_STATE,
  isCompleted,
  type Measurement,
  type MetricSettings,
} from '../../../simulator/policies/delivery/argo-analysis.ts';
import type { RunPhase } from '../../../simulator/policies/delivery/argo-canary-settings.ts';
import type { Beside } from './beside.ts';

const of = fc.constantFrom;
const between = (min: number, max: number) => fc.integer({ min, max });
const maybe = <T>(some: fc.Arbitrary<T>, freq = 2) => fc.option(some, { nil: undefined, freq });

interface RandomAnalysis {
  readonly metrics: readonly {
    readonly count: number | undefined;
    readonly interval: string | undefined;
    readonly initialDelay: string | undefined;
    readonly failureLimit: number | undefined;
    readonly inconclusiveLimit: number | undefined;
    readonly consecutiveErrorLimit: number | undefined;
    readonly consecutiveSuccessLimit: number | undefined;
    readonly isDryRun: boolean;
    /** Mostly it comes to this. */
    readonly bias: RunPhase;
  }[];
  readonly steps: readonly {
    readonly afterMs: number;
    readonly terminate: boolean;
    /** Of each metric; undefined: as it mostly does. */
    readonly outcomes: readonly (RunPhase | undefined)[];
  }[];
}

const OUTCOMES: readonly RunPhase[] = ['Successful', 'Failed', 'Inconclusive', 'Error', 'Running'];

const cases: fc.Arbitrary<RandomAnalysis> = between(1, 3).chain((metrics) =>
  fc.record({
    metrics: fc.array(
      fc.record({
        count: maybe(between(0, 6), 4),
        interval: maybe(of('5s', '10s', '30s', '60s', '1m30s'), 6),
        initialDelay: maybe(of('0s', '10s', '45s'), 1),
        failureLimit: maybe(between(-1, 3)),
        inconclusiveLimit: maybe(between(0, 2)),
        consecutiveErrorLimit: maybe(between(0, 3)),
        consecutiveSuccessLimit: maybe(between(0, 4), 1),
        isDryRun: of(false, false, false, true),
        bias: of<RunPhase[]>('Successful', 'Successful', 'Failed', 'Error', 'Running'),
      }),
      { minLength: metrics, maxLength: metrics },
    ),
    steps: fc.array(
      fc.record({
        afterMs: of(1000, 5000, 10_000, 11_000, 30_000, 31_000, 61_000, 120_000),
        terminate: of(...Array<boolean>(19).fill(false), true),
        outcomes: fc.array(maybe(of(...OUTCOMES)), { minLength: metrics, maxLength: metrics }),
      }),
      { minLength: 1, maxLength: 14 },
    ),
  }),
);

export const analysis: Beside<RandomAnalysis, unknown> = {
  name: 'argo-analysis',
  controller: ['argo', 'github.com/argoproj/argo-rollouts/analysis'],
  cases,
  decide: ({ metrics, steps: random }) => {
    const document = {
      metrics: metrics.map(({ isDryRun: _, bias: __, ...one }, index) => ({
        ...one,
        name: nameOf(index),
      })),
      dryRun: metrics.flatMap(({ isDryRun }, index) =>
        isDryRun ? [{ metricName: nameOf(index) }] : [],
      ),
    };
    let nowMs = 0;
    const steps = random.map(({ afterMs, terminate, outcomes }) => {
      nowMs += afterMs;
      const all = outcomes.map((one, index) => [nameOf(index), one ?? metrics[index]!.bias]);
      return { nowMs, terminate, outcomes: Object.fromEntries(all) };
    });
    return { line: { spec: document, steps }, decisions: playOurs(document, steps) };
  },
};

interface Step {
  readonly nowMs: number;
  readonly terminate: boolean;
  readonly outcomes: Readonly<Record<string, RunPhase>>;
}

function playOurs(document: AnalysisDocument, steps: readonly Step[]): string[] {
  if (analysisRules(document).length > 0) return ['refused'];
  const metrics = metricSettings(document);
  let state: AnalysisState = INITIAL_ANALYSIS_STATE;
  return steps.map((step) => {
    const isTerminated = state.isTerminated || step.terminate;
    const asked = metrics.filter((one) => isAsked(one, state, step.nowMs, isTerminated));
    const measurements = asked.map(({ name }) => measured(name, step));
    const { nowMs } = step;
    const decision = decideAnalysis(metrics, { nowMs, measurements, isTerminated }, state);
    state = decision.state;
    return told(decision);
  });
}

/** As the controller asks: past the interval, not at its end. */
function isAsked(
  { name, intervalMs, initialDelayMs }: MetricSettings,
  { startedAtMs, metrics, phase }: AnalysisState,
  nowMs: number,
  isTerminated: boolean,
): boolean {
  if (isTerminated || isCompleted(phase)) return false;
  const { last, phase: own } = metrics[name] ?? { last: null, phase: 'Pending' };
  if (isCompleted(own)) return false;
  if (last === null) return (startedAtMs ?? nowMs) + initialDelayMs <= nowMs;
  if (!isCompleted(last.phase)) return true;
  const afterMs = last.phase === 'Error' ? 10_000 : (intervalMs ?? 0);
  return last.finishedAtMs + afterMs < nowMs;
}

function measured(metric: string, { nowMs, outcomes }: Step): Measurement {
  const phase = outcomes[metric]!;
  return { metric, phase, value: undefined, message: '', finishedAtMs: nowMs };
}

function told({ phase, metrics, nextAtMs }: AnalysisDecision): string {
  const words = metrics.map((one) => {
    if (one.last === null) return 'unmeasured';
    const { successful, failed, inconclusive, error, consecutiveError, consecutiveSuccess } = one;
    const counts = [successful, failed, inconclusive, error, consecutiveError, consecutiveSuccess];
    return `${one.phase}:${counts.join('/')}`;
  });
  return [phase, ...words, nextAtMs ?? 'never'].join(' ');
}

function nameOf(index: number): string {
  return `metric-${index}`;
}
