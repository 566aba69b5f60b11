/**
 * Markup that cannot be broken into: `markup` escapes whatever is put in, and only what came out of
 * it is put in as it is. Names come from files that anybody may have written.
 */
import { cleaned } from './text-clean.ts';
import { NO_DATA } from './text-numbers.ts';

/** Safe text of HTML or SVG. A class, because no JSON file can hold an instance of one. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Shown = string | number | Markup | readonly Markup[] | undefined;

export const NOTHING: Markup = new Markup('');

/**
 * Tag of template literals, for elements and for attributes in double quotes:
 * ``markup`<b title="${name}">${name}</b>` ``. A number that is none is shown as `no data`,
 * undefined as nothing.
 */
export function markup(parts: TemplateStringsArray, ...values: readonly Shown[]): Markup {
  return new Markup(parts.map((part, index) => part + safe(values[index])).join(''));
}

function safe(value: unknown): string {
  if (value === undefined) return '';
  if (value instanceof Markup) return value.text;
  if (Array.isArray(value)) return value.map(safe).join('');
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : NO_DATA;
  return escaped(String(value));
}

/** Text for an element or an attribute, on one line and without control characters. */
function escaped(text: string): string {
  return cleaned(text).replace(/[<>&"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
