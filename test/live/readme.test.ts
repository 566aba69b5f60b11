/** What the README tells a newcomer to type does what it says. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseModel } from '../../simulator/model/parse.ts';
import {
  decodeArrivals,
  encodeArrivals,
  type LoadPlan,
} from '../../simulator/traffic/load-plan.ts';

const README = readFileSync('README.md', 'utf8');

function blocks(language: string): string[] {
  return [...README.matchAll(/```(\w*)\n([\s\S]*?)```/g)]
    .filter(([, found]) => found === language)
    .map(([, , text]) => text!);
}

/** `npm start` takes a minute a time and is run by `.ci/run`; this very run is `npm test`. */
const ELSEWHERE = /^npm (start|test)\b/;
const COMMANDS = blocks('sh')
  .flatMap((block) => block.split('\n'))
  .map((line) => line.replace(/\s+#.*$/, '').trim())
  .filter((line) => line !== '' && !ELSEWHERE.test(line));

const PLAN = 'dist/plan.json';
const SECONDS = 6;

/** The plan's first seconds: all of it takes a minute, and is what `npm start` plays in `.ci/run`. */
function shorten(): void {
  const plan = JSON.parse(readFileSync(PLAN, 'utf8')) as LoadPlan;
  const loads = plan.loads.map((load) => {
    const times = load.arrivals.flatMap(decodeArrivals).filter((ms) => ms < SECONDS * 1000);
    return { ...load, arrivals: encodeArrivals(times), arrivalCount: times.length };
  });
  // Thresholds are for the whole of it.
  const short = { ...plan, loads, durationMs: SECONDS * 1000, phases: [], thresholds: {} };
  writeFileSync(PLAN, JSON.stringify(short));
}

test('every command of the README, one after the other, ends well', { timeout: 300_000 }, () => {
  expect(COMMANDS.length).toBeGreaterThan(8);
  for (const command of COMMANDS) {
    const { status, stderr } = spawnSync('bash', ['-c', command], { encoding: 'utf8' });
    // Of a load cut short nothing can be confirmed: 1 is the right answer of its comparison.
    const isAnswered = status === 0 || (command.includes(' compare ') && status === 1);
    expect(isAnswered, `${command}: exit code ${status}\n${stderr}`).toBe(true);
    if (command.endsWith(`-o ${PLAN}`)) shorten();
  }
});

test('every command is in the table, and the table has no other', () => {
  const table = [...README.matchAll(/^\| `(\w+)` \| /gm)].map(([, name]) => name!);
  const { stdout } = spawnSync(process.execPath, ['bin/plimsoll.ts', '--help'], {
    encoding: 'utf8',
  });
  const commands = [...stdout.matchAll(/^ {2}(\w+) (?:\[|<)/gm)].map(([, name]) => name!);
  const known = commands.filter((name) => name !== 'help');
  expect(table.filter((name) => known.includes(name)).sort()).toEqual([...known].sort());
});

test('the model of the README is a model, and can be simulated', () => {
  const [text] = blocks('yaml');
  expect(parseModel([{ file: 'README.md', text: text! }]).problems).toBeUndefined();
  const path = join(tmpdir(), `plimsoll-readme-${process.pid}.yaml`);
  writeFileSync(path, text!);
  const args = ['bin/plimsoll.ts', 'validate', path];
  expect(spawnSync(process.execPath, args, { encoding: 'utf8' }).stdout).toMatch(/^ok: shop/);
});
