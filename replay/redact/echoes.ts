/** Secrets that stand once more where nothing says that they are secret. */
import type { Finds } from './finds.ts';
import { percentEncode, percentEncodeAll } from './percent.ts';
import type { Redaction } from './rules.ts';

/**
 * Replaces every repetition of the values that were found: plain, percent-encoded in either way,
 * with JSON's escaped slashes, and in base64 at any place of a longer text.
 */
export function replaceEchoes(text: string, { pseudonyms }: Redaction, finds: Finds): string {
  let out = text;
  for (const value of finds.values) {
    for (const form of finds.formsOf(value, formsOf)) {
      if (!out.includes(form)) continue;
      finds.count('repeated value');
      // A number stays one, so that JSON stays JSON.
      const isNumber = /^\d+$/.test(value);
      const instead = isNumber ? pseudonyms.number(value) : pseudonyms.text(value);
      out = out.replaceAll(form, () => instead);
    }
  }
  return out;
}

function formsOf(value: string): readonly string[] {
  const forms = new Set([value]);
  const component = percentEncodeAll(value);
  forms.add(percentEncode(value)).add(component).add(component.replaceAll('%20', '+'));
  forms.add(component.replace(/%[0-9A-F]{2}/g, (coded) => coded.toLowerCase()));
  forms.add(value.replaceAll('/', '\\/'));
  for (const core of base64Cores(value)) {
    forms.add(core).add(core.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return [...forms];
}

/**
 * The digits of base64 that a value's bytes decide alone, for the three places at which it may
 * begin in a group of three bytes.
 */
function base64Cores(value: string): string[] {
  const bytes = Buffer.from(value, 'latin1');
  return [0, 1, 2].map((before) => {
    const digits = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    const first = Math.ceil((before * 8) / 6);
    const last = Math.floor(((before + bytes.length) * 8) / 6);
    return digits.slice(first, last);
  });
}
