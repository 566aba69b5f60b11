/** The same bytes in another JavaScript engine's build: the bundle in a real browser. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadModel } from '../../bin/systems.ts';
import type { Model } from '../../simulator/model/model.ts';
import { type SimulationOptions, simulate } from '../../simulator/simulate.ts';
import { type BrowserSimulator, CHROMIUM, simulatorInBrowser } from '../helpers/browser.ts';

describe.skipIf(CHROMIUM === undefined)('in a browser', () => {
  let browser: BrowserSimulator;
  beforeAll(async () => {
    browser = await simulatorInBrowser(CHROMIUM!);
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
    expect(await browser.simulate(model, options)).toBe(JSON.stringify(simulate(model, options)));
    // It goes into reports one day: no library may slip in.
    expect(browser.bundled.filter((path) => !/^(simulator\/|<stdin>)/.test(path))).toEqual([]);
    expect(browser.bundleBytes).toBeLessThan(350_000);
  });

  test('a run that is long enough for code of its own gives the same bytes, too', async () => {
    expect(await browser.simulate(...long())).toBe(JSON.stringify(simulate(...long())));
  });

  test('a page that lets no code be made gets them from the machine', async () => {
    const strict = await simulatorInBrowser(CHROMIUM!, "script-src 'unsafe-inline'");
    try {
      expect(await strict.simulate(...long())).toBe(JSON.stringify(simulate(...long())));
    } finally {
      await strict.close();
    }
  });
});

/** More than 100,000 arrivals. */
function long(): [Model, SimulationOptions] {
  const settings = ['duration=60s', 'traffic.crawlers.rate=1900/s'];
  const { model, digest } = loadModel({ system: 'photo-timeline', settings });
  return [model, { seed: 12, replications: 1, arrivals: 'independent', modelDigest: digest }];
}
