import { type BreakerSettings, breakerSettings } from './breaker-settings.ts';
import { duration, ratio } from './build-units.ts';
import type { BreakerDocument } from './model-document.ts';

/** A breaker of the document, with the defaults of Resilience4j. */
export function buildBreaker(document: BreakerDocument): BreakerSettings {
  const { slow, window, minimum, open } = document;
  const { 'failure-rate': failures, 'slow-rate': slowness } = document;
  const { 'half-open': tried, 'half-open-at-most': most } = document;
  return breakerSettings({
    ...(failures !== undefined && { failureRateThreshold: ratio(failures) * 100 }),
    ...(slowness !== undefined && { slowCallRateThreshold: ratio(slowness) * 100 }),
    ...(slow !== undefined && { slowCallDurationThresholdMs: duration(slow) }),
    ...(typeof window === 'number' && { slidingWindowSize: window }),
    ...(typeof window === 'string' && {
      slidingWindowType: 'TIME_BASED',
      slidingWindowSize: duration(window) / 1000,
    }),
    ...(minimum !== undefined && { minimumNumberOfCalls: minimum }),
    ...(open !== undefined && { waitDurationInOpenStateMs: duration(open) }),
    ...(tried !== undefined && { permittedNumberOfCallsInHalfOpenState: tried }),
    ...(most !== undefined && { maxWaitDurationInHalfOpenStateMs: duration(most) }),
  });
}
