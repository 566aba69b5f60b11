/**
 * Settings of a circuit breaker of the closed/open/half-open kind, in the names of Resilience4j.
 * Source: Resilience4j documentation, "CircuitBreaker".
 */

export interface BreakerSettings {
  /** In percent; default 50. */
  readonly failureRateThreshold: number;
  /** In percent; default 100. */
  readonly slowCallRateThreshold: number;
  /** A call that takes longer is slow; default 60 s. */
  readonly slowCallDurationThresholdMs: number;
  /** Default 100 calls. */
  readonly slidingWindowType: 'COUNT_BASED' | 'TIME_BASED';
  /** Calls, or seconds. */
  readonly slidingWindowSize: number;
  /** Below it no rate is known; default 100. */
  readonly minimumNumberOfCalls: number;
  /** Default 60 s. */
  readonly waitDurationInOpenStateMs: number;
  /** Default 10. */
  readonly permittedNumberOfCallsInHalfOpenState: number;
  /** 0: it waits for all permitted calls, however long; the default. */
  readonly maxWaitDurationInHalfOpenStateMs: number;
  /** Whether it goes to half-open by itself, or at the next call; default false. */
  readonly automaticTransitionFromOpenToHalfOpenEnabled: boolean;
}

const DEFAULTS: BreakerSettings = {
  failureRateThreshold: 50,
  slowCallRateThreshold: 100,
  slowCallDurationThresholdMs: 60_000,
  slidingWindowType: 'COUNT_BASED',
  slidingWindowSize: 100,
  minimumNumberOfCalls: 100,
  waitDurationInOpenStateMs: 60_000,
  permittedNumberOfCallsInHalfOpenState: 10,
  maxWaitDurationInHalfOpenStateMs: 0,
  automaticTransitionFromOpenToHalfOpenEnabled: false,
};

/** Resilience4j's defaults for what is not given. */
export function breakerSettings(given: Partial<BreakerSettings>): BreakerSettings {
  return { ...DEFAULTS, ...given };
}

/** What settings may not say, with Resilience4j's limits. */
export function breakerProblems(settings: BreakerSettings): string[] {
  const problems: string[] = [];
  for (const key of ['failureRateThreshold', 'slowCallRateThreshold'] as const) {
    const percent = settings[key];
    if (!(percent > 0 && percent <= 100)) {
      problems.push(`expected ${key} above 0 and at most 100 (Resilience4j), found ${percent}`);
    }
  }
  const counts = [
    'slidingWindowSize',
    'minimumNumberOfCalls',
    'permittedNumberOfCallsInHalfOpenState',
  ] as const;
  for (const key of counts) {
    if (!(settings[key] >= 1)) {
      problems.push(`expected ${key} of 1 or more (Resilience4j), found ${settings[key]}`);
    }
  }
  return problems;
}
