/**
 * Prediction against measurement: gates first (is the measurement sound?), then bands (latency and
 * errors), groups (instances, scaling) and the model's own objectives.
 *
 *     predicted ──┐
 *                 ├──► checks ──► verdict: fail before no data before inconclusive before pass
 *     measured ───┘
 */
import type { Estimate } from '../simulator/analysis/estimate.ts';
import { judgeObjectives, type Verdict, verdictOf } from '../simulator/analysis/objectives.ts';
import { journeysOf, type Statistic } from '../simulator/analysis/statistics.ts';
import { sampleOf, WHOLE_RUN } from '../simulator/analysis/windows.ts';
import { UsageError } from '../simulator/model/usage-error.ts';
import type { Results } from '../simulator/results/results.ts';
import { type Band, bandsOf, DEFAULT_TOLERANCE_RATIO } from './bands.ts';
import { type Check, COMPARISON_FORMAT, type Comparison } from './comparison.ts';
import { gateChecks, shown } from './gates.ts';
import { asRange, asValue, groupChecks, TOO_FEW } from './group-checks.ts';
import { withSamplingError } from './sampling-error.ts';

/** Wider than this share of its middle, a band lets nearly everything pass. */
const WIDEST_BAND_RATIO = 1.5;
const FEWEST_REPLICATIONS = 3;

/**
 * Compares two Results: a simulation of the very load that was measured, and the measurement.
 * Throws a UsageError where they are not of the same model, or the wrong way round.
 */
export function compare(
  predicted: Results,
  measured: Results,
  toleranceRatio: number = DEFAULT_TOLERANCE_RATIO,
): Comparison {
  checkPair(predicted, measured);
  const checks = [
    ...gateChecks(measured),
    ...bandChecks(predicted, measured, toleranceRatio),
    ...groupChecks(predicted, measured, toleranceRatio),
    ...objectiveChecks(predicted, measured),
  ];
  return {
    format: COMPARISON_FORMAT,
    name: predicted.name,
    ...conclude(checks),
    checks,
    warnings: [...predicted.warnings, ...measured.warnings],
    toleranceRatio,
    predicted: predicted.provenance,
    measured: measured.provenance,
  };
}

function checkPair(predicted: Results, measured: Results): void {
  if (predicted.provenance.tool !== 'simulator') {
    throw new UsageError(
      `expected a prediction first, then a measurement; found results of ` +
        `${predicted.provenance.tool} first`,
    );
  }
  if (predicted.model === undefined) {
    throw new UsageError('expected a prediction with its model, found one without');
  }
  const [a, b] = [predicted.provenance.modelDigest, measured.provenance.modelDigest];
  if (a !== b) {
    throw new UsageError(
      `the prediction is of model ${a} (${predicted.name}), the measurement was planned from ` +
        `model ${b} (${measured.name}): make both from the same model`,
    );
  }
}

/** Of a journey that is too rare for any band, one check says so: nothing about it is confirmed. */
function bandChecks(predicted: Results, measured: Results, toleranceRatio: number): Check[] {
  const bands = bandsOf(predicted, toleranceRatio);
  const rare = journeysOf(predicted).filter((name) =>
    bands.every(({ journey }) => journey !== name),
  );
  return [...bands.map((band) => bandCheck(band, predicted, measured)), ...rare.map(tooRare)];
}

function tooRare(journey: string): Check {
  const nothing = { value: null, low: null, high: null };
  return {
    kind: 'band',
    subject: journey,
    window: WHOLE_RUN,
    statistic: 'error rate',
    unit: 'ratio',
    predicted: null,
    allowed: { low: null, high: null },
    measured: nothing,
    verdict: 'inconclusive',
    reason: 'too few requests were predicted to confirm anything; a longer run has more',
  };
}

function bandCheck(band: Band, predicted: Results, measured: Results): Check {
  const { journey, window, statistic, low, high } = band;
  const sample = sampleOf(measured.runs[0]!, journey, window, measured.bucketMs);
  const estimate = withSamplingError(statistic, sample);
  return {
    kind: 'band',
    subject: journey,
    window: window.name,
    statistic: statistic.name,
    unit: statistic.unit,
    predicted: asValue(band.predicted),
    allowed: asRange(low, high),
    measured: asValue(estimate),
    ...judgeBand(band, estimate, predicted.runs.length),
  };
}

function judgeBand(
  { statistic, predicted, low, high }: Band,
  { value }: Estimate,
  replications: number,
): { verdict: Verdict; reason: string } {
  if (Number.isNaN(value)) return { verdict: 'no data', reason: 'nothing was measured' };
  if (replications < FEWEST_REPLICATIONS) {
    return { verdict: 'inconclusive', reason: TOO_FEW };
  }
  if (value < low) return { verdict: 'fail', reason: offBy('below', value, low, statistic.unit) };
  if (value > high) return { verdict: 'fail', reason: offBy('above', value, high, statistic.unit) };
  if (statistic.unit === 'ms' && high - low > WIDEST_BAND_RATIO * predicted.value) {
    const reason = 'the prediction is too uncertain here to be confirmed by anything';
    return { verdict: 'inconclusive', reason };
  }
  return { verdict: 'pass', reason: '' };
}

function offBy(
  side: 'above' | 'below',
  value: number,
  edge: number,
  unit: Statistic['unit'],
): string {
  const share = `${shown(value, unit)} is ${side} the ${shown(edge, unit)} that is allowed`;
  const times = value / edge;
  if (!(edge > 0)) return share;
  return times > 2
    ? `${share}, ${times.toFixed(times < 10 ? 1 : 0)} times as much`
    : `${share}, by ${Math.round(Math.abs(times - 1) * 100)} %`;
}

/** The objectives, held against what was measured: one run, so its value decides. */
function objectiveChecks(predicted: Results, measured: Results): Check[] {
  if (predicted.model === undefined) return [];
  const asPredicted = judgeObjectives(predicted.model, predicted);
  return judgeObjectives(predicted.model, measured).map((one, index) => {
    const { value } = one.estimate;
    const verdict = verdictOf({ value, low: value, high: value }, one.objective);
    return {
      kind: 'objective',
      subject: one.journey,
      window: WHOLE_RUN,
      statistic: one.statistic,
      unit: one.unit,
      predicted: asValue(asPredicted[index]!.estimate),
      allowed: { low: null, high: one.objective },
      measured: asValue({ value, low: Number.NaN, high: Number.NaN }),
      verdict,
      reason: verdict === 'fail' ? offBy('above', value, one.objective, one.unit) : '',
    };
  });
}

/** What says most about the cause first: a group that did not scale, then what clients felt. */
const TELLING: readonly Check['kind'][] = ['gate', 'group', 'objective', 'band'];

/** A measurement that is not sound proves nothing, whatever it shows. */
function conclude(checks: readonly Check[]): { verdict: Verdict; reasons: string[] } {
  const inOrder = TELLING.flatMap((kind) => checks.filter((check) => check.kind === kind));
  const unsound = inOrder.filter(({ kind, verdict }) => kind === 'gate' && verdict !== 'pass');
  if (unsound.length > 0) return { verdict: 'inconclusive', reasons: unsound.map(sentence) };
  for (const verdict of ['fail', 'no data', 'inconclusive'] as const) {
    const found = inOrder.filter((check) => check.verdict === verdict);
    if (found.length > 0) return { verdict, reasons: found.map(sentence) };
  }
  return { verdict: 'pass', reasons: [] };
}

function sentence({ subject, window, statistic, reason, verdict }: Check): string {
  return `${subject}, ${window}, ${statistic}: ${reason === '' ? verdict : reason}`;
}
