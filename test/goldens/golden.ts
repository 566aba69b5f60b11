/** Compares with a file beside the tests; what was found instead is left where one can look. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

/** @param name file in test/goldens, such as `comparison.txt` */
export function expectGolden(name: string, actual: string): void {
  const golden = fileURLToPath(new URL(`./${name}`, import.meta.url));
  const expected = readOr(golden, '');
  if (actual === expected) return;
  const folder = join(tmpdir(), 'plimsoll-goldens');
  mkdirSync(folder, { recursive: true });
  const found = join(folder, `${name}.actual`);
  writeFileSync(found, actual);
  expect(actual, `if this is what is wanted: cp ${found} ${golden}`).toBe(expected);
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return otherwise;
  }
}
