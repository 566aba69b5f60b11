/**
 * What the settings of a Flagger canary may not say.
 * Source: flagger's CRD (`artifacts/flagger/crd.yaml`) and docs "Deployment Strategies".
 */
import { type Complaint, mismatch, type Path } from '../../model/problem.ts';
import { type FlaggerSettings, LEAST_INTERVAL_MS } from './flagger.ts';

/**
 * Every contradiction: weights that never get anywhere, lists that fall, both kinds of steps.
 *
 * @param base path of the keys of `spec.analysis`
 */
export function flaggerComplaints(settings: FlaggerSettings, base: Path): Complaint[] {
  const { intervalMs, stepWeight, maxWeight, stepWeightPromotion } = settings;
  const percents = { stepWeight, maxWeight, stepWeightPromotion };
  const complaints = Object.entries(percents)
    .filter(([, percent]) => percent > 100)
    .map(([key, percent]) =>
      mismatch([...base, key], 'at most 100 (Flagger: percent)', String(percent)),
    );
  if (intervalMs < LEAST_INTERVAL_MS) {
    const found = `${intervalMs / 1000} s`;
    complaints.push(mismatch([...base, 'interval'], 'at least 10 s (Flagger)', found));
  }
  return [...complaints, ...stepComplaints(settings, base)];
}

function stepComplaints(settings: FlaggerSettings, base: Path): Complaint[] {
  const { stepWeight, stepWeights, iterations, skipAnalysis, hasMatch } = settings;
  const path = [...base, 'stepWeights'];
  if (stepWeight > 0 && stepWeights.length > 0) {
    const message = '"stepWeights" does not go with "stepWeight" (Flagger takes stepWeight)';
    return [mismatch(path, 'one of the two', 'both', { about: 'key', message })];
  }
  if (hasMatch && iterations === 0) {
    const expected = 'iterations from 1 on (Flagger: an A/B test runs for iterations)';
    return [mismatch([...base, 'iterations'], expected, 'none', { about: 'key' })];
  }
  const falls = stepWeights.findIndex((weight, index) => weight <= (stepWeights[index - 1] ?? 0));
  if (falls >= 0) {
    const expected = `above ${stepWeights[falls - 1] ?? 0} (Flagger: each step adds traffic)`;
    return [mismatch([...path, falls], expected, String(stepWeights[falls]))];
  }
  if (iterations > 0 || skipAnalysis || stepWeight > 0 || stepWeights.length > 0) return [];
  const expected = 'stepWeight, stepWeights or iterations (Flagger: nothing would advance)';
  return [mismatch([...base, 'stepWeight'], expected, 'none', { about: 'key' })];
}
