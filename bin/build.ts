/**
 * `plimsoll build`: each k6 program of `scenarios/` as one file that any k6 ≥ 2 runs, with its pool
 * and its default plan beside it.
 */
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Command } from 'commander';
import { build, type Metafile } from 'esbuild';
import { UsageError } from '../simulator/model/usage-error.ts';
import { PROJECT, print, shown, writeWhole } from './files.ts';
import { writeDefaultPlan } from './plan.ts';
import { POOLS } from './pools.ts';

const SOURCES: string = join(PROJECT, 'scenarios');
const OUTPUT: string = join(PROJECT, 'dist', 'scenarios');
/** Each virtual user of k6 holds a copy of the bundle: a library in it shows at once. */
const MOST_BYTES = 150_000;
const NAMED_INPUTS = 5;

/** Writes the default load plan of a scenario to a path. */
type WritePlan = (scenario: string, path: string) => void | Promise<void>;

export interface BuiltScenario {
  readonly name: string;
  /** Path of the bundle. */
  readonly bundle: string;
  readonly bytes: number;
}

const EXAMPLES = `
Examples:
  plimsoll build
  plimsoll build unacademy-feed
  k6 run dist/scenarios/unacademy-feed.js`;

/** Registers the command. */
export function buildCommand(program: Command): void {
  program
    .command('build')
    .argument('[scenario...]', 'names of scenarios; all by default')
    .description('bundle the k6 scenarios, so that k6 alone can run them')
    .addHelpText('after', EXAMPLES)
    .action(async (names: readonly string[]) => {
      for (const name of names.length > 0 ? names : scenarioNames()) {
        const { bundle, bytes } = await buildScenario(name, writeDefaultPlan);
        print(`${shown(bundle)}  ${(bytes / 1000).toFixed(1)} kB`);
      }
    });
}

/** Names of the k6 programs in `scenarios/`. */
export function scenarioNames(): string[] {
  return readdirSync(SOURCES)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => basename(file, '.ts'))
    .sort();
}

/**
 * Bundles `scenarios/<name>.ts` to `dist/scenarios/<name>.js`; `<name>.pool.json` and, by
 * `writePlan`, `<name>.plan.json` lie beside it. Throws a UsageError for an unknown name and for a
 * bundle that has grown too large or holds the test data generator.
 */
export async function buildScenario(name: string, writePlan?: WritePlan): Promise<BuiltScenario> {
  const source = join(SOURCES, `${name}.ts`);
  if (!/^[a-z0-9-]+$/.test(name) || !existsSync(source)) {
    throw new UsageError(`unknown scenario "${name}"; known: ${scenarioNames().join(', ')}`);
  }
  const files = await bundleForK6(source, join(OUTPUT, `${name}.js`));
  const pool = POOLS[name];
  if (pool !== undefined) {
    files.push({ path: join(OUTPUT, `${name}.pool.json`), text: JSON.stringify(pool()) });
  }
  for (const { path, text } of files) writeWhole(path, text);
  await writePlan?.(name, join(OUTPUT, `${name}.plan.json`));
  const bundle = files.find(({ path }) => path.endsWith('.js'))!;
  return { name, bundle: bundle.path, bytes: Buffer.byteLength(bundle.text) };
}

/** For k6's engine: no Node, no remote modules, the language level that it understands. */
async function bundleForK6(source: string, outfile: string) {
  const { metafile, outputFiles } = await build({
    entryPoints: [source],
    outfile,
    bundle: true,
    write: false,
    metafile: true,
    absWorkingDir: PROJECT,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    target: 'es2022',
    supported: { 'async-generator': false, 'for-await': false },
    external: ['k6', 'k6/*'],
    sourcemap: 'linked',
    legalComments: 'none',
    charset: 'utf8',
    logLevel: 'silent',
  }).catch((error: Error) => {
    throw new UsageError(`cannot bundle ${shown(source)}: ${error.message}`);
  });
  checkBundle(metafile);
  return outputFiles.map(({ path, text }) => ({ path, text }));
}

/** Throws a UsageError for a bundle that k6 would choke on, naming what makes it so. */
export function checkBundle(metafile: Metafile, mostBytes: number = MOST_BYTES): void {
  for (const [path, { bytes, inputs }] of Object.entries(metafile.outputs)) {
    if (!path.endsWith('.js')) continue;
    const bySize = Object.entries(inputs).sort((a, b) => b[1].bytesInOutput - a[1].bytesInOutput);
    if (bytes > mostBytes) {
      const largest = bySize
        .slice(0, NAMED_INPUTS)
        .map(([input, { bytesInOutput }]) => `  ${kilobytes(bytesInOutput)}  ${input}`);
      throw new UsageError(
        `${path}: expected a bundle of at most ${kilobytes(mostBytes)}, found ` +
          `${kilobytes(bytes)}; its largest parts:\n${largest.join('\n')}`,
      );
    }
    const faker = bySize.find(([input]) => input.includes('@faker-js/'));
    if (faker !== undefined) {
      throw new UsageError(`${path}: ${faker[0]} belongs into bin/pools.ts, not into a scenario`);
    }
  }
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}
