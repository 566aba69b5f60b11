/**
 * The same SHA-256 in every setting: a model and a seed give the same bytes for any number of
 * workers, time zone, language, order of keys, Node.js, and in a browser.
 */

import { startProgress } from '../../bin/progress.ts';
import { simulateInParallel } from '../../bin/replicate.ts';
import { aligned } from '../bench/print.ts';
import { CHROMIUM, simulatorInBrowser } from '../helpers/browser.ts';
import { ENVIRONMENTS, hashesElsewhere, NotHere, nodeOf } from './elsewhere.ts';
import { type Amount, type Hashes, hashesOf, type Subject, subjects } from './hashes.ts';
import { keysReversed, keysShuffled } from './key-order.ts';

/** Enough for four workers to have work. */
const REPLICATIONS = 4;
const NODES = [22, 24, 26];

interface Setting {
  readonly name: string;
  /** Throws a NotHere where this machine does not have it. */
  readonly hash: (amount: Amount) => Promise<Hashes & { readonly where?: string }>;
}

const SETTINGS: readonly Setting[] = [
  ...[2, 4].map(workers),
  ...ENVIRONMENTS.map(environment),
  rearranged('keys reversed', keysReversed),
  ...[1, 2, 3].map((seed) =>
    rearranged(`keys shuffled, ${seed}`, (subject) => keysShuffled(subject, seed)),
  ),
  ...NODES.map(node),
  { name: 'headless Chromium', hash: hashInChromium },
];

/** Prints a row per setting; false when any has other bytes than this thread. */
export async function determinism(seeds: number): Promise<boolean> {
  const progress = startProgress();
  const amount = { seeds, replications: REPLICATIONS };
  progress.update('one thread');
  const expected = await hashesOf(subjects(), amount);
  const rows: string[][] = [];
  for (const setting of SETTINGS) {
    progress.update(`${setting.name} (${rows.length + 1} of ${SETTINGS.length})`);
    rows.push([setting.name, ...(await compared(setting, amount, expected))]);
  }
  progress.clear();
  console.log(aligned([heading(expected), ...rows]));
  return !rows.flat().some((cell) => cell.startsWith('differs'));
}

function heading({ results, digests }: Hashes): string[] {
  const found = [`${results.length} results`, `${digests.length} model digests`];
  return [`beside one thread of Node ${process.versions.node}`, ...found, 'where'];
}

async function compared(
  { hash }: Setting,
  amount: Amount,
  expected: Hashes,
): Promise<[string, string, string]> {
  try {
    const { results, digests, where = '' } = await hash(amount);
    return [verdict(results, expected.results), verdict(digests, expected.digests), where];
  } catch (error) {
    if (error instanceof NotHere) return ['–', '–', `not available here: ${error.message}`];
    throw error;
  }
}

/** `equal`, `differs: 3 of 40`, or – where nothing was computed. */
function verdict(found: readonly string[], expected: readonly string[]): string {
  if (found.length === 0) return '–';
  const wrong = expected.filter((hash, index) => found[index] !== hash).length;
  return wrong === 0 ? 'equal' : `differs: ${wrong} of ${expected.length}`;
}

function workers(count: number): Setting {
  return {
    name: `${count} workers`,
    hash: (amount) =>
      hashesOf(subjects(), amount, (model, options) => simulateInParallel(model, options, count)),
  };
}

function environment(env: Readonly<Record<string, string>>): Setting {
  return { name: `${env['TZ']}, ${env['LANG']}`, hash: (amount) => hashesElsewhere(amount, env) };
}

function rearranged(name: string, rearrange: (subject: Subject) => Subject): Setting {
  return { name, hash: (amount) => hashesOf(subjects().map(rearrange), amount) };
}

function node(major: number): Setting {
  return {
    name: `Node ${major}`,
    hash: async (amount) => hashesElsewhere(amount, {}, nodeOf(major)),
  };
}

async function hashInChromium(amount: Amount): Promise<Hashes & { readonly where: string }> {
  if (CHROMIUM === undefined) throw new NotHere('no Chromium is installed');
  const { simulate, name, close } = await simulatorInBrowser(CHROMIUM);
  try {
    const { results } = await hashesOf(subjects(), amount, simulate);
    return { results, digests: [], where: name };
  } finally {
    await close();
  }
}
