/** The few elements that the page is made of. */
import type { Verdict } from '../simulator/analysis/objectives.ts';
import { type Markup, markup, NOTHING } from './html-markup.ts';
import { NO_DATA } from './text-numbers.ts';
import { MARK } from './text-verdicts.ts';

/** A part of the page with a heading that links lead to. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Markup;
}

/** @param lead what to look for, in a sentence or two; empty for none */
export function section(
  id: string,
  title: string,
  lead: string,
  content: readonly Markup[],
): Section {
  const words = lead === '' ? NOTHING : markup`<p class="lead">${lead}</p>`;
  const body = markup`<section aria-labelledby="${id}">
<h2 id="${id}">${title}</h2>
${words}
${content.length === 0 ? empty(NO_DATA) : content}
</section>
`;
  return { id, title, body };
}

/** Stands where a chart or a table would. */
export function empty(words: string): Markup {
  return markup`<p class="empty">${words}</p>`;
}

/** Links to all parts of the page. */
export function contents(sections: readonly Section[]): Markup {
  const links = sections.map(({ id, title }) => markup`<a href="#${id}">${title}</a> `);
  return markup`<nav aria-label="Contents">${links}</nav>`;
}

/** A verdict by mark, word and colour: any one of them is enough. */
export function badge(verdict: Verdict): Markup {
  const mark = markup`<span aria-hidden="true">${MARK[verdict]}</span>`;
  return markup`<span class="badge ${classOf(verdict)}">${mark} ${verdict}</span>`;
}

/** Class of a verdict: `no data` is `no-data`. */
export function classOf(verdict: Verdict): string {
  return verdict.replace(' ', '-');
}

export interface TableParts {
  readonly caption: string;
  readonly heads: readonly string[];
  /** The first cell of each row names it. */
  readonly rows: readonly (readonly (string | Markup)[])[];
  /** Columns of words rather than numbers, besides the first. */
  readonly words?: readonly number[];
  /** Few columns that would be lost on the width of the page. */
  readonly isNarrow?: boolean;
}

/** A table that scrolls by itself where the page is too narrow for it. */
export function table({ caption, heads, rows, words = [], isNarrow = false }: TableParts): Markup {
  const isWords = (column: number) => column === 0 || words.includes(column);
  const kind = (column: number) => (isWords(column) ? NOTHING : markup` class="number"`);
  const head = heads.map((text, column) => markup`<th scope="col"${kind(column)}>${text}</th>`);
  const body = rows.map(([name, ...cells]) => {
    const data = cells.map((cell, column) => markup`<td${kind(column + 1)}>${cell}</td>`);
    return markup`<tr><th scope="row">${name}</th>${data}</tr>\n`;
  });
  const narrow = isNarrow ? markup` narrow` : NOTHING;
  return markup`<div class="scroll${narrow}" role="region" tabindex="0" aria-label="${caption}">
<table>
<caption>${caption}</caption>
<thead><tr>${head}</tr></thead>
<tbody>
${body}</tbody>
</table></div>`;
}

/** Closed at first. */
export function details(summary: string, content: Markup): Markup {
  return markup`<details><summary>${summary}</summary>
${content}
</details>`;
}
