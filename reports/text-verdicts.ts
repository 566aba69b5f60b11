/** The four verdicts and the four kinds of checks, in words and marks that need no colour. */
import type { Verdict } from '../simulator/analysis/objectives.ts';
import type { Check } from './comparison.ts';
import type { Tone } from './text-layout.ts';

export const MARK: Readonly<Record<Verdict, string>> = {
  pass: '✓',
  fail: '✗',
  inconclusive: '?',
  'no data': '–',
};

export const TONE: Readonly<Record<Verdict, Tone>> = {
  pass: 'good',
  fail: 'bad',
  inconclusive: 'doubt',
  'no data': 'doubt',
};

/** Most telling first. */
const VERDICTS: readonly Verdict[] = ['fail', 'no data', 'inconclusive', 'pass'];

export type Kind = Check['kind'];

export const KINDS: readonly Kind[] = ['gate', 'band', 'group', 'objective'];

/** What a kind of check is called, and what it asks. */
export const KIND_WORDS: Readonly<Record<Kind, { readonly name: string; readonly asks: string }>> =
  {
    gate: { name: 'Gates', asks: 'was the measurement itself sound?' },
    band: { name: 'Bands', asks: 'latency and errors against the prediction' },
    group: { name: 'Groups', asks: 'instances and scaling decisions against the prediction' },
    objective: { name: 'Objectives', asks: "the model's own objectives, held by the measurement?" },
  };

/** 0 for what tells most; a verdict from elsewhere that is none of the four tells most of all. */
export function severity(verdict: Verdict): number {
  return VERDICTS.indexOf(verdict);
}

/** The most telling of some verdicts; undefined of none. */
export function worstOf(verdicts: readonly Verdict[]): Verdict | undefined {
  return verdicts.toSorted((a, b) => severity(a) - severity(b)).at(0);
}

/** Checks of one kind, the most telling first, otherwise in their order. */
export function checksOf(checks: readonly Check[], kind: Kind): Check[] {
  return checks
    .filter((check) => check.kind === kind)
    .toSorted((a, b) => severity(a.verdict) - severity(b.verdict));
}

/** `1 fail, 11 pass`. */
export function tally(verdicts: readonly Verdict[]): string {
  return VERDICTS.map((verdict) => ({
    verdict,
    count: verdicts.filter((one) => one === verdict).length,
  }))
    .filter(({ count }) => count > 0)
    .map(({ verdict, count }) => `${count} ${verdict}`)
    .join(', ');
}
