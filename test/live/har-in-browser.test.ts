/** A HAR that was written, read by a browser's tool. Without a browser it is skipped. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { chromium } from 'playwright-core';
import { afterAll, expect, test } from 'vitest';
import type { RecordedRequest } from '../../replay/formats/capture.ts';
import { har } from '../../replay/formats/har/har.ts';
import { CHROMIUM } from '../helpers/browser.ts';
import { writtenBy } from '../helpers/text-captures.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-har-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A page that shows what it has fetched. */
const PAGE = `<meta charset="utf-8"><p></p><script>
const show = async () => {
  const text = await (await fetch('/text')).text();
  const bytes = new Uint8Array(await (await fetch('/bytes')).arrayBuffer());
  const status = (await fetch('/gone')).status;
  document.querySelector('p').textContent = [text, [...bytes].join(' '), status].join('|');
};
show();
</script>`;

function answered(target: string, status: number, type: string, body: Uint8Array, coding?: string) {
  const coded = coding === undefined ? [] : ['Content-Encoding', coding];
  const request: RecordedRequest = {
    atNs: 1_700_000_000_000_000_000n,
    id: target,
    connection: '1',
    method: 'GET',
    target,
    headers: ['Host', 'shop.example'],
    body: undefined,
    answer: { status, headers: ['Content-Type', type, ...coded], body, latencyNs: 5_000_000n },
  };
  return request;
}

test.skipIf(CHROMIUM === undefined)(
  'text, coded text, bytes and errors come out',
  async () => {
    const path = join(folder, 'shop.har');
    const requests = [
      answered('/', 200, 'text/html', Buffer.from(PAGE)),
      answered('/text', 200, 'text/plain; charset=utf-8', gzipSync('é and €'), 'gzip'),
      answered('/bytes', 200, 'application/octet-stream', Buffer.of(0, 255, 128)),
      answered('/gone', 410, 'text/plain', Buffer.from('gone')),
    ];
    writeFileSync(path, writtenBy(har, requests));
    const browser = await chromium.launch({ executablePath: CHROMIUM!, args: ['--no-sandbox'] });
    try {
      const page = await browser.newPage();
      await page.routeFromHAR(path, { notFound: 'abort' });
      await page.goto('http://shop.example/');
      await page.waitForFunction("document.querySelector('p').textContent !== ''");
      expect(await page.textContent('p')).toBe('é and €|0 255 128|410');
    } finally {
      await browser.close();
    }
  },
  60_000,
);
