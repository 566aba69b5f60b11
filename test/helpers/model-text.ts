/** A small model file for tests, and the first lines of what is wrong with a changed one. */
import { parseModel } from '../../simulator/model/parse.ts';
import { formatProblem } from '../../simulator/model/problem.ts';
import type { ModelSource } from '../../simulator/model/source.ts';

export const MODEL_TEXT = `name: shop
duration: 60s
slo:
  buy: { p99: 400ms, errors: 0.1% }
traffic:
  guests:
    does: buy
    rate: 50/s
journeys:
  buy: [ { call: web.buy, timeout: 2s } ]
services:
  web:
    serves: event-loop
    scaling:
      min: 2
      max: 4
      policies:
        - step-scaling:
            alarm: { metric: requests-per-instance, above: 20/s, period: 60s }
            steps: [ { to: 10/s, add: 1 }, { from: 10/s, add: 50% } ]
        - target-tracking: { metric: utilization, target: 60% }
    endpoints:
      buy: [ { cpu: 2ms }, { call: stock.take, timeout: 800ms }, { wait: 1ms } ]
  stock:
    serves: { threads: 4 }
    instances: 2
    endpoints:
      take: [ { cpu: { median: 3ms, p99: 12ms } } ]
`;

export function source(text: string, file = 'model.yaml'): ModelSource {
  return { file, text };
}

/** The model with one passage replaced; throws where the passage is not in it exactly once. */
export function changed(from: string, to: string): ModelSource {
  const parts = MODEL_TEXT.split(from);
  if (parts.length !== 2)
    throw new Error(`"${from}" stands ${parts.length - 1} times in the model`);
  return source(parts.join(to));
}

/** First line of each rendered problem; none for a model. */
export function complaints(...sources: readonly ModelSource[]): string[] {
  return (parseModel(sources).problems ?? []).map((one) => formatProblem(one).split('\n')[0]!);
}
