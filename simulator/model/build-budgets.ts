/** A checked budget document → RetryBudget. */
import { duration, rate, ratio } from './build-units.ts';
import type { BudgetDocument } from './limit-documents.ts';
import type { RetryBudget } from './limit-settings.ts';

/** Envoy's `min_retry_concurrency`. */
const MIN_RETRIES = 3;

export function retryBudget(document: BudgetDocument): RetryBudget {
  if (typeof document === 'string') return active(document, MIN_RETRIES);
  if ('active' in document) return active(document.active, document.min ?? MIN_RETRIES);
  if ('per-request' in document) {
    const { 'per-request': share, ttl = '10s', min = '0/s' } = document;
    const minRetriesPerSecond = rate(min);
    return { type: 'per-request', ratio: ratio(share), ttlMs: duration(ttl), minRetriesPerSecond };
  }
  if ('grpc-throttle' in document) {
    const { tokens, ratio: tokenRatio } = document['grpc-throttle'];
    return { type: 'grpc-throttle', maxTokens: tokens, tokenRatio };
  }
  const { tokens = 500, cost = 14, 'throttling-cost': throttlingCost = 5 } = document['aws-quota'];
  return { type: 'aws-quota', capacity: tokens, transientCost: cost, throttlingCost };
}

function active(share: string, minRetries: number): RetryBudget {
  return { type: 'active', ratio: ratio(share), minRetries };
}
