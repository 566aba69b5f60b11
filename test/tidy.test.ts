/**
 * The house keeps itself: who may import whom, what may not be called where, and how long things
 * may be.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';

/**
 * Folder → folders that its files may import from (besides itself). The order of layers, top to
 * bottom.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  bin: ['fixtures/staging', 'reports', 'replay', 'simulator', 'scenarios'],
  'fixtures/staging': ['simulator'],
  reports: ['simulator'],
  replay: ['simulator'],
  scenarios: ['simulator/traffic', 'simulator/model/units.ts'],
  simulator: [],
  test: ['bin', 'fixtures', 'reports', 'replay', 'simulator', 'scenarios'],
};

/** Inside the core the same, layer by layer: each may import what stands before it, and itself. */
const CORE_LAYERS: readonly string[] = [
  'engine/maths.ts',
  'model',
  'engine/columns.ts engine/random.ts engine/ziggurat.ts',
  'distributions',
  'traffic',
  'policies',
  'decide',
  'results/histogram.ts results/answers.ts results/results.ts',
  'components',
  'results',
  'engine',
  'analysis',
  'theory',
  'simulate.ts',
];

/** What must not be called, where, and what to call instead. */
const BANS: readonly { where: RegExp; what: RegExp; instead: string }[] = [
  {
    where: /^simulator\//,
    what: /\bMath\.(random|log(2|10|1p)?|exp(m1)?|pow|(sin|cos|tan)h?|cbrt|hypot)\b/,
    instead: 'engine/maths.ts and engine/random.ts: the same bytes on every engine',
  },
  {
    where: /^simulator\//,
    what: /[^/*]\*\*[^/*]/,
    instead: 'multiplication: ** may round differently',
  },
  {
    where: /^simulator\//,
    what: /\bDate\b\s*[.(]|\bperformance\.|from 'node:/,
    instead: 'nowMs as an argument',
  },
  { where: /^(?!bin\/|test\/|vitest)/, what: /process\.(env|exitCode|exit)\b/, instead: 'bin/' },
  { where: /./, what: /\bas any\b|: any\b|@ts-ignore/, instead: 'a type' },
  { where: /./, what: /\b(test|it|describe)\.(only|todo)\b/, instead: 'the whole suite' },
  { where: /^(?!test\/)/, what: /\bfetch\(/, instead: 'undici with an allow-list' },
];

const MOST_LINES = 400;
const MOST_COLUMNS = 100;

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => /\.(ts|mjs)$/.test(file));
const sources = new Map(files.map((file) => [file, readFileSync(file, 'utf8')]));

function imports(file: string): string[] {
  const found = sources.get(file)!.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g);
  return [...found].map(([, path]) => normalize(join(dirname(file), path!)));
}

function folderOf(file: string): string | undefined {
  return Object.keys(MAY_IMPORT).find((folder) => file.startsWith(`${folder}/`));
}

test.each(Object.keys(MAY_IMPORT))('%s imports only what stands below it', (folder) => {
  const own = files.filter((file) => folderOf(file) === folder);
  const allowed = [folder, ...MAY_IMPORT[folder]!];
  const wrong = own.flatMap((file) =>
    imports(file)
      .filter((path) => !allowed.some((prefix) => path === prefix || path.startsWith(`${prefix}/`)))
      .map((path) => `${file} imports ${path}`),
  );
  expect(wrong).toEqual([]);
});

function layerOf(file: string): number {
  const inside = file.replace('simulator/', '');
  const exact = CORE_LAYERS.findIndex((layer) => layer.split(' ').includes(inside));
  if (exact >= 0) return exact;
  return CORE_LAYERS.findIndex((layer) => inside.startsWith(`${layer}/`));
}

test('inside the core every layer imports only the layers before it', () => {
  const core = files.filter((file) => file.startsWith('simulator/'));
  const wrong = core.flatMap((file) => {
    const layer = layerOf(file);
    if (layer < 0 && file !== 'simulator/simulate.ts') return [`${file} is in no layer`];
    return imports(file)
      .filter((path) => layerOf(path) > layer)
      .map((path) => `${file} imports ${path}`);
  });
  expect(wrong).toEqual([]);
});

test.each(BANS)('$where.source: no $what.source, but $instead', ({ where, what }) => {
  const wrong = files
    .filter((file) => where.test(file) && file !== 'test/tidy.test.ts')
    .flatMap((file) =>
      code(sources.get(file)!)
        .map((line, index) => ({ line, at: `${file}:${index + 1}` }))
        .filter(({ line }) => what.test(line))
        .map(({ at, line }) => `${at}: ${line.trim()}`),
    );
  expect(wrong).toEqual([]);
});

/** Lines without comments, as far as a line-by-line look can tell. */
function code(source: string): string[] {
  return source
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
    .split('\n')
    .map((line) => line.replace(/(^|\s)\/\/.*$/, ''));
}

test(`no source file is longer than ${MOST_LINES} lines`, () => {
  const long = files.filter(
    (file) => !file.startsWith('test/') && sources.get(file)!.split('\n').length > MOST_LINES,
  );
  expect(long).toEqual([]);
});

test(`no line is wider than ${MOST_COLUMNS} columns`, () => {
  const wide = files.flatMap((file) =>
    sources
      .get(file)!
      .split('\n')
      .flatMap((line, index) =>
        [...line].length > MOST_COLUMNS && !/https?:|biome-ignore|`/.test(line)
          ? [`${file}:${index + 1}`]
          : [],
      ),
  );
  expect(wide).toEqual([]);
});

test('file names are in kebab-case', () => {
  const odd = files.filter((file) => !/^([a-z0-9.-]+\/)*[a-z0-9.-]+$/.test(file));
  expect(odd).toEqual([]);
});
