/**
 * The two rules of outlier detection that compare hosts with one another.
 * Source: Envoy `outlier_detection_impl.cc` (`processSuccessRateEjections`).
 */
import type { OutlierSettings } from '../../model/outlier-settings.ts';

/** A host that is not ejected and has had answers in the interval. */
export interface RateHost {
  readonly host: number;
  readonly total: number;
  readonly successPercent: number;
}

export interface RateOutlier {
  readonly host: number;
  readonly why: string;
}

/**
 * Mean less `factor` population standard deviations.
 * Example: 50, 100, 100, 100, 100 with a factor of 1.9 has a mean of 90, σ 20: 52.
 */
export function successRateThreshold(percents: readonly number[], factor: number): number {
  const mean = percents.reduce((sum, percent) => sum + percent, 0) / percents.length;
  const variance =
    percents.reduce((sum, percent) => sum + (percent - mean) * (percent - mean), 0) /
    percents.length;
  return mean - factor * Math.sqrt(variance);
}

/**
 * Hosts that stand out, by either rule.
 *
 * @param hostCount all hosts, ejected or silent ones included
 */
export function rateOutliers(
  settings: OutlierSettings,
  hostCount: number,
  seen: readonly RateHost[],
): { readonly bySuccessRate: RateOutlier[]; readonly byFailurePercentage: RateOutlier[] } {
  const { successRateMinimumHosts, failurePercentageMinimumHosts } = settings;
  if (hostCount < Math.min(successRateMinimumHosts, failurePercentageMinimumHosts)) {
    return { bySuccessRate: [], byFailurePercentage: [] };
  }
  return {
    bySuccessRate: successRateOutliers(settings, seen),
    byFailurePercentage: failurePercentageOutliers(settings, seen),
  };
}

function successRateOutliers(settings: OutlierSettings, seen: readonly RateHost[]): RateOutlier[] {
  const { successRateRequestVolume, successRateMinimumHosts, successRateStdevFactor } = settings;
  const judged = seen.filter(({ total }) => total >= successRateRequestVolume);
  if (judged.length === 0 || judged.length < successRateMinimumHosts) return [];
  const percents = judged.map(({ successPercent }) => successPercent);
  const threshold = successRateThreshold(percents, successRateStdevFactor / 1000);
  return judged
    .filter(({ successPercent }) => successPercent < threshold)
    .map(({ host, successPercent }) => {
      const why = `success rate ${successPercent.toFixed(1)} % below ${threshold.toFixed(1)} %`;
      return { host, why };
    });
}

function failurePercentageOutliers(
  settings: OutlierSettings,
  seen: readonly RateHost[],
): RateOutlier[] {
  const { failurePercentageRequestVolume, failurePercentageMinimumHosts } = settings;
  const threshold = settings.failurePercentageThreshold;
  const judged = seen.filter(({ total }) => total >= failurePercentageRequestVolume);
  if (judged.length === 0 || judged.length < failurePercentageMinimumHosts) return [];
  return judged
    .filter(({ successPercent }) => 100 - successPercent >= threshold)
    .map(({ host, successPercent }) => {
      const failed = (100 - successPercent).toFixed(1);
      return { host, why: `${failed} % failed, ${threshold} % or more is an outlier` };
    });
}
