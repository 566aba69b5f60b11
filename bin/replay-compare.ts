/** Answers on the command line of `plimsoll replay`: options, and JSON. */
import { type Command, Option } from 'commander';
import type { CompareOptions } from '../replay/compare/compare-options.ts';
import { UsageError } from '../simulator/model/usage-error.ts';
import type { AnswerComparison } from '../simulator/results/answers.ts';
import type { HistogramData } from '../simulator/results/histogram.ts';
import { many, percentage } from './options.ts';

export interface CompareFlags {
  readonly compare?: true;
  readonly second?: string;
  readonly ignoreHeader?: readonly string[];
  readonly ignoreField?: readonly string[];
  readonly maxDifferences?: number;
}

/** Adds `--compare` and what belongs to it. */
export function addCompareOptions(command: Command): void {
  command
    .option('--compare', 'hold answers against the recorded ones: status, headers, JSON by field')
    .option(
      '--second <url>',
      'a system that runs what was recorded and gets every request, too: its differences are noise',
    )
    .addOption(many('--ignore-header <name>', 'of answers, not compared'))
    .addOption(many('--ignore-field <path>', 'of JSON answers, such as "items[].id", not compared'))
    .addOption(
      new Option(
        '--max-differences <share>',
        'of answers, beyond which the run has failed',
      ).argParser(percentage),
    );
}

const HEADER = /^[\w!#$%&'*+.^`|~-]{1,100}$/;
const FIELD = /^(\[\]|[A-Za-z_$:])[\w$:.[\]-]{0,300}$/;

/** Throws a UsageError for what is no name, and for options that mean nothing alone. */
export function compareOptions(flags: CompareFlags): CompareOptions | undefined {
  const { compare, second, ignoreHeader, ignoreField, maxDifferences } = flags;
  const given = { second, ignoreHeader, ignoreField, maxDifferences };
  if (compare === undefined) {
    const [alone] = Object.entries(given).find(([, value]) => value !== undefined) ?? [];
    if (alone === undefined) return undefined;
    const flag = alone.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new UsageError(`--${flag}: expected --compare beside it`);
  }
  return {
    second,
    ignoreHeaders: checked('--ignore-header', ignoreHeader, HEADER, 'a name such as etag'),
    ignoreFields: checked('--ignore-field', ignoreField, FIELD, 'a path such as items[].id'),
    mostDifferingRatio: maxDifferences,
  };
}

function checked(
  flag: string,
  names: readonly string[] = [],
  pattern: RegExp,
  expected: string,
): readonly string[] {
  const wrong = names.find((name) => !pattern.test(name));
  if (wrong === undefined) return names;
  throw new UsageError(`${flag}: expected ${expected}, found ${wrong}`);
}

/** With histograms as `quantiles` shows them. */
export function answersJson<T>(
  answers: AnswerComparison,
  quantiles: (data: HistogramData) => T,
): object {
  const endpoints = answers.endpoints.map(({ recordedMs, replayedMs, ...rest }) => ({
    ...rest,
    recordedMs: quantiles(recordedMs),
    replayedMs: quantiles(replayedMs),
  }));
  return { ...answers, endpoints };
}
