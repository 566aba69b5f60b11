/**
 * YAML text → tokens, within budgets. The composer of the `yaml` package recurses into nesting, so
 * whatever is too deep or too much is refused here, before it is composed.
 */
import { type CST, Lexer, Parser } from 'yaml';
import { type TextMistake, wordingOf } from './yaml-mistakes.ts';

/** Characters of a source. */
const MOST_CHARACTERS = 1024 * 1024;
/** Nesting of lists and maps. */
export const MOST_DEPTH = 64;
/** Words, signs and spaces between them; a value takes two to eight. */
const MOST_LEXEMES = 300_000;
/** Characters of one word, quoted or not. */
const MOST_WORD = 10_000;
/** After so many mistakes, reading on helps nobody. */
const MOST_MISTAKES = 20;

export interface Tokens {
  readonly tokens: readonly CST.Token[];
  readonly mistakes: readonly TextMistake[];
  /** Whether reading stopped early, so that the tokens are not the whole text. */
  readonly isCut: boolean;
}

/**
 * Splits a text into tokens; stops at the first budget that is used up.
 *
 * @param onLine called with the offset of each line's start
 */
export function tokensOf(text: string, onLine: (offset: number) => void): Tokens {
  const parser = new Parser(onLine);
  if (text.length > MOST_CHARACTERS) return cut(parser, 'at most 1 MiB of text', 'more');
  onLine(0);
  const tokens: CST.Token[] = [];
  const mistakes: TextMistake[] = [];
  let count = 0;
  for (const lexeme of new Lexer().lex(text)) {
    const { offset } = parser;
    if (parser.stack.length > 2 * MOST_DEPTH)
      return cut(parser, `at most ${MOST_DEPTH} levels`, 'more');
    if (++count > MOST_LEXEMES)
      return cut(parser, `at most ${MOST_LEXEMES} words and signs`, 'more');
    if (lexeme.length > MOST_WORD && /[^\s]/.test(lexeme) && !lexeme.startsWith('#')) {
      return cut(parser, `words of at most ${MOST_WORD} characters`, `${lexeme.length}`);
    }
    for (const token of parser.next(lexeme)) {
      tokens.push(token);
      mistakes.push(...mistakeOf(token));
    }
    if (lexeme.startsWith('!')) mistakes.push(tag(lexeme, offset));
    if (mistakes.length >= MOST_MISTAKES) return { tokens: [], mistakes, isCut: true };
  }
  for (const token of parser.end()) tokens.push(token);
  return { tokens, mistakes, isCut: false };
}

function cut(parser: Parser, expected: string, found: string): Tokens {
  return { tokens: [], mistakes: [{ offset: parser.offset, expected, found }], isCut: true };
}

/** Tags would give a file types of its own; a model needs none. */
function tag(lexeme: string, offset: number): TextMistake {
  return { offset, expected: 'plain YAML without tags', found: `the tag ${lexeme.slice(0, 40)}` };
}

/** `%YAML 1.1` would change what `yes` and `1:30` mean. */
function mistakeOf(token: CST.Token): TextMistake[] {
  if (token.type === 'directive') {
    const found = `the directive ${token.source.slice(0, 40)}`;
    return [{ offset: token.offset, expected: 'plain YAML 1.2 without directives', found }];
  }
  if (token.type !== 'error') return [];
  return [{ offset: token.offset, ...wordingOf(token.message) }];
}
