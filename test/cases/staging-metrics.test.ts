import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type MetricFamily,
  parseMetrics,
  printMetrics,
} from '../../fixtures/staging/metrics-text.ts';

function family(name: string, value: number): MetricFamily {
  return { name, type: 'counter', help: 'Something.', value };
}

test('metrics are printed as Prometheus reads them', () => {
  const text = printMetrics([family('plimsoll_requests_total', 3)], { service: 'feed' });
  expect(text).toBe(
    '# HELP plimsoll_requests_total Something.\n# TYPE plimsoll_requests_total counter\n' +
      'plimsoll_requests_total{service="feed"} 3\n',
  );
});

test('what is printed is read back, whatever the labels and values', () => {
  const value = fc.oneof(fc.double(), fc.constant(Number.POSITIVE_INFINITY));
  const labels = fc.dictionary(fc.stringMatching(/^[a-z_][a-z0-9_]*$/), fc.string());
  fc.assert(
    fc.property(value, labels, (number, pairs) => {
      const read = parseMetrics(printMetrics([family('up', number)], pairs));
      // A minus before zero does not matter to a counter.
      expect(read).toEqual([{ name: 'up', labels: { ...pairs }, value: number + 0 }]);
    }),
  );
});

test.each([
  ['a value alone', 'up 1', { name: 'up', labels: {}, value: 1 }],
  ['a timestamp', 'up{job="a"} 2.5e3 1700000000000', { name: 'up', labels: { job: 'a' } }],
  ['a comma at the end', 'up{job="a",} +Inf', { value: Number.POSITIVE_INFINITY }],
  ['brackets in a label', 'up{job="a} 1"} 4', { labels: { job: 'a} 1' }, value: 4 }],
])('metrics: %s is read', (_, line, expected) => {
  expect(parseMetrics(`# HELP up\n\n${line}\n`)).toMatchObject([expected]);
});

test.each([
  ['a hexadecimal value', 'up 0x18'],
  ['no value', 'up'],
  ['a word', 'up toString'],
  ['an open label', 'up{job="a 1'],
  ['labels without a comma', 'up{a="1"b="2"} 1'],
  ['HTML', '<html>'],
])('metrics: %s is refused with the line', (_, line) => {
  expect(() => parseMetrics(line)).toThrow('expected a metric, found');
});
