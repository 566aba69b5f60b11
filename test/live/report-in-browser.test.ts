/** The HTML report in a real browser. Where there is none, the tests are skipped and say so. */
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ReportParts, renderHtml } from '../../reports/html.ts';
import { comparison, HOSTILE, hostile, measurement, prediction } from '../goldens/made-up.ts';
import { CHROMIUM } from '../helpers/browser.ts';
import { replayed } from '../helpers/replayed.ts';

function madeUpParts(): ReportParts {
  return { predicted: prediction(8), measured: measurement(), comparison: comparison() };
}

/** One report per hostile string, which stands in every place that a user can name. */
function hostileParts(): ReportParts[] {
  return HOSTILE.map((text) => {
    const names = hostile(text);
    return {
      predicted: prediction(3, names),
      measured: measurement(names),
      comparison: comparison(names),
      title: text,
      command: text,
    };
  });
}

describe.skipIf(CHROMIUM === undefined)('in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM!, args: ['--no-sandbox'] });
  });
  afterAll(() => browser.close());

  interface Seen {
    readonly page: Page;
    readonly complaints: string[];
  }

  async function open(html: string, width: number, colorScheme: 'light' | 'dark'): Promise<Seen> {
    const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(`console: ${message.text()}`));
    page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
    page.on('dialog', (dialog) => {
      complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('request', (request) => {
      if (!request.url().startsWith('about:')) complaints.push(`request: ${request.url()}`);
    });
    await page.setContent(html, { waitUntil: 'load' });
    return { page, complaints };
  }

  test.each([
    [1200, 'light'],
    [1200, 'dark'],
    [400, 'light'],
    [400, 'dark'],
    [320, 'light'],
  ] as const)('at %i px, %s, it fits and is silent', async (width, scheme) => {
    for (const parts of [madeUpParts(), hostileParts()[0]!, { predicted: replayed() }]) {
      const { page, complaints } = await open(renderHtml(parts), width, scheme);
      const scrollWidth = await page.evaluate('document.documentElement.scrollWidth');
      expect(scrollWidth).toBeLessThanOrEqual(width);
      expect(complaints).toEqual([]);
      await page.close();
    }
  });

  test('names from a model are text, never markup', async () => {
    for (const parts of hostileParts()) {
      const { page, complaints } = await open(renderHtml(parts), 1200, 'light');
      expect(await page.locator('img, iframe, a[href^="javascript:"]').count()).toBe(0);
      expect(await page.locator('script').count()).toBeLessThanOrEqual(1);
      expect(complaints).toEqual([]);
      await page.close();
    }
  });

  test('pointing at a chart reads the numbers of its lines, and of no other table', async () => {
    const { page, complaints } = await open(renderHtml(madeUpParts()), 1200, 'light');
    const chart = page.locator('#instances-0 svg.chart');
    await chart.scrollIntoViewIfNeeded();
    const box = (await chart.boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.72, box.y + 80);
    const words = await page.locator('#instances-0 .readout').textContent();
    expect(words).toBe('40 s: predicted 1 · measured 1');
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('the decisions beside a chart open by the keyboard', async () => {
    const { page } = await open(renderHtml(madeUpParts()), 400, 'light');
    const summary = page.locator('#instances-0 summary', { hasText: 'held back' });
    await summary.focus();
    await page.keyboard.press('Enter');
    const table = page.locator('#instances-0 table', { hasText: 'already on the way' });
    expect(await table.isVisible()).toBe(true);
    await page.close();
  });

  test('charts and tables are there without scripts', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.setContent(renderHtml(madeUpParts()));
    expect(await page.locator('svg').count()).toBeGreaterThan(4);
    expect(await page.locator('table').count()).toBeGreaterThan(4);
    await context.close();
  });
});
