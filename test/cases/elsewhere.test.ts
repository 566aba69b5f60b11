/** Secrets that a command is given: from where, and who hears of them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import { addElsewhere, fromFiles, TOKEN_VARIABLE } from '../../bin/elsewhere.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-elsewhere-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => {
  delete process.env[TOKEN_VARIABLE];
  vi.restoreAllMocks();
});
let said = '';
beforeEach(() => {
  said = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += text;
    return true;
  });
});

/** The token that a command gets. */
async function tokenOf(...args: string[]): Promise<unknown> {
  let token: unknown;
  const command = addElsewhere(new Command()).action((flags) => {
    token = flags.token;
  });
  await command.exitOverride().parseAsync(args, { from: 'user' });
  return token;
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

test.each(['a-secret-c4nary', 'a-secret-c4nary\n', 'a-secret-c4nary\r\n'])(
  'a token is taken from a file, without its line end: %j',
  async (text) => {
    expect(await tokenOf('--token', `@${file('token', text)}`)).toBe('a-secret-c4nary');
    expect(said).toBe('');
  },
);

test('a token of the environment is taken out of it', async () => {
  process.env[TOKEN_VARIABLE] = 'a-secret-c4nary';
  expect(await tokenOf()).toBe('a-secret-c4nary');
  expect(process.env[TOKEN_VARIABLE]).toBeUndefined();
  expect(said).toBe('');
});

test('a token among the arguments goes first, and that it was one is said', async () => {
  process.env[TOKEN_VARIABLE] = 'another-c4nary';
  expect(await tokenOf('--token', 'a-secret-c4nary')).toBe('a-secret-c4nary');
  expect(process.env[TOKEN_VARIABLE]).toBeUndefined();
  expect(said).toBe(
    '--token shows in the list of processes; PLIMSOLL_TOKEN or --token @file does not\n',
  );
});

test('without a token nothing is said', async () => {
  expect(await tokenOf()).toBeUndefined();
  expect(said).toBe('');
});

test.each([
  ['that is not there', '@/nowhere/token', /^cannot read \/nowhere\/token: there is no such file$/],
  ['that is too large', `@${file('large', 'c4nary'.repeat(20_000))}`, /of at most/],
])('a token in a file %s', async (_, given, message) => {
  const failed = tokenOf('--token', given);
  await expect(failed).rejects.toThrow(message);
  await expect(failed).rejects.not.toThrow(/c4nary/);
});

test('headers are taken from files, a line each', () => {
  const path = file('headers', 'X-Own: a-c4nary\r\n\nAuthorization: Bearer b-c4nary\n');
  expect(fromFiles(['A: b', `@${path}`])).toEqual([
    'A: b',
    'X-Own: a-c4nary',
    'Authorization: Bearer b-c4nary',
  ]);
});
