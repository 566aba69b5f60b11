/** Chromium, where it is installed, and the simulator in it. */
import { existsSync } from 'node:fs';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import type { Model } from '../../simulator/model/model.ts';
import type { SimulationOptions } from '../../simulator/simulate.ts';

/** Path of the browser; undefined where there is none. */
export const CHROMIUM: string | undefined = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => existsSync(path));

const ENTRY = `
  import { simulate } from './simulator/simulate.ts';
  globalThis.simulated = (model, options) => JSON.stringify(simulate(model, options));
`;

export interface BrowserSimulator {
  /** Such as `Chromium 142.0.7444.175`. */
  readonly name: string;
  /** Size of the minified simulator. */
  readonly bundleBytes: number;
  /** The files that it is made of, as paths from the project's root. */
  readonly bundled: readonly string[];
  /** `simulate()` in a page: the Results as JSON. */
  readonly simulate: (model: Model, options: SimulationOptions) => Promise<string>;
  readonly close: () => Promise<void>;
}

/**
 * Bundles the simulator for browsers and loads it into a page of its own.
 *
 * @param policy the page's content security policy
 */
export async function simulatorInBrowser(
  executablePath: string,
  policy = '',
): Promise<BrowserSimulator> {
  const { text: bundle, inputs } = await bundleIt();
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const page = await browser.newPage();
  await page.setContent(`<meta http-equiv="Content-Security-Policy" content="${policy}">`);
  await page.addScriptTag({ content: bundle });
  return {
    name: `Chromium ${browser.version()}`,
    bundleBytes: bundle.length,
    bundled: inputs,
    simulate: (model, options) =>
      page.evaluate<string>(`simulated(${JSON.stringify(model)}, ${JSON.stringify(options)})`),
    close: () => browser.close(),
  };
}

async function bundleIt(): Promise<{ text: string; inputs: string[] }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: ENTRY, resolveDir: process.cwd(), loader: 'ts' },
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    minify: true,
    metafile: true,
  });
  return { text: outputFiles[0]!.text, inputs: Object.keys(metafile.inputs) };
}
