/** Secrets that stand once more where nothing says that they are secret. */
import type { Finds } from './finds.ts';
import { rewriteJson } from './json-text.ts';
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
      const instead = pseudonyms.text(value);
      out = out.replaceAll(form, () => instead);
    }
  }
  return out;
}

/** The same in JSON, token by token, so that it stays JSON of the same shape. */
export function replaceEchoesInJson(text: string, redaction: Redaction, finds: Finds): string {
  if (!hasEcho(text, finds)) return text;
  const redacted = rewriteJson(text, {
    isSensitive: () => false,
    string: (value) => {
      const without = replaceEchoes(value, redaction, finds);
      return without === value ? undefined : without;
    },
    number: (token) => {
      if (!finds.values.has(token)) return undefined;
      finds.count('repeated value');
      return redaction.pseudonyms.number(token);
    },
  });
  return redacted ?? replaceEchoes(text, redaction, finds);
}

function hasEcho(text: string, finds: Finds): boolean {
  for (const value of finds.values) {
    for (const form of finds.formsOf(value, formsOf)) if (text.includes(form)) return true;
  }
  // An escape may hide one.
  return finds.values.size > 0 && text.includes('\\u');
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
