/** A checked rate limit document → RateLimit. */
import { duration, rate } from './build-units.ts';
import type { RateLimitDocument, WindowDocument } from './limit-documents.ts';
import type { RateLimit, RateLimitRule } from './limit-settings.ts';

export function buildRateLimit(document: RateLimitDocument): RateLimit {
  return { rule: ruleOf(document), per: document.per ?? 'service' };
}

function ruleOf(document: RateLimitDocument): RateLimitRule {
  if ('token-bucket' in document) {
    const { rate: text, burst } = document['token-bucket'];
    return { type: 'token-bucket', ratePerSecond: rate(text), burst };
  }
  if ('gcra' in document) {
    const { rate: text, burst = 0 } = document.gcra;
    return { type: 'gcra', ratePerSecond: rate(text), burst };
  }
  if ('nginx' in document) {
    const { rate: text, burst = 0, delay = 0, nodelay = false } = document.nginx;
    const ratePerSecondMilli = milli(rate(text));
    return { type: 'nginx', ratePerSecondMilli, burst, ...(!nodelay && { delay }) };
  }
  return 'fixed-window' in document
    ? { type: 'fixed-window', ...windowOf(document['fixed-window'], false) }
    : { type: 'sliding-window', ...windowOf(document['sliding-window'], true) };
}

function windowOf(
  { limit, window, 'counts-refused': counts }: WindowDocument,
  byDefault: boolean,
): { readonly limit: number; readonly windowMs: number; readonly countsRefused: boolean } {
  return { limit, windowMs: duration(window), countsRefused: counts ?? byDefault };
}

/** Cut off, but for the last digit of a product such as 0.3 · 1000. */
function milli(perSecond: number): number {
  return Math.floor(Number((1000 * perSecond).toPrecision(15)));
}
