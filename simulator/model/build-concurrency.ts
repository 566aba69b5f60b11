import { duration, ratio } from './build-units.ts';
import type { AimdConcurrency, Concurrency, GradientConcurrency } from './health-settings.ts';
import type { AimdDocument, ConcurrencyDocument, GradientDocument } from './model-document.ts';

/** An adaptive limit, with the defaults of Envoy's page and of Netflix' library. */
export function buildConcurrency(document: ConcurrencyDocument): Concurrency {
  return 'gradient' in document ? gradient(document.gradient) : aimd(document.aimd);
}

function gradient(document: GradientDocument): GradientConcurrency {
  const { window = '100ms', jitter = '15%', buffer = '25%', percentile = '50%' } = document;
  const { 'probe-every': every = '60s', 'probe-requests': requestCount = 50 } = document;
  const { min = 3, max = 1000 } = document;
  return {
    type: 'gradient',
    concurrencyUpdateIntervalMs: duration(window),
    minRttIntervalMs: duration(every),
    requestCount,
    jitterPercent: ratio(jitter) * 100,
    bufferPercent: ratio(buffer) * 100,
    sampleAggregatePercentile: ratio(percentile) * 100,
    minConcurrency: min,
    maxConcurrencyLimit: max,
  };
}

function aimd({ start = 10, ratio: left = '90%', timeout = '5s', max = 1000 }: AimdDocument) {
  const limit: AimdConcurrency = {
    type: 'aimd',
    initialLimit: start,
    backoffRatio: ratio(left),
    timeoutMs: duration(timeout),
    maxLimit: max,
  };
  return limit;
}
