/** Options that several commands share, parsed into numbers. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseCount, parsePercent } from '../simulator/model/units.ts';
import { UsageError } from '../simulator/model/usage-error.ts';

const MOST_REPLICATIONS = 10_000;

/** A whole number between bounds; commander names the option in its message. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = parseCount(text);
    if (value !== undefined && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
  };
}

/** `15%` → 0.15 */
export function percentage(text: string): number {
  const ratio = parsePercent(text);
  if (ratio !== undefined && ratio <= 10) return ratio;
  throw new InvalidArgumentError('Expected a percentage such as 15%.');
}

/** An option that may be given several times; its value is a list. */
export function many(flags: string, description: string): Option {
  const collect = (value: string, before: readonly string[] = []) => [...before, value];
  return new Option(flags, `${description}; repeatable`).argParser(collect);
}

export interface SimulationFlags {
  readonly seed: number;
  readonly replications: number;
  readonly workers?: number;
}

/** Adds `--seed`, `--replications` and `--workers`. */
export function addSimulationOptions(command: Command, replications: number): Command {
  return command
    .addOption(
      new Option('--seed <n>', 'one seed, one result')
        .argParser(wholeNumber(0, 999_999_999))
        .default(1),
    )
    .addOption(
      new Option('--replications <n>', 'independent runs; intervals need at least 3')
        .argParser(wholeNumber(1, MOST_REPLICATIONS))
        .default(replications),
    )
    .addOption(
      new Option('--workers <n>', 'threads; never changes a result (default: all cores)').argParser(
        wholeNumber(1, 256),
      ),
    );
}

/** A file name for a name from a model: nothing that leads out of its folder. */
export function checkedName(name: string): string {
  if (/^[a-z0-9][a-z0-9-]*$/.test(name)) return name;
  throw new UsageError(`expected a name such as unacademy-feed, found ${JSON.stringify(name)}`);
}
