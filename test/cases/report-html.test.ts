/** The HTML report is inert, whole, and says "no data" rather than nothing. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { renderHtml } from '../../reports/html.ts';
import { SCRIPT } from '../../reports/html-script.ts';
import { STYLE } from '../../reports/style.ts';
import type { Results } from '../../simulator/results/results.ts';
import {
  comparison,
  HOSTILE,
  hostile,
  measurement,
  outside,
  PLAIN,
  prediction,
} from '../goldens/made-up.ts';
import { replayed } from '../helpers/replayed.ts';

const PAGE = whole(PLAIN);

function whole(names: typeof PLAIN): string {
  return renderHtml({
    predicted: prediction(5, names),
    measured: measurement(names, 1.2),
    comparison: comparison(names),
    title: names.model,
    command: names.reason,
  });
}

const ELEMENTS = new Set(
  [
    'a b body caption circle code dd defs desc details div dl dt figcaption figure h1 h2 h3 head',
    'header html li line main meta nav p path pattern rect script section small span strong style',
    'summary svg table tbody td text th thead title tr ul',
  ].flatMap((names) => names.split(' ')),
);
const ATTRIBUTES = new Set(
  [
    'aria-hidden aria-label aria-labelledby charset class content cx cy d data-label',
    'data-row-share dx height hidden href http-equiv id lang name overflow patternTransform',
    'patternUnits preserveAspectRatio r role scope tabindex text-anchor transform viewBox',
    'visibility width x x1 x2 y y1 y2',
  ].flatMap((names) => names.split(' ')),
);
const TAG = /<\/?([a-zA-Z][a-zA-Z0-9]*)((?:\s+[a-zA-Z][a-zA-Z0-9-]*(?:="[^"]*")?)*)\s*\/?>/g;

/** What a page is made of; whatever is no plain tag of ours is left over. */
function anatomy(html: string): { elements: Set<string>; attributes: string[]; rest: string } {
  const outer = html.replace(STYLE, '').replace(SCRIPT, '').replace('<!doctype html>', '');
  const tags = [...outer.matchAll(TAG)];
  return {
    elements: new Set(tags.map(([, name]) => name!)),
    attributes: tags.flatMap(
      ([, , text]) => text!.match(/[a-zA-Z][a-zA-Z0-9-]*(?:="[^"]*")?/g) ?? [],
    ),
    rest: outer.replaceAll(TAG, ''),
  };
}

function expectInert(html: string): void {
  const { elements, attributes, rest } = anatomy(html);
  expect([...elements].filter((name) => !ELEMENTS.has(name))).toEqual([]);
  const names = attributes.map((attribute) => attribute.replace(/=[\s\S]*/, ''));
  expect(names.filter((name) => !ATTRIBUTES.has(name))).toEqual([]);
  const links = attributes.filter((attribute) => /^href=/.test(attribute));
  expect(links.filter((link) => !/^href="#[a-z-]+"$/.test(link))).toEqual([]);
  expect(rest).not.toMatch(/[<>"']/);
  expect(html.replace(SCRIPT, '').replaceAll(/&#\d+;/g, '')).not.toContain('&');
  expect(html.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cs}\p{Bidi_Control}]/u);
}

test.each(HOSTILE)('hostile text in every label does nothing: %j', (text) => {
  expectInert(whole(hostile(text)));
});

test.each(HOSTILE)('nor does it among the answers of a replay: %j', (text) => {
  const share = { count: 1, of: 2 };
  const latency = { count: 0, sum: 0, min: 0, max: 0, buckets: [] };
  const answers: NonNullable<Results['answers']> = {
    recorded: 2,
    notCompared: { [text]: 1 },
    differing: { ...share, value: 0.5, low: 0.1, high: 0.9 },
    bodies: { expected: 2, compared: 1, notCompared: { [text]: 1 } },
    noise: { compared: 2, failed: 0, differing: { ...share, value: null, low: null, high: null } },
    ignored: { headers: [text], fields: [text] },
    endpoints: [{ endpoint: text, differing: share, recordedMs: latency, replayedMs: latency }],
    fields: [
      {
        endpoint: text,
        field: text,
        raw: share,
        noise: share,
        beyond: null,
        verdict: 'no data',
        changes: { [text]: 1 },
        example: { sequence: 0, recorded: text, replayed: text },
      },
    ],
    fieldsLeftOut: 1,
  };
  expectInert(renderHtml({ predicted: { ...prediction(1), answers } }));
});

test.each(HOSTILE)('nor among the fates of its records: %j', (text) => {
  const counts = { [text]: 1 };
  const changes = { reasons: [text], target: text, failed: counts, heldBack: counts };
  expectInert(renderHtml({ predicted: replayed(changes, hostile(text)) }));
});

test('neither does any other text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
      expectInert(
        renderHtml({ predicted: prediction(1, hostile(text)), title: text, command: text }),
      );
    }),
    { numRuns: 60 },
  );
});

test('an object in the place of a name is no way in', () => {
  const name = { text: '<script>alert(1)</script>' } as unknown as string;
  expectInert(renderHtml({ predicted: { ...prediction(1), name } }));
});

test('the policy allows the style and the script of the page, and nothing else', () => {
  const hash = (text: string) => `sha256-${createHash('sha256').update(text).digest('base64')}`;
  const [, style] = /<style>([\s\S]*?)<\/style>/.exec(PAGE)!;
  const [, script] = /<script>([\s\S]*?)<\/script>/.exec(PAGE)!;
  const [, policy] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(PAGE)!;
  expect(policy!.replaceAll('&#39;', "'").split('; ')).toEqual([
    "default-src 'none'",
    `style-src '${hash(style!)}'`,
    `script-src '${hash(script!)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ]);
});

const EMPTY: Results = { ...prediction(0), model: undefined, warnings: [] };
const NO_GENERATOR: Results = { ...measurement(), generator: undefined };

test.each<[string, Parameters<typeof renderHtml>[0]]>([
  ['a prediction alone', { predicted: prediction(5) }],
  ['many replications', { predicted: prediction(25) }],
  ['one replication', { predicted: prediction(1) }],
  ['no replication', { predicted: prediction(0) }],
  ['nothing at all', { predicted: EMPTY, measured: { ...EMPTY, generator: undefined } }],
  ['no time at all', { predicted: { ...prediction(1), durationMs: 0, phases: [] } }],
  ['a target outside', { predicted: prediction(5), measured: outside() }],
  ['a generator that was not watched', { predicted: prediction(5), measured: NO_GENERATOR }],
  [
    'other journeys and services',
    { predicted: prediction(3), measured: measurement(hostile('x')) },
  ],
  [
    'names that every object has',
    { predicted: prediction(3), measured: measurement(hostile('constructor')) },
  ],
])('a report of %s shows no number that is none', (_, parts) => {
  const html = renderHtml(parts);
  expectInert(html);
  const shown = html.replace(SCRIPT, '').replace(STYLE, '');
  expect(shown).not.toMatch(/NaN|undefined|Infinity|\bnull\b|\[object/);
  expect(shown).not.toMatch(/<(td|th|dd|figcaption)[^>]*><\/\1>/);
});

test('what is empty says so', () => {
  const html = renderHtml({ predicted: EMPTY });
  expect(html.match(/<p class="empty">no data<\/p>/g)?.length).toBeGreaterThanOrEqual(5);
});

test('caches have a part of their own, after the services, where the model has some', () => {
  expect(PAGE.indexOf('id="utilisation"')).toBeLessThan(PAGE.indexOf('id="caches"'));
  expect(PAGE).toContain(
    '<tr><th scope="row">prices</th>' +
      '<td class="number">65 % (64.3–65.6 %)</td><td class="number">11.7/s</td></tr>',
  );
  expect(renderHtml({ predicted: EMPTY })).not.toContain('id="caches"');
});

test('a target outside is said to be not measured', () => {
  const html = renderHtml({ predicted: prediction(5), measured: outside() });
  expect(html.match(/<p class="note">not measured<\/p>/g)).toHaveLength(4);
});

test('without data the report is below 100 kB', () => {
  expect(renderHtml({ predicted: EMPTY }).length).toBeLessThan(30_000);
  expect(PAGE.length).toBeLessThan(100_000);
});

test('the same results give the same bytes', () => {
  expect(whole(PLAIN)).toBe(PAGE);
});

test('ids are unique, and whatever is referred to is there', () => {
  const ids = [...PAGE.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id!);
  expect(new Set(ids).size).toBe(ids.length);
  const referred = [...PAGE.matchAll(/aria-labelledby="([^"]*)"|href="#([^"]*)"/g)].flatMap(
    ([, labels, link]) => (labels ?? link)!.split(' '),
  );
  expect(referred.filter((id) => !ids.includes(id))).toEqual([]);
});

test('every chart has a title, a description, and its numbers as a table', () => {
  const charts = PAGE.match(/<svg class="chart"/g)!.length;
  expect(PAGE.match(/<title id=/g)).toHaveLength(charts);
  expect(PAGE.match(/<desc id="[^"]*">[^<]{20,}<\/desc>/g)).toHaveLength(charts);
  const figures = PAGE.match(/<figure[\s\S]*?<\/figure>/g)!;
  const drawn = figures.filter(
    (figure) => figure.includes('<svg class="chart"') && !figure.includes('lateness'),
  );
  expect(
    drawn.filter((figure) => !/<details>[\s\S]*<caption>[\s\S]*scope="row"/.test(figure)),
  ).toEqual([]);
});

/** The first group's figure, its tables by their caption's first word. */
function groupFigure(html: string): string {
  return /<figure id="instances-0">[\s\S]*?<\/figure>/.exec(html)![0];
}

test('every decision is a mark with its reason, and so is what held a group back', () => {
  const figure = groupFigure(PAGE);
  const titles = [...figure.matchAll(/class="mark (\w+)"[^>]*><title>([^<]*)</g)];
  const reason = 'step-scaling: requests-per-instance 143.2/s above 120.0/s: 1 → 2';
  expect(titles.map(([, side, words]) => [side, words])).toEqual([
    ['predicted', `predicted, 40 s: stays at 2. ${reason}, 1 already on the way`],
    ['predicted', `predicted, 30 s: 1 → 2. ${reason}`],
    ['measured', `measured, 40 s: stays at 2. ${reason}, 1 already on the way`],
    ['measured', `measured, 30 s: 1 → 2. ${reason}`],
  ]);
});

test('the same stands in a table beside the chart, closed at first, and in the key', () => {
  const [, summary, table] =
    /<details><summary>([^<]*decision[^<]*)<\/summary>([\s\S]*?)<\/details>/.exec(
      groupFigure(PAGE),
    )!;
  expect(summary).toBe('2 decisions, 2 held back');
  const rows = [...table!.matchAll(/<tr><th scope="row">(.*?)<\/th>(.*?)<\/tr>/g)].map(
    ([, at, cells]) => `${at}: ${cells!.replaceAll(/<[^>]*>/g, ' ').trim()}`,
  );
  const reason = 'step-scaling: requests-per-instance 143.2/s above 120.0/s';
  expect(rows.map((row) => row.replaceAll(/ +/g, ' '))).toEqual([
    `30 s: predicted: 1 → 2 ${reason}`,
    `30 s: measured: 1 → 2 ${reason}`,
    `40 s: predicted: stays at 2 ${reason}: 1 → 2, 1 already on the way`,
    `40 s: measured: stays at 2 ${reason}: 1 → 2, 1 already on the way`,
  ]);
  expect(PAGE).toContain('</svg>held back</li>');
});

/** A prediction whose first run decided so often, and was held back so often. */
function busy(decisions: number, held: number): Results {
  const one = prediction(1);
  const [run] = one.runs;
  const [, , block] = run!.evaluations!;
  const atMs = (index: number) => 1000 + index * 100;
  const all = Array.from({ length: decisions }, (_, index) => ({
    ...run!.decisions[0]!,
    atMs: atMs(2 * index),
  }));
  const evaluations = Array.from({ length: held }, (_, index) => ({
    ...block!,
    atMs: atMs(2 * index + 1),
  }));
  return { ...one, runs: [{ ...run!, decisions: all, evaluations }] };
}

test('where nothing held a group back, neither the key nor a list says so', () => {
  const html = renderHtml({ predicted: busy(1, 0) });
  expect(html).not.toContain('held back</li>');
  expect(html).toContain('<summary>1 decision</summary>');
  expect(html).not.toContain('Held back:');
});

test('of long lists the beginning is open, the rest closed, and beyond a hundred counted', () => {
  const html = renderHtml({ predicted: busy(30, 130) });
  const section = html.slice(html.indexOf('<h2 id="decisions">'));
  const parts = [...section.matchAll(/<details><summary>(\d+ more)<\/summary>/g)];
  expect(parts.map(([, words]) => words)).toEqual(['18 more', '89 more']);
  expect(section).toContain('… 30 more');
  const [open] = /<table>[\s\S]*?<\/table>/.exec(section)!;
  expect(open.match(/<tr><th scope="row">/g)).toHaveLength(12);
  const figure = groupFigure(html);
  expect(figure).toContain('<summary>30 decisions, 130 held back</summary>');
  expect(figure).toContain('… 60 more');
  expect(figure.match(/class="mark /g)).toHaveLength(130);
});

test('a table says of a moment what its chart shows there', () => {
  const [figure] = /<figure id="instances-0">[\s\S]*?<\/figure>/.exec(PAGE)!;
  const cells = (from: string) =>
    new RegExp(`<th scope="row">${from}</th>(.*)</tr>`)
      .exec(figure)![1]!
      .replaceAll(/<[^>]*>/g, ' ');
  expect(cells('40 s').trim()).toMatch(/^1 +1$/);
  expect(cells('50 s').trim()).toMatch(/^2.4 \(2–3\) +3$/);
});

test('kinds of checks that did not pass come first, and in each what failed', () => {
  const verdicts = [...PAGE.matchAll(/<tr role="row" class="([a-z-]+)">/g)].map(
    ([, verdict]) => verdict,
  );
  expect(verdicts).toEqual(['fail', 'inconclusive', 'pass', 'no-data', 'pass', 'pass', 'pass']);
});

test('the verdict and its reason stand before everything else', () => {
  const verdict = PAGE.indexOf('<div class="verdict fail">');
  expect(verdict).toBeGreaterThan(0);
  expect(PAGE.indexOf('142 ms is above the 121 ms that is allowed')).toBeGreaterThan(verdict);
  expect(PAGE.indexOf('142 ms is above the 121 ms that is allowed')).toBeLessThan(
    PAGE.indexOf('<main>'),
  );
});

test('a prediction alone is judged by its objectives', () => {
  expect(renderHtml({ predicted: prediction(5) })).toMatch(
    /<div class="verdict (pass|fail|inconclusive)">/,
  );
  expect(renderHtml({ predicted: EMPTY })).toContain('There are no objectives to judge by.');
});
