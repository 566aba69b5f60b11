/** Reports of small made-up results, to the byte. */
import { test } from 'vitest';
import { explain } from '../../reports/explain.ts';
import { renderHtml } from '../../reports/html.ts';
import { renderJunit } from '../../reports/junit.ts';
import { renderText } from '../../reports/text.ts';
import { renderExplained } from '../../reports/text-explain.ts';
import { renderPrediction } from '../../reports/text-prediction.ts';
import { expectGolden } from './golden.ts';
import { comparison, measurement, PASSING, PLAIN, prediction } from './made-up.ts';

const PLAIN_TEXT = { color: false, width: 80 };

test('a comparison that fails, as text', () => {
  expectGolden('comparison.txt', `${renderText(comparison(), PLAIN_TEXT)}\n`);
});

test('a comparison that passes, as text', () => {
  expectGolden('comparison-pass.txt', `${renderText(PASSING, PLAIN_TEXT)}\n`);
});

test('a prediction that breaks an objective, as text', () => {
  const question = 'Do we hold when everybody buys at once?';
  const text = renderPrediction(prediction(5, PLAIN, 1.5), { ...PLAIN_TEXT, question });
  expectGolden('prediction.txt', `${text}\n`);
});

test.each([
  ['every decision', undefined, 'explain.txt'],
  ['a moment', 42_000, 'explain-at.txt'],
])('%s of a run explained, as text', (_, atMs, file) => {
  const explained = explain(prediction(5), { run: 1, atMs, service: undefined });
  const text = renderExplained(explained, { ...PLAIN_TEXT, origin: 'simulator 0.1.0, seed 1' });
  expectGolden(file, `${text}\n`);
});

test('a comparison as JUnit XML', () => {
  expectGolden('comparison.xml', renderJunit(comparison()));
});

test.each([
  ['latency-0-chart', 'latency.svg.txt'],
  ['instances-0-chart', 'instances.svg.txt'],
  ['distribution-0-chart', 'distribution.svg.txt'],
])('the chart %s', (id, file) => {
  const html = renderHtml({ predicted: prediction(5), measured: measurement(PLAIN, 1.2) });
  expectGolden(file, `${chart(html, id)}\n`);
});

/** From its start tag to the end tag of the outermost SVG, which stands at a line's beginning. */
function chart(html: string, id: string): string {
  const from = html.lastIndexOf('<svg class="chart"', html.indexOf(`id="${id}-title"`));
  return html.slice(from, html.indexOf('\n</svg>', from) + '\n</svg>'.length);
}
