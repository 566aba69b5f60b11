/** `plimsoll decide <policy>`: what would the real control loop do with these numbers? */
import { createInterface } from 'node:readline';
import { type Command, Option } from 'commander';
import type { Answer, Conversation, Door } from '../simulator/decide/door.ts';
import { DOORS } from '../simulator/decide/doors.ts';
import { type JsonText, placedProblem, readJson } from '../simulator/decide/json-lines.ts';
import { readDocument } from '../simulator/model/document.ts';
import { type Plain, placeOf, plainOf } from '../simulator/model/placed.ts';
import { type Complaint, formatProblem, type Problem } from '../simulator/model/problem.ts';
import { wordedJsonSchema } from '../simulator/model/schema-parts.ts';
import { problemAt } from '../simulator/model/source.ts';
import { UsageError } from '../simulator/model/usage-error.ts';
import { print, readText, shown } from './files.ts';

const MOST_BYTES = 1024 * 1024;
const MOST_CHARACTERS = 64 * 1024 * 1024;

const HELP = `
Reads JSON on standard input: one value, or a line for each observation. Settings stand in the first
line (or in a file), the policy's memory goes from line to line.

Examples:
  plimsoll decide --list
  plimsoll decide round-robin --help
  echo '{"settings": {}, "observation": {"hosts": ["a", "b"]}}' | plimsoll decide round-robin`;

interface DecideFlags {
  readonly settings?: string;
  readonly json?: true;
  readonly schema?: true;
}

/** Registers the command, with one below it for each policy. */
export function decideCommand(program: Command): void {
  const decide = program
    .command('decide')
    .description('ask a scaling, balancing or retry policy what it would do with your numbers')
    .option('--list', 'print the names of the policies')
    .addHelpText('after', HELP)
    .action(({ list }: { readonly list?: true }) => {
      if (list) print(DOORS.map(({ name, summary }) => `${name.padEnd(22)} ${summary}`).join('\n'));
      else throw new UsageError(`expected a policy, one of ${names()}`);
    });
  for (const door of DOORS) {
    decide
      .command(door.name)
      .description(door.summary)
      .option('--settings <file>', 'settings as YAML or JSON, for lines without any')
      .addOption(new Option('--json', 'print every decision as a line of JSON, with its state'))
      .option('--schema', 'print the JSON Schema of a line, and read nothing')
      .addHelpText('after', helpOf(door))
      .exitOverride()
      .action((flags: DecideFlags) => run(door, flags));
  }
}

function names(): string {
  return DOORS.map(({ name }) => name).join(', ');
}

function helpOf({ name, source, schema, example }: Door): string {
  const { settings, observations } = example;
  const lines = observations.map((observation, index) =>
    JSON.stringify(index === 0 ? { settings, observation } : { observation }),
  );
  return `
Rule: ${source}

Each line is of this shape (JSON Schema, also with --schema):
${JSON.stringify(wordedJsonSchema(schema), null, 1)}

Examples:
  plimsoll decide ${name} <<'END'
${lines.join('\n')}
END
  plimsoll decide ${name} --schema`;
}

async function run(door: Door, { settings, json, schema }: DecideFlags): Promise<void> {
  if (schema) {
    print(JSON.stringify(wordedJsonSchema(door.schema), null, 2));
    return;
  }
  if (process.stdin.isTTY) {
    throw new UsageError(
      `expected JSON on standard input; see plimsoll decide ${door.name} --help`,
    );
  }
  const converse = door.converse(settings === undefined ? undefined : readSettings(door, settings));
  let count = 0;
  for await (const text of observationTexts()) {
    for (const answer of answers(converse, text)) {
      count++;
      print(json ? JSON.stringify(answer) : `${count}  ${formatAnswer(answer)}`);
    }
  }
  if (count === 0) throw new UsageError('standard input: expected JSON, found nothing');
}

/** Lines of standard input; all of it as one where the first is no JSON by itself. */
async function* observationTexts(): AsyncGenerator<JsonText> {
  const file = 'standard input';
  const lines = createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY });
  let linesBefore = 0;
  let whole: string[] | undefined;
  let isFirst = true;
  for await (const line of lines) {
    const text = { file, text: line, linesBefore: linesBefore++ };
    if (whole !== undefined) whole.push(line);
    else if (line.trim() === '') continue;
    else if (isFirst && isUnfinished(line)) whole = ['\n'.repeat(text.linesBefore) + line];
    else yield text;
    isFirst = false;
    if (line.length > MOST_CHARACTERS) throw tooLong();
  }
  if (whole === undefined) return;
  const text = whole.join('\n');
  if (text.length > MOST_CHARACTERS) throw tooLong();
  yield { file, text, linesBefore: 0 };
}

function tooLong(): UsageError {
  return new UsageError(`standard input: expected at most ${MOST_CHARACTERS / 1024 / 1024} MiB`);
}

function isUnfinished(line: string): boolean {
  try {
    JSON.parse(line);
    return false;
  } catch {
    return /^\s*[[{]/.test(line) && !/[\]}]\s*$/.test(line);
  }
}

/** The answers to one text: a line, or a list of lines. */
function answers(converse: Conversation, text: JsonText): Answer<unknown>[] {
  const read = readJson(text);
  if (read.problem !== undefined) throw badInput([read.problem]);
  const isList = Array.isArray(read.value);
  const lines = isList ? (read.value as Plain[]) : [read.value];
  return lines.map((line, index) => {
    const { answer, complaints } = converse(line);
    if (answer !== undefined) return answer;
    const base = isList ? [index] : [];
    const placed = (one: Complaint) =>
      placedProblem(text, { ...one, path: [...base, ...one.path] });
    throw badInput(complaints.map(placed));
  });
}

function badInput(problems: readonly Problem[]): UsageError {
  return new UsageError(problems.map(formatProblem).join('\n\n'));
}

function readSettings(door: Door, path: string): Plain {
  const source = { file: shown(path), text: readText(path, 'settings', MOST_BYTES) };
  const { placed, problems } = readDocument(source);
  if (placed === undefined || problems.length > 0) throw badInput(problems);
  const settings = plainOf(placed);
  const complaints = door.checkSettings(settings);
  if (complaints.length > 0) {
    throw badInput(complaints.map((one) => problemAt(placeOf(placed, one.path, one.about), one)));
  }
  return settings;
}

/** `desired=8  ScaleUpLimit: …`: the decision's own keys, then why. */
function formatAnswer({ reason, state: _, ...decision }: Answer<unknown>): string {
  const words = Object.entries(decision).map(([key, value]) => `${key}=${formatValue(value)}`);
  return [...words, ` ${reason}`].join(' ');
}

function formatValue(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
