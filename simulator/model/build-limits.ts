/** A checked rate limit document → RateLimit. */
import { duration, rate } from './build-units.ts';
import type { KongDocument, RateLimitDocument, WindowDocument } from './limit-documents.ts';
import type { KongUnit, RateLimit, RateLimitRule } from './limit-settings.ts';

/** @param clockMs the run's moment 0 */
export function buildRateLimit(document: RateLimitDocument, clockMs: number): RateLimit {
  return { rule: ruleOf(document, clockMs), per: document.per ?? 'service' };
}

function ruleOf(document: RateLimitDocument, clockMs: number): RateLimitRule {
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
  if ('kong' in document) return { type: 'kong', limits: limitsOf(document.kong), clockMs };
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

/** Without the units that say nothing. */
function limitsOf(document: KongDocument): Readonly<Partial<Record<KongUnit, number>>> {
  return Object.fromEntries(Object.entries(document).filter(([, limit]) => limit !== undefined));
}

/** Cut off, but for the last digit of a product such as 0.3 · 1000. */
function milli(perSecond: number): number {
  return Math.floor(Number((1000 * perSecond).toPrecision(15)));
}
