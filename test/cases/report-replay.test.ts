/** The report of a replay by itself: nothing of it is called a prediction, nothing is empty. */
import { expect, test } from 'vitest';
import { renderHtml } from '../../reports/html.ts';
import { replayed } from '../helpers/replayed.ts';

/** What a reader sees: text of elements, and of charts for those who hear them. */
function words(html: string): string {
  return html
    .replace(/<style>[\s\S]*?<\/style>|<script>[\s\S]*?<\/script>/g, '')
    .replace(/<section aria-labelledby="glossary"[\s\S]*|<details class="words"[\s\S]*/, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');
}

test('every section has something in it, and no line is called predicted', () => {
  const html = renderHtml({ predicted: replayed() });
  const headings = [...html.matchAll(/<h2 id="([a-z-]+)"/g)].map(([, id]) => id);
  expect(headings).toEqual([
    'rate',
    'generator',
    'endpoints',
    'distribution',
    'errors',
    'latency',
    'warnings',
    'provenance',
  ]);
  expect(html).not.toMatch(/<p class="empty">(?!no errors)/);
  expect(html).not.toMatch(/class="(?:line|band|mark) predicted"/);
  expect(words(html)).not.toMatch(/<li>predicted|predicted p\d|model digest/);
});

test('errors stand by kind, rates as asked and as measured, latency beside service time', () => {
  const html = renderHtml({ predicted: replayed() });
  expect(html).toMatch(/no answer<\/th><td>ECONNRESET<\/td><td class="number">7</);
  expect(html).toMatch(/not sent<\/th><td>POST is not allowed<\/td><td class="number">5</);
  expect(html).toMatch(/answered with an error<\/th><td>status 503<\/td><td class="number">3</);
  expect(html).toContain('class="line asked"');
  expect(html).toContain('class="line service"');
});

test.each(['pass', 'fail', 'inconclusive', 'no data'] as const)(
  'the verdict of the replay is that of the page: %s',
  (verdict) => {
    const html = renderHtml({ predicted: replayed({ verdict, reasons: ['sent late: p99 9 ms'] }) });
    expect(html).toContain(`<div class="verdict ${verdict.replace(' ', '-')}">`);
    expect(html).toContain('<li>sent late: p99 9 ms</li>');
  },
);
