/** What the lines, areas and signs of a chart mean. */
import type { Side } from './charts/mark.ts';
import { type Markup, markup, NOTHING } from './html-markup.ts';
import { bandWords, type Pair, sidesOf } from './html-series.ts';

export function key(items: readonly Markup[]): Markup {
  return markup`<ul class="key">${items.map((item) => markup`<li>${item}</li>`)}</ul>
`;
}

/**
 * Of small figures that share one.
 *
 * @param signs what else they show
 */
export function pairKey(pair: Pair, signs: readonly Markup[]): Markup {
  const isWarmUp = pair.predicted.warmUpMs > 0;
  return key([
    ...sidesOf(pair).map(({ side, results }) => sideItem(side, results.runs.length)),
    ...signs,
    ...(isWarmUp ? [WARM_UP_ITEM] : []),
  ]);
}

/** A side's line, with its band where there are several runs of a prediction. */
export function sideItem(side: Side, runs: number): Markup {
  const words = side === 'predicted' ? bandWords(runs) : '';
  const band = words === '' ? NOTHING : markup`<rect class="band ${side}" width="28" height="12"/>`;
  const line = markup`${band}<path class="line ${side}" d="M0 6h28"/>`;
  return markup`${sign(28, line)}${words === '' ? side : `${side} (band: ${words})`}`;
}

const TRIANGLE = sign(14, markup`<path class="sign" d="M7 1.5l5.5 9h-11z"/>`);
const SQUARE = sign(14, markup`<path class="sign" d="M3 2h8v8h-8z"/>`);
const HATCHED = sign(28, markup`<rect class="warm-up" width="28" height="12"/>`);
const RING = sign(14, markup`<circle class="sign" cx="7" cy="6" r="3.5"/>`);

const PART = sign(28, markup`<path class="line part" d="M0 6h28"/>`);

export const DECISION_ITEM: Markup = markup`${TRIANGLE}scaling decisions`;
export const HELD_ITEM: Markup = markup`${SQUARE}held back`;
export const UPDATED_ITEM: Markup = markup`${PART}of the new version`;
export const WARM_UP_ITEM: Markup = markup`${HATCHED}warm-up, not judged`;
export const MARKS_ITEM: Markup = markup`${RING}p50, p95 and p99`;

function sign(width: number, shapes: Markup): Markup {
  return markup`<svg width="${width}" height="12" aria-hidden="true">${shapes}</svg>`;
}
