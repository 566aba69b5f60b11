/** Health checks and outlier detection of a document → numbers, with the vendor's defaults. */

import { buildConcurrency } from './build-concurrency.ts';
import { hasLocalities } from './build-localities.ts';
import { duration, ratio } from './build-units.ts';
import type { HealthCheck, Limits } from './health-settings.ts';
import type { Service } from './model.ts';
import type {
  HealthCheckDocument,
  LimitsDocument,
  OutlierDetectionDocument,
  ServiceDocument,
} from './model-document.ts';
import { type OutlierSettings, outlierSettings } from './outlier-settings.ts';

type Watch = Pick<
  Service,
  'healthCheck' | 'outlierDetection' | 'panicRatio' | 'failsOnPanic' | 'limits' | 'concurrency'
>;

type Defaults = Omit<HealthCheck, 'rules'>;

/** Envoy has none: the rules see to it that all are given. */
const DEFAULTS: Readonly<Record<HealthCheck['rules'], Defaults>> = {
  envoy: { intervalMs: 0, timeoutMs: 0, rise: 0, fall: 0 },
  haproxy: { intervalMs: 2000, timeoutMs: 2000, rise: 2, fall: 3 },
  alb: { intervalMs: 30_000, timeoutMs: 5000, rise: 5, fall: 2 },
  kubernetes: { intervalMs: 10_000, timeoutMs: 1000, rise: 1, fall: 3 },
};

/** Only what the document says. */
export function buildHealth(document: ServiceDocument): Watch {
  const {
    'health-check': check,
    'outlier-detection': outliers,
    panic,
    'fail-on-panic': failsOnPanic,
    limits,
    concurrency,
  } = document;
  return {
    ...(check !== undefined && { healthCheck: healthCheck(check) }),
    ...(outliers !== undefined && { outlierDetection: outlierDetection(outliers) }),
    ...(concurrency !== undefined && { concurrency: buildConcurrency(concurrency) }),
    ...(limits !== undefined && { limits: buildLimits(limits) }),
    // Where zones are asked by priority, each level has its own.
    ...(panic !== undefined && !hasLocalities(document) && { panicRatio: ratio(panic) }),
    ...(failsOnPanic !== undefined && { failsOnPanic }),
  };
}

/** With Envoy's defaults. */
function buildLimits(document: LimitsDocument): Limits {
  const { requests = 1024, retries = 3, 'retry-budget': budget } = document;
  const { 'min-retries': minRetryConcurrency = 3 } = document;
  const most = { maxRequests: requests, maxRetries: retries };
  if (budget === undefined) return most;
  return { ...most, retryBudget: { budgetPercent: ratio(budget) * 100, minRetryConcurrency } };
}

/** HAProxy's time-out is its interval unless it is given. */
function healthCheck(document: HealthCheckDocument): HealthCheck {
  const { rules, probe = 'http', interval, timeout, rise, fall } = document;
  const defaults = DEFAULTS[rules];
  const intervalMs = interval === undefined ? defaults.intervalMs : duration(interval);
  const longestMs = rules === 'haproxy' ? intervalMs : defaults.timeoutMs;
  return {
    rules,
    ...(probe !== 'http' && { probe }),
    intervalMs,
    timeoutMs: timeout === undefined ? longestMs : duration(timeout),
    rise: rise ?? defaults.rise,
    fall: fall ?? defaults.fall,
  };
}

function outlierDetection(document: OutlierDetectionDocument): OutlierSettings {
  const { interval, jitter, errors, deviations, failures, hosts, requests } = document;
  const { 'gateway-errors': gateway, 'at-least-one': atLeastOne } = document;
  const { 'base-ejection': base, 'max-ejection': longest, 'max-ejected': most } = document;
  return outlierSettings({
    ...(interval !== undefined && { intervalMs: duration(interval) }),
    ...(base !== undefined && { baseEjectionTimeMs: duration(base) }),
    ...(longest !== undefined && { maxEjectionTimeMs: duration(longest) }),
    ...(jitter !== undefined && { maxEjectionTimeJitterMs: duration(jitter) }),
    ...(most !== undefined && { maxEjectionPercent: ratio(most) * 100 }),
    ...(atLeastOne !== undefined && { alwaysEjectOneHost: atLeastOne }),
    ...(errors !== undefined && { consecutive5xx: errors }),
    ...(gateway !== undefined && {
      consecutiveGatewayFailure: gateway,
      enforcingConsecutiveGatewayFailure: 100,
    }),
    ...(deviations !== undefined && { successRateStdevFactor: deviations * 1000 }),
    ...(failures !== undefined && {
      failurePercentageThreshold: ratio(failures) * 100,
      enforcingFailurePercentage: 100,
    }),
    ...(hosts !== undefined && {
      successRateMinimumHosts: hosts,
      failurePercentageMinimumHosts: hosts,
    }),
    ...(requests !== undefined && {
      successRateRequestVolume: requests,
      failurePercentageRequestVolume: requests,
    }),
  });
}
