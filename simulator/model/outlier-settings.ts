/** Envoy's outlier detection: its settings and their defaults. */

/**
 * In Envoy's names; times in ms, the others in percent or counts.
 * Source: `config.cluster.v3.OutlierDetection`.
 */
export interface OutlierSettings {
  readonly intervalMs: number;
  readonly baseEjectionTimeMs: number;
  readonly maxEjectionTimeMs: number;
  readonly maxEjectionTimeJitterMs: number;
  readonly maxEjectionPercent: number;
  readonly alwaysEjectOneHost: boolean;
  readonly consecutive5xx: number;
  readonly enforcingConsecutive5xx: number;
  readonly consecutiveGatewayFailure: number;
  readonly enforcingConsecutiveGatewayFailure: number;
  readonly splitExternalLocalOriginErrors: boolean;
  readonly consecutiveLocalOriginFailure: number;
  readonly enforcingConsecutiveLocalOriginFailure: number;
  readonly enforcingSuccessRate: number;
  readonly enforcingLocalOriginSuccessRate: number;
  readonly successRateMinimumHosts: number;
  readonly successRateRequestVolume: number;
  /** In thousandths: 1900 is 1.9 σ. */
  readonly successRateStdevFactor: number;
  readonly failurePercentageThreshold: number;
  readonly enforcingFailurePercentage: number;
  readonly enforcingFailurePercentageLocalOrigin: number;
  readonly failurePercentageMinimumHosts: number;
  readonly failurePercentageRequestVolume: number;
  readonly successfulActiveHealthCheckUnejectHost: boolean;
}

const LONGEST_MS = 300_000;

const DEFAULTS: OutlierSettings = {
  intervalMs: 10_000,
  baseEjectionTimeMs: 30_000,
  maxEjectionTimeMs: LONGEST_MS,
  maxEjectionTimeJitterMs: 0,
  maxEjectionPercent: 10,
  alwaysEjectOneHost: false,
  consecutive5xx: 5,
  enforcingConsecutive5xx: 100,
  consecutiveGatewayFailure: 5,
  enforcingConsecutiveGatewayFailure: 0,
  splitExternalLocalOriginErrors: false,
  consecutiveLocalOriginFailure: 5,
  enforcingConsecutiveLocalOriginFailure: 100,
  enforcingSuccessRate: 100,
  enforcingLocalOriginSuccessRate: 100,
  successRateMinimumHosts: 5,
  successRateRequestVolume: 100,
  successRateStdevFactor: 1900,
  failurePercentageThreshold: 85,
  enforcingFailurePercentage: 0,
  enforcingFailurePercentageLocalOrigin: 0,
  failurePercentageMinimumHosts: 5,
  failurePercentageRequestVolume: 50,
  successfulActiveHealthCheckUnejectHost: true,
};

/**
 * Envoy's defaults for what is not given; the longest ejection is never below the base.
 * Example: `outlierSettings({ baseEjectionTimeMs: 400_000 }).maxEjectionTimeMs` is 400000.
 */
export function outlierSettings(given: Partial<OutlierSettings>): OutlierSettings {
  const { baseEjectionTimeMs = DEFAULTS.baseEjectionTimeMs } = given;
  const maxEjectionTimeMs = Math.max(LONGEST_MS, baseEjectionTimeMs);
  return { ...DEFAULTS, maxEjectionTimeMs, ...given };
}

/** A setting that Envoy would refuse, and what it would have taken. */
export interface OutlierProblem {
  readonly setting: keyof OutlierSettings;
  readonly expected: string;
  readonly found: string;
}

/** What the settings may not say together. */
export function outlierProblems(settings: OutlierSettings): OutlierProblem[] {
  const { maxEjectionTimeMs, baseEjectionTimeMs } = settings;
  if (maxEjectionTimeMs >= baseEjectionTimeMs) return [];
  const setting = 'maxEjectionTimeMs';
  const expected = `at least base_ejection_time, ${baseEjectionTimeMs / 1000} s (Envoy)`;
  return [{ setting, expected, found: `${maxEjectionTimeMs / 1000} s` }];
}
