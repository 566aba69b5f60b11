/**
 * What it takes to send something to another machine: its name, and a token that its owner serves.
 * Secrets are taken from a file or the environment, as arguments show in the list of processes.
 */
import { type Command, Option } from 'commander';
import { WELL_KNOWN_PATH } from '../replay/safety/ownership.ts';
import { readText } from './files.ts';
import { many } from './options.ts';
import { say } from './progress.ts';

export const TOKEN_VARIABLE = 'PLIMSOLL_TOKEN';
const MOST_BYTES = 64 * 1024;

/** Adds `--allow-host` and `--token`. */
export function addElsewhere(command: Command): Command {
  return addToken(
    command.addOption(many('--allow-host <host>', 'allow a target that is not this machine')),
  );
}

/**
 * Adds `--token`: the text, `@file`, or `PLIMSOLL_TOKEN`, which is taken out of the environment so
 * that no child process has it. Says on stderr where the text itself was an argument. Throws a
 * UsageError, in which no part of it is, for a file that cannot be read.
 */
function addToken(command: Command): Command {
  let isText = false;
  const parse = (given: string): string => {
    isText = !given.startsWith('@');
    return isText ? given : secretIn(given.slice(1));
  };
  return command
    .addOption(
      new Option('--token <text or @file>', `what a target elsewhere serves at ${WELL_KNOWN_PATH}`)
        .env(TOKEN_VARIABLE)
        .argParser(parse),
    )
    .hook('preAction', () => {
      delete process.env[TOKEN_VARIABLE];
      if (!isText || command.getOptionValueSource('token') !== 'cli') return;
      say(`--token shows in the list of processes; ${TOKEN_VARIABLE} or --token @file does not`);
    });
}

/** `Name: value` as it is; of `@file` every line that is not empty, as curl has it. */
export function fromFiles(given: readonly string[]): string[] {
  return given.flatMap((text) =>
    text.startsWith('@')
      ? secretIn(text.slice(1))
          .split(/\r?\n/)
          .filter((line) => line !== '')
      : [text],
  );
}

/** Without the line end that every editor leaves. */
function secretIn(path: string): string {
  return readText(path, 'a secret', MOST_BYTES).replace(/\r?\n$/, '');
}
