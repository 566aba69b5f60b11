/** What the YAML reader complains about, in words that say what to write instead. */
import type { YAMLError } from 'yaml';

/** What is wrong with the text itself, at an offset of it. */
export interface TextMistake {
  readonly offset: number;
  readonly expected: string;
  readonly found: string;
}

type Wording = Omit<TextMistake, 'offset'>;

const WORDINGS: readonly (Wording & { readonly when: RegExp })[] = [
  { when: /^Tabs are not/, expected: 'spaces as indentation', found: 'a tab' },
  {
    when: /must start at the same column/,
    expected: 'the indentation of the lines before it',
    found: 'another one',
  },
  { when: /^Missing closing/, expected: 'a closing quotation mark', found: 'none' },
  { when: /flow-(seq|map)-end/, expected: 'an opening bracket before it', found: 'none' },
  { when: /end with a }/, expected: 'a closing }', found: 'none' },
  { when: /end with a ]/, expected: 'a closing ]', found: 'none' },
  {
    when: /^Missing , (or : )?between/,
    expected: 'a comma between the items',
    found: 'none',
  },
  { when: /^Nested mappings/, expected: 'one "key: value" here', found: 'a second colon' },
  {
    when: /^Implicit (map )?keys? need|single line/,
    expected: 'a colon and a value after the key',
    found: 'none',
  },
  {
    when: /^Plain value cannot start/,
    expected: 'quotation marks around this text',
    found: 'none',
  },
  { when: /^Document contains trailing/, expected: 'one document', found: 'a second one' },
];

/** The mistake of a reader's error or warning. */
export function textMistake({ message, pos }: YAMLError): TextMistake {
  return { offset: pos[0], ...wordingOf(message) };
}

/** Our words for a message of the reader; its own where we have none. */
export function wordingOf(message: string): Wording {
  const known = WORDINGS.find(({ when }) => when.test(message));
  if (known !== undefined) return { expected: known.expected, found: known.found };
  const first = message.split('\n')[0]!.replace(/ at line \d+, column \d+:?$/, '');
  return { expected: 'valid YAML', found: `a mistake: ${lowered(first)}` };
}

function lowered(sentence: string): string {
  return sentence.slice(0, 1).toLowerCase() + sentence.slice(1, 160);
}
