/** `plimsoll staging`: the system that a model describes, as real processes on this machine. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import type { InstanceStatus, StackStatus } from '../fixtures/staging/control-protocol.ts';
import { findStack, findStacks, type Stack, startStack } from '../fixtures/staging/stack.ts';
import { UsageError } from '../simulator/model/usage-error.ts';
import { print, STACKS, shown } from './files.ts';
import { interruption } from './interrupt.ts';
import { checkedName, wholeNumber } from './options.ts';
import { DEFAULT_TARGET } from './plan.ts';
import { say, startProgress } from './progress.ts';
import { addModelOptions, type LoadedModel, loadRequested, type ModelOptions } from './systems.ts';

const LOOK_MS = 250;

const UP_EXAMPLES = `
The stack stays until it is taken down; with --attach, until Ctrl-C. A production model runs as it
is, but the overlay \`staging\` beside it, if there is one, makes it quick enough to watch.

Examples:
  plimsoll staging up unacademy-feed --overlay staging
  plimsoll staging up unacademy-feed --overlay staging --port 4200 --attach
  plimsoll staging up unacademy-feed --overlay staging --set services.feed.scaling.min=2`;

const EXAMPLES = `
Examples:
  plimsoll staging up unacademy-feed --overlay staging
  plimsoll staging status
  plimsoll staging status unacademy-feed --json
  plimsoll staging down unacademy-feed`;

interface UpOptions extends ModelOptions {
  readonly port: number;
  readonly seed: number;
  readonly attach?: true;
  readonly json?: true;
}

/** Registers the command. */
export function stagingCommand(program: Command): void {
  const staging = program
    .command('staging')
    .description('start, watch and stop the real system on this machine')
    .addHelpText('after', EXAMPLES);
  addModelOptions(staging.command('up'))
    .argument('<system>', 'name of a system, or path of a model file')
    .description('start balancers and instances; return when they are ready')
    .addOption(portOption())
    .addOption(seedOption())
    .option('--attach', 'stay, show what changes, and stop everything at Ctrl-C')
    .option('--json', 'print the status as JSON')
    .addHelpText('after', UP_EXAMPLES)
    .action(up);
  staging
    .command('status')
    .argument('[name]', 'name of the system (default: all)')
    .description('show what runs')
    .option('--json', 'print it as JSON')
    .addHelpText('after', EXAMPLES)
    .action(status);
  staging
    .command('down')
    .argument('[name]', 'name of the system (default: the only one)')
    .description('stop a system and everything that belongs to it')
    .addHelpText('after', EXAMPLES)
    .action(down);
}

function portOption(): Option {
  return new Option('--port <n>', 'port of the first service called, which plans aim at')
    .argParser(wholeNumber(1, 65_535))
    .default(Number(new URL(DEFAULT_TARGET).port));
}

function seedOption(): Option {
  return new Option('--seed <n>', 'service times, boot times and balancing')
    .argParser(wholeNumber(0, 999_999_999))
    .default(1);
}

async function up(system: string, options: UpOptions): Promise<void> {
  const loaded = loadRequested(system, options);
  const stack = await start(loaded, options);
  const current = await stack.status();
  print(options.json ? json(stack, current) : upText(stack, current, options.attach === true));
  if (options.attach) await watch(stack, current);
}

async function start({ model, digest }: LoadedModel, options: UpOptions): Promise<Stack> {
  const logPath = join(STACKS, `${checkedName(model.name)}.ndjson`);
  const { port, seed, attach } = options;
  const progress = startProgress();
  try {
    return await startStack({
      model,
      digest,
      seed,
      logPath,
      stateFolder: STACKS,
      port,
      attached: attach === true,
      signal: interruption(),
      onProgress: progress.update,
    });
  } finally {
    progress.clear();
  }
}

/** Says what changes until Ctrl-C, then stops everything and throws the signal's reason. */
async function watch(stack: Stack, first: StackStatus): Promise<void> {
  const signal = interruption();
  let before = first;
  try {
    while (!signal.aborted) {
      await sleep(LOOK_MS, undefined, { signal }).catch(() => {});
      if (signal.aborted) break;
      const now = await stack.status();
      for (const line of changesBetween(before, now)) say(line);
      before = now;
    }
  } finally {
    await stack.stop();
  }
  signal.throwIfAborted();
}

/** `feed-2: booting`, `feed-1: gone`, `feed: desired 2`; nothing where nothing has changed. */
function changesBetween(before: StackStatus, now: StackStatus): string[] {
  return now.services.flatMap((service) => {
    const old = before.services.find(({ name }) => name === service.name);
    const desired = service.desired === old?.desired ? [] : [desiredLine(service)];
    return [...desired, ...instanceChanges(old?.instances ?? [], service.instances)];
  });
}

function desiredLine({ name, desired }: StackStatus['services'][number]): string {
  return `${name}: desired ${desired}`;
}

function instanceChanges(
  before: readonly InstanceStatus[],
  now: readonly InstanceStatus[],
): string[] {
  const states = new Map(before.map(({ name, state }) => [name, state]));
  const names = new Set(now.map(({ name }) => name));
  const gone = before.filter(({ name }) => !names.has(name)).map(({ name }) => `${name}: gone`);
  const changed = now.filter(({ name, state }) => states.get(name) !== state);
  return [...gone, ...changed.map(({ name, state }) => `${name}: ${state}`)];
}

async function status(name: string | undefined, options: { readonly json?: true }): Promise<void> {
  const stacks = name === undefined ? findStacks(STACKS) : [existing(name)];
  const all = await Promise.all(
    stacks.map(async (stack) => [stack, await stack.status()] as const),
  );
  if (options.json) {
    const list = all.map(([stack, current]) => statusData(stack, current));
    print(JSON.stringify(name === undefined ? list : list[0], null, 2));
  } else if (all.length === 0) {
    print('nothing runs; to start something: plimsoll staging up <system>');
  } else {
    print(all.map(([stack, current]) => upText(stack, current, false)).join('\n\n'));
  }
}

async function down(name: string | undefined): Promise<void> {
  const stack = name === undefined ? onlyOne() : existing(name);
  await stack.stop();
  print(`${stack.name} is down`);
}

function existing(name: string): Stack {
  const stack = findStack(name, STACKS);
  if (stack !== undefined) return stack;
  const names = findStacks(STACKS).map((one) => one.name);
  const what = names.length > 0 ? `what runs: ${names.join(', ')}` : 'nothing runs';
  throw new UsageError(`no system called ${JSON.stringify(name)} runs; ${what}`);
}

function onlyOne(): Stack {
  const stacks = findStacks(STACKS);
  if (stacks.length === 1) return stacks[0]!;
  if (stacks.length === 0) throw new UsageError('nothing runs');
  const names = stacks.map(({ name }) => name).join(', ');
  throw new UsageError(`several systems run; name one of them: ${names}`);
}

/** What a script may want; the token stays where it is. */
function statusData({ entryUrl, controlUrl }: Stack, current: StackStatus): object {
  return { ...current, entryUrl, controlUrl };
}

function json(stack: Stack, current: StackStatus): string {
  return JSON.stringify(statusData(stack, current), null, 2);
}

function upText(stack: Stack, { services }: StackStatus, isAttached: boolean): string {
  const { name, pid, entryUrl, logPath } = stack;
  const stop = isAttached ? 'Ctrl-C' : `plimsoll staging down ${name}`;
  const first = services.find(({ url }) => url === entryUrl);
  return [
    `${name} is up (controller pid ${pid})`,
    ...services.flatMap((service) => serviceLines(service)),
    `entry: ${entryUrl} (${first?.name})`,
    `log: ${shown(logPath)}`,
    `to stop it: ${stop}`,
  ].join('\n');
}

function serviceLines({
  name,
  url,
  desired,
  instances,
}: StackStatus['services'][number]): string[] {
  const lines = instances.map(
    ({ name: instance, state, pid, port }) =>
      `    ${instance.padEnd(name.length + 4)} ${state.padEnd(9)} pid ${pid}, port ${port ?? '–'}`,
  );
  return [`  ${name}: ${url}, desired ${desired}`, ...lines];
}
