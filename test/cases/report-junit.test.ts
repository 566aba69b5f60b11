/** JUnit XML: whatever is no pass is red, and no name breaks the document. */
import { expect, test } from 'vitest';
import type { Comparison } from '../../reports/comparison.ts';
import { renderJunit } from '../../reports/junit.ts';
import { comparison, HOSTILE, hostile, PASSING } from '../goldens/made-up.ts';

function count(xml: string, what: RegExp): number {
  return xml.match(what)?.length ?? 0;
}

test('a case per check, a suite per kind, and the sums add up', () => {
  const xml = renderJunit(comparison());
  expect(count(xml, /<testcase /g)).toBe(comparison().checks.length);
  expect([...xml.matchAll(/<testsuite name="([^"]*)"/g)].map(([, name]) => name)).toEqual([
    'Gates',
    'Bands',
    'Groups',
    'Objectives',
  ]);
  expect(xml).toContain('<testsuites name="plimsoll: shop" tests="7" failures="2" errors="1"');
});

test('inconclusive is a failure, no data is an error, nothing is skipped', () => {
  const xml = renderJunit(comparison());
  expect(count(xml, /<failure type="fail"/g)).toBe(1);
  expect(count(xml, /<failure type="inconclusive"/g)).toBe(1);
  expect(count(xml, /<error type="no data"/g)).toBe(1);
  expect(count(xml, /<skipped/g)).toBe(0);
});

test('a pass is green', () => {
  expect(count(renderJunit(PASSING), /<(failure|error)/g)).toBe(0);
});

test('warnings stand in the output of every suite, and nowhere when there are none', () => {
  const warned = renderJunit({ ...PASSING, warnings: ['an instance <died>', 'twice'] });
  const suites = count(warned, /<testsuite /g);
  const output = '<system-out>warning: an instance &#60;died&#62;\nwarning: twice</system-out>';
  expect(warned.split(output)).toHaveLength(suites + 1);
  expect(renderJunit({ ...PASSING, warnings: [] })).not.toContain('system-out');
});

const UNEXPLAINED: Comparison = { ...PASSING, verdict: 'inconclusive', reasons: ['nobody knows'] };
const NOTHING_CHECKED: Comparison = { ...PASSING, checks: [] };

test('a verdict that no check explains is red by itself', () => {
  const xml = renderJunit(UNEXPLAINED);
  expect(xml).toContain('<failure type="inconclusive" message="nobody knows">');
  expect(xml).toContain(`tests="${PASSING.checks.length + 1}" failures="1" errors="0"`);
});

test('no check at all is no pass', () => {
  expect(renderJunit(NOTHING_CHECKED)).toContain(
    '<error type="no data" message="there was nothing',
  );
});

const TAG = /<\/?[a-z-]+(?: [a-z]+="[^"<]*")*\/?>/g;

test.each(HOSTILE)('no name breaks the document: %j', (text) => {
  const xml = renderJunit(comparison(hostile(text)));
  const rest = xml.replace('<?xml version="1.0" encoding="UTF-8"?>', '').replaceAll(TAG, '');
  expect(rest).not.toMatch(/[<>"']/);
  expect(xml.replaceAll(/&#\d+;/g, '')).not.toContain('&');
  expect(xml.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cs}\uFFFE\uFFFF]/u);
});

test('every element that is opened is closed, in order', () => {
  const open: string[] = [];
  for (const [tag] of renderJunit(comparison()).matchAll(TAG)) {
    const name = /[a-z-]+/.exec(tag)![0];
    if (tag.startsWith('</')) expect(open.pop()).toBe(name);
    else if (!tag.endsWith('/>')) open.push(name);
  }
  expect(open).toEqual([]);
});
