/** `npm run soak`: what takes too long for every `npm test`, and says more. */
import { Command, Option } from 'commander';
import { wholeNumber } from '../../bin/options.ts';
import type { BesideOptions } from './controllers/beside.ts';
import { controllers } from './controllers.ts';
import { coverage } from './coverage.ts';
import { crashes } from './crashes.ts';
import { determinism } from './determinism.ts';
import { type TextCaptureOptions, textCaptures } from './text-captures.ts';
import { type TopologyOptions, topologies } from './topologies.ts';

const HELP = `
Examples:
  npm run soak
  npm run soak -- coverage --method N-Skart
  npm run soak -- coverage --engine --macros 150
  npm run soak -- determinism
  npm run soak -- topologies --models 500 --claim fate
  npm run soak -- text-captures --inputs 20000
  npm run soak -- crashes --kills 20
  npm run soak -- controllers --runs 500`;

const WRONG_USE = 2;

const program = new Command('soak')
  .usage('[coverage|determinism|topologies|text-captures|crashes|controllers] [options]')
  .description('Run what takes minutes. Ends with 1 when a promise is broken.')
  .addHelpText('after', HELP)
  .showHelpAfterError('(run it with --help to see what it takes)')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : WRONG_USE));

program
  .command('coverage', { isDefault: true })
  .description('how often 95 % intervals hold the truth; 7 minutes')
  .addOption(count('--macros <n>', 'worlds a row', 1000))
  .option('--method <part>', 'only methods with this in their name', '')
  .option('--engine', 'of the answers of simulate --steady-state; try --macros 150', false)
  .action(coverage);

program
  .command('determinism')
  .description('the same bytes in every setting; 1 minute, and once some for other Nodes')
  .addOption(count('--seeds <n>', 'seeds a model', 20))
  .action(async ({ seeds }: { readonly seeds: number }) => fail(!(await determinism(seeds))));

program
  .command('topologies')
  .description('random models keep the laws of test/properties; 10 minutes')
  .addOption(count('--models <n>', 'random models a claim', 10_000))
  .addOption(count('--seed <n>', 'of the random models', 1))
  .option('--claim <part>', 'only claims with this in them', '')
  .action(async (options: TopologyOptions) => fail(!(await topologies(options))));

program
  .command('crashes')
  .description('a capture that is killed under load stays readable; 15 minutes')
  .addOption(count('--kills <n>', 'kills at random moments', 200))
  .action(async ({ kills }: { readonly kills: number }) => fail(!(await crashes(kills))));

program
  .command('text-captures')
  .description('readers of logs, archives and targets against damaged files; 5 minutes')
  .addOption(count('--inputs <n>', 'damaged files a format', 20_000))
  .addOption(count('--seed <n>', 'of the damage', 1))
  .action(async (options: TextCaptureOptions) => fail(!(await textCaptures(options))));

program
  .command('controllers')
  .description('policies decide as the real controllers do, which Go builds; 2 minutes')
  .addOption(count('--runs <n>', 'random runs a policy', 4000))
  .addOption(count('--seed <n>', 'of the random runs', 1))
  .action((options: BesideOptions) => fail(!controllers(options)));

function count(flags: string, description: string, usual: number): Option {
  return new Option(flags, description).argParser(wholeNumber(1, 1_000_000)).default(usual);
}

function fail(isBroken: boolean): void {
  if (isBroken) process.exitCode = 1;
}

await program.parseAsync();
