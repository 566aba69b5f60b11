/** What commands write is whole or not there; what cannot be written is said before the work. */
import { execFileSync, spawn } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { prepareToWrite, writeWhole } from '../../bin/files.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-files-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'a-file');
writeFileSync(file, 'old');

test('folders are made on the way', () => {
  const path = join(folder, 'new', 'deep', 'x.json');
  prepareToWrite(path);
  writeWhole(path, 'text');
  expect(readFileSync(path, 'utf8')).toBe('text');
});

test.each([prepareToWrite, (path: string) => writeWhole(path, 'text')])(
  'below a file nothing can be written, which is one clear line',
  (write) => {
    expect(() => write(join(file, 'x'))).toThrow(
      /^cannot write .*: a part of its path is no folder/,
    );
  },
);

test('in the place of a folder nothing can be written, and nothing is left beside it', () => {
  const taken = join(folder, 'taken');
  mkdirSync(join(taken, 'inside'), { recursive: true });
  expect(() => prepareToWrite(taken)).toThrow(/: it is a folder$/);
  expect(() => writeWhole(taken, 'text')).toThrow(/^cannot write /);
  expect(readdirSync(folder).filter((name) => name.startsWith('taken'))).toEqual(['taken']);
});

test('a pipe, as a device, stays what it is and gets the text', async () => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const reader = spawn('cat', [pipe]);
  writeWhole(pipe, 'text');
  const texts = await reader.stdout.setEncoding('utf8').toArray();
  expect(texts.join('')).toBe('text');
  expect(lstatSync(pipe).isFIFO()).toBe(true);
});

test('a link stays a link, and what it leads to is written whole', () => {
  const link = join(folder, 'link');
  symlinkSync(join(folder, 'a-file'), link);
  writeWhole(link, 'new');
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(readFileSync(file, 'utf8')).toBe('new');
});

test.runIf(process.platform === 'linux')('where no folder can be made, it is said at once', () => {
  expect(() => prepareToWrite('/proc/no-such-folder/x.json')).toThrow(/^cannot write \/proc\/no-/);
});
