/** What Plimsoll says about a bad model, word for word. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseModel } from '../../simulator/model/parse.ts';
import { formatProblem } from '../../simulator/model/problem.ts';
import { changed, complaints, MODEL_TEXT, source } from '../helpers/model-text.ts';

interface Row {
  readonly claim: string;
  readonly from: string;
  readonly to: string;
  readonly says: string;
}

const ROWS = readFileSync(new URL('./model-problems.txt', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n\n')
  .map(row);

/** `# claim`, `- lines that are replaced`, `+ lines by which`, then what Plimsoll says. */
function row(block: string): Row {
  const lines = block.split('\n');
  const marked = (mark: string) =>
    lines.filter((line) => line.startsWith(mark)).map((line) => line.slice(mark.length));
  const says = lines.filter((line) => !/^[#+-] /.test(line)).join('\n');
  return {
    claim: marked('# ').join(),
    from: marked('- ').join('\n'),
    to: marked('+ ').join('\n'),
    says,
  };
}

test.each(ROWS)('$claim', ({ from, to, says }) => {
  const { problems } = parseModel([changed(from, to)]);
  expect(problems?.map(formatProblem).join('\n')).toBe(says);
});

test('the table has its rows', () => {
  expect(ROWS.length).toBeGreaterThan(120);
});

test('the model that the rows change is itself without a problem', () => {
  expect(complaints(source(MODEL_TEXT))).toEqual([]);
});

test('a problem shows its line and a caret under the spot', () => {
  const [problem] = parseModel([changed('timeout: 2s', 'timeout: 2')]).problems ?? [];
  expect(formatProblem(problem!).split('\n')).toEqual([
    'model.yaml:10:36: journeys.buy[0].timeout: ' +
      'expected a duration such as 800ms, 90s, 5m or 1h, ' +
      'or patience such as { exponential: 2s }, found 2 without a unit',
    '    buy: [ { call: web.buy, timeout: 2 } ]',
    '                                     ^',
  ]);
});

test('of a line that is too wide, the part around the spot is shown', () => {
  const wide = `cpu: 2ms }, ${'{ cpu: 1ms }, '.repeat(20)}{ cpu: 7 `;
  const [problem] = parseModel([changed('cpu: 2ms ', wide)]).problems ?? [];
  const [, shown = '', caret = ''] = formatProblem(problem!).split('\n');
  expect(shown.length).toBeLessThanOrEqual(102);
  expect(shown[caret.indexOf('^')]).toBe('7');
});

test('a problem is data, too', () => {
  const [problem] = parseModel([changed('duration: 60s', 'duration: 60')]).problems ?? [];
  expect(problem).toEqual({
    file: 'model.yaml',
    line: 2,
    column: 11,
    path: 'duration',
    expected: 'a duration such as 800ms, 90s, 5m or 1h',
    found: '60 without a unit',
    message: 'expected a duration such as 800ms, 90s, 5m or 1h, found 60 without a unit',
    sourceLine: 'duration: 60',
  });
});

test('all problems come at once, of shape and of rules, in the order of the file', () => {
  const text = MODEL_TEXT.replace('duration: 60s', 'duration: 60')
    .replace('does: buy', 'does: by')
    .replace('max: 4', 'max: 1')
    .replace('cpu: 2ms', 'cpu: 2');
  const places = complaints(source(text)).map((line) => line.split(': ').slice(0, 2).join(' '));
  expect(places).toEqual([
    'model.yaml:2:11 duration',
    'model.yaml:7:11 traffic.guests.does',
    'model.yaml:16:12 services.web.scaling.max',
    'model.yaml:23:21 services.web.endpoints.buy[0].cpu',
  ]);
});

test('a file that is no map of keys is refused as a whole', () => {
  const expected = 'model.yaml:1:1: expected a map that begins with a key such as "name:", found';
  expect(complaints(source(''))).toEqual([`${expected} no map`]);
  expect(complaints(source('# nothing yet\n'))).toEqual([`${expected} no map`]);
  expect(complaints(source('- name: shop\n'))).toEqual([`${expected} a list`]);
});

test('budgets end what is too deep, too long or too much', () => {
  const refused = (text: string) => complaints(source(text)).at(0);
  expect(refused('['.repeat(500_000))).toMatch(/expected at most 64 levels/);
  expect(refused('- '.repeat(250_000))).toMatch(/expected at most 64 levels/);
  expect(refused(`name: "${'\\x'.repeat(250_000)}"`)).toMatch(/words of at most 10000 characters/);
  expect(refused(' '.repeat(1024 * 1024 + 1))).toMatch(/at most 1 MiB of text/);
  expect(refused('a\n'.repeat(200_000))).toMatch(/words of at most 10000 characters, found 399999/);
  const flood = `a: [${'x,'.repeat(160_000)}]`;
  expect(refused(flood)).toMatch(/expected at most 300000 words and signs/);
});

test('aliases cannot multiply a small file into a large one', () => {
  const lines = [...'bcdefghij'].map(
    (name, level) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghij'[level]}`).join(', ')}]`,
  );
  const bomb = `a: &a [x, x, x, x, x, x, x, x, x]\n${lines.join('\n')}\n`;
  expect(complaints(source(bomb)).join('\n')).toMatch(/expected at most 100 aliases, found more/);
});

test('an alias of a scalar stands for it', () => {
  const text = MODEL_TEXT.replace('timeout: 2s', 'timeout: &wait 2s').replace('800ms', '*wait');
  const { model } = parseModel([source(text)]);
  expect(model?.services[1]?.endpoints[0]?.steps[1]).toMatchObject({ timeoutMs: 2000 });
});

test('a chain of thousands of calls is measured, not followed into the ground', () => {
  const chain = Array.from(
    { length: 2000 },
    (_, i) => `      e${i}: [ { call: stock.e${i + 1} } ]`,
  );
  const text = MODEL_TEXT.replace('cpu: { median: 3ms, p99: 12ms }', 'call: stock.e0');
  const sound = `${text}${chain.join('\n')}\n      e2000: [ { cpu: 1ms } ]\n`;
  expect(complaints(source(sound))).toEqual([
    'model.yaml:10:8: journeys.buy: expected at most 200 calls inside each other, found 2003',
  ]);
  const twice = sound.replaceAll(/\{ call: stock.e(\d+) \}/g, '$&, $&');
  expect(complaints(source(twice))).toEqual([
    'model.yaml:10:8: journeys.buy: expected at most 10000 steps an arrival, ' +
      'with all that they call, found far more',
  ]);
});
