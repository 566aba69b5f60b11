/** The words of the report. */
import { details } from './html-elements.ts';
import { type Markup, markup } from './html-markup.ts';

const TERMS: readonly (readonly [term: string, meaning: string])[] = [
  [
    'prediction, measurement',
    'What the simulator says of the model, and what was seen of a real system under the ' +
      'same load. The report holds the second against the first.',
  ],
  [
    'replication',
    'One independent run of the simulator with random numbers of its own. One run is no ' +
      'truth: how far the replications lie apart says how much a single run, simulated or ' +
      'real, can tell.',
  ],
  [
    '95 % interval',
    'Of a predicted mean: it holds the true mean in 95 of 100 cases. In a comparison: it ' +
      'holds the value of one further run in 95 of 100 cases.',
  ],
  [
    'allowed, tolerance',
    'The interval of one further run, widened on both sides by the tolerance: no model has ' +
      'everything in it. A measurement inside it agrees with the prediction.',
  ],
  [
    'p50, p95, p99',
    'Half, 95 % and 99 % of the requests were answered within this time. Latency is what ' +
      'the client waits, and is of answered requests only.',
  ],
  [
    'window, warm-up',
    'A named stretch of the run, such as calm or peak; each is judged by itself. What ' +
      'arrives during the warm-up is served, but not judged.',
  ],
  [
    'offered load',
    'Requests that arrive, whether or not they are answered. The arrivals of a prediction ' +
      'and of its measurement are the same, to the millisecond.',
  ],
  [
    'utilisation, saturated',
    'Busy share of what the serving instances can do. From about 95 % on, it is the queue ' +
      'rather than the work that decides what clients wait for.',
  ],
  [
    'serving, desired',
    'Instances that take requests, and how many the scaling policy wants. Between the two ' +
      'lies the time that an instance takes to boot. Where a group has several instance types, ' +
      'both are in units of weight.',
  ],
  [
    'pass, fail, inconclusive, no data',
    'Inconclusive: the numbers allow both answers. No data: there was nothing to judge by. ' +
      'Only a pass is a pass: the other three fail a gate.',
  ],
];

export function glossary(): Markup {
  const items = TERMS.map(([term, meaning]) => markup`<dt>${term}</dt><dd>${meaning}</dd>\n`);
  return markup`<section aria-label="Glossary">
${details('Words used here', markup`<dl>\n${items}</dl>`)}
</section>`;
}
