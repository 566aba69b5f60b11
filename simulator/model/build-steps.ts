/** Checked steps → the model's; what is only a default is left out, as if nobody had said it. */
import { buildBreaker } from './build-breaker.ts';
import { retryBudget } from './build-budgets.ts';
import { distribution, duration, ratio } from './build-units.ts';
import type { HedgeDocument } from './limit-documents.ts';
import type { CallStep, FanOutStep, Retry, Step } from './model.ts';
import type {
  CallAtOnceDocument,
  CallDocument,
  ChooseDocument,
  FanOutDocument,
  RetryDocument,
  StepDocument,
} from './model-document.ts';

/** Steps of an endpoint, of a journey, or inside another step. */
export function buildSteps(documents: readonly StepDocument[]): Step[] {
  return documents.map(step);
}

function step(document: StepDocument): Step {
  if ('cpu' in document) return { type: 'cpu', time: distribution(document.cpu) };
  if ('wait' in document) return { type: 'wait', time: distribution(document.wait) };
  if ('call' in document) return call(document);
  if ('choose' in document) return choose(document);
  if ('publish' in document) return { type: 'publish', ...target(document.publish) };
  if (!('lookup' in document)) return fanOut(document);
  return { type: 'lookup', cache: document.lookup, miss: buildSteps(document.miss ?? []) };
}

function target(text: string): { service: string; endpoint: string } {
  const [service = '', endpoint = ''] = text.split('.');
  return { service, endpoint };
}

function call(document: CallDocument): CallStep {
  const { call: text, timeout, cancels = false, deadline, retry, hedge } = document;
  const { breaker, fallback } = document;
  return {
    type: 'call',
    ...target(text),
    timeoutMs: typeof timeout === 'string' ? duration(timeout) : undefined,
    ...(typeof timeout === 'object' && { patience: distribution(timeout) }),
    ...(cancels && { cancels }),
    ...(deadline !== undefined && { deadline }),
    ...(retry !== undefined && { retry: attempts(retry) }),
    ...(hedge !== undefined && { hedge: hedged(hedge) }),
    ...(breaker !== undefined && { breaker: buildBreaker(breaker) }),
    ...(fallback !== undefined && { fallback: buildSteps(fallback) }),
  };
}

function hedged({ after, copies = 2, cancels = true }: HedgeDocument) {
  return { afterMs: duration(after), copies, cancels };
}

function attempts(document: RetryDocument): Retry {
  const { attempts: most, backoff = '0s', factor = 1, 'at-most': atMost } = document;
  const { jitter = 'none', budget } = document;
  return {
    attempts: most,
    backoff: distribution(backoff),
    ...(factor !== 1 && { factor }),
    ...(atMost !== undefined && { mostMs: duration(atMost) }),
    ...(jitter !== 'none' && { jitter }),
    ...(budget !== undefined && { budget: retryBudget(budget) }),
  };
}

function fanOut(document: FanOutDocument): FanOutStep {
  if ('any' in document) return atOnce(document.any, 1);
  return 'of' in document ? atOnce(document.of, document.quorum) : atOnce(document.all);
}

/** @param needs all of them unless given */
function atOnce(documents: readonly CallAtOnceDocument[], needs?: number): FanOutStep {
  const calls = documents.map((one) => ({ call: call(one), copies: one.copies ?? 1 }));
  const total = calls.reduce((sum, { copies }) => sum + copies, 0);
  return { type: 'fan-out', calls, needs: needs ?? total };
}

function choose({ choose: ways }: ChooseDocument<StepDocument>): Step {
  const options = ways.map(({ share, steps = [] }) => ({
    probability: ratio(share),
    steps: buildSteps(steps),
  }));
  return { type: 'choose', options };
}
