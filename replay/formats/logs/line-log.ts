/**
 * Access logs whose lines are understood one by one: all but the combined format, which is fast.
 */
import type { CaptureEncoder } from '../format.ts';
import { lineSource } from '../text/line-source.ts';
import {
  firstLine,
  type ReadOptions,
  type TextFormat,
  type WriteOptions,
} from '../text/text-format.ts';
import { type AccessRecord, useAccess } from './access.ts';
import { CompletionRun } from './completion-run.ts';

/** Such as `{ skip: 'WebSocket' }`; a string is why the line is unsound. */
export type LineMeaning = AccessRecord | { readonly skip: string } | string;

/** What a line means; its bytes stay as they are only for the call. */
export type Meaner = (line: Buffer) => LineMeaning;

interface LineLog {
  readonly name: string;
  readonly suffixes: readonly string[];
  /** Whether a first line, Latin-1, is of this format. */
  readonly isLine: (line: string) => boolean;
  /** May throw a UsageError for options that make no sense. */
  readonly meaningFor: (options: ReadOptions) => Meaner;
  /** May throw a UsageError as well. */
  readonly encoder: (options?: WriteOptions) => CaptureEncoder;
}

/** A format of one line a request. */
export function lineLog({ name, suffixes, isLine, meaningFor, encoder }: LineLog): TextFormat {
  return {
    name,
    encoder,
    suffixes,
    looksLike: (head) => isLine(firstLine(head).slice(0, 8192)),
    read: (input, options = {}) => {
      const meaning = meaningFor(options);
      const everyMethod = options.everyMethod ?? false;
      return lineSource(name, input, options, (sink) => {
        const run = new CompletionRun(sink, options.seed);
        return {
          parse: ({ bytes }, from, to) => {
            const found = meaning(bytes.subarray(from, to));
            if (typeof found === 'string') return found;
            if ('skip' in found) sink.skip(found.skip);
            else useAccess(sink, run, everyMethod, found);
            return undefined;
          },
          end: () => run.end(),
        };
      });
    },
  };
}

/** A meaning of text: of its own, so that what is cut out of it keeps no more than a line alive. */
export function ofText(meaning: (line: string) => LineMeaning): Meaner {
  return (line) => meaning(line.toString('latin1'));
}
