/** The same bytes in another JavaScript engine's build: the bundle in a real browser. */
import { existsSync } from 'node:fs';
import { build } from 'esbuild';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadModel } from '../../bin/systems.ts';
import { simulate } from '../../simulator/simulate.ts';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (path) => existsSync(path),
);

const ENTRY = `
  import { simulate } from './simulator/simulate.ts';
  globalThis.simulated = (model, options) => JSON.stringify(simulate(model, options));
`;

describe.skipIf(CHROMIUM === undefined)('in a browser', () => {
  let browser: Browser;
  let bundle: string;
  beforeAll(async () => {
    const { outputFiles } = await build({
      stdin: { contents: ENTRY, resolveDir: process.cwd(), loader: 'ts' },
      bundle: true,
      write: false,
      format: 'iife',
      platform: 'browser',
      minify: true,
    });
    bundle = outputFiles[0]!.text;
    browser = await chromium.launch({ executablePath: CHROMIUM!, args: ['--no-sandbox'] });
  });
  afterAll(() => browser.close());

  test('one seed gives the same bytes as in Node, and the simulator is small', async () => {
    const { model, digest } = loadModel({ system: 'unacademy-feed', overlays: ['staging'] });
    const options = {
      seed: 11,
      replications: 3,
      arrivals: 'independent',
      modelDigest: digest,
    } as const;
    const page = await browser.newPage();
    await page.addScriptTag({ content: bundle });
    const call = `simulated(${JSON.stringify(model)}, ${JSON.stringify(options)})`;
    expect(await page.evaluate(call)).toBe(JSON.stringify(simulate(model, options)));
    // It goes into reports one day: no library may slip in.
    expect(bundle.length).toBeLessThan(60_000);
  });
});
