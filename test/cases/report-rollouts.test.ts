/** How reports show which instances are of the version that rolls out. */
import { describe, expect, test } from 'vitest';
import { contradictionIn } from '../../reports/contradictions.ts';
import { explain } from '../../reports/explain.ts';
import { instancesSection } from '../../reports/html-services.ts';
import { renderExplained } from '../../reports/text-explain.ts';
import { painter } from '../../reports/text-layout.ts';
import { services } from '../../reports/text-prediction-parts.ts';
import { canary, good, ran, rollout } from '../helpers/rolled-out.ts';

/** Two new ones from 60 s on (they serve from 80 s), five from 200 s, all from 340 s. */
const { results } = ran([rollout(good, canary)]);
const { results: still } = ran([]);

describe('in the report', () => {
  const section = (of: typeof results) =>
    instancesSection({ predicted: of, measured: undefined }).body.text;

  test('a finer line beside that of all instances, a column of numbers, and the key', () => {
    const page = section(results);
    expect(page.match(/class="line predicted"/g)).toHaveLength(2);
    expect(page.match(/class="line predicted part"/g)).toHaveLength(1);
    expect(page).toContain('of the new version');
    expect(page).toContain('predicted new version');
    expect(page).toContain('predicted new version: 0 to 10');
  });

  test('nothing of it without a roll-out', () => {
    const page = section(still);
    expect(page).not.toContain('new version');
    expect(page).not.toContain('part"');
  });
});

describe('on a terminal', () => {
  const rows = (of: typeof results) => services(of, 100, painter(false)).join('\n');

  test('a row more, on the scale of the instances', () => {
    expect(rows(results)).toMatch(/instances +\S+ +8 to 10\n +new version +\S+ +0 to 10\n/);
  });

  test('nothing of it without a roll-out', () => {
    expect(rows(still)).not.toContain('new version');
  });
});

describe('explained', () => {
  const at = (atMs: number) => {
    const explained = explain(results, { run: 1, atMs, service: undefined });
    const [feed] = explained.explanations;
    return {
      actual: feed!.actual,
      text: renderExplained(explained, { color: false, width: 100, origin: 'x.json' }),
    };
  };

  test('at a moment, how many are of the new version', () => {
    expect(at(150_000).actual).toMatchObject({ updated: 2 });
    expect(at(150_000).text).toMatch(/desired 10; \d+ serving, 2 of the new version at 2:30/);
    expect(at(800_000).actual).toMatchObject({ serving: 10, updated: 10 });
  });

  test('not where none is', () => {
    expect(at(30_000).actual).toMatchObject({ updated: 0 });
    expect(at(30_000).text).not.toContain('new version');
  });
});

test('a results file whose series is too short is refused', () => {
  const whole = { ...results, model: undefined };
  expect(contradictionIn(whole)).toBeUndefined();
  const [run] = results.runs;
  const { feed } = run!.services;
  const short = { ...feed!, updated: feed!.updated!.slice(1) };
  const wrong = { ...whole, runs: [{ ...run!, services: { feed: short } }] };
  expect(contradictionIn(wrong)).toMatch(
    /services\.feed\.updated: expected \d+ buckets, found \d+/,
  );
});
