/** The systems that come along, the schema for editors, and the commands around them. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Command } from 'commander';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import { schemaCommand, schemaText } from '../../bin/schema.ts';
import { loadModel, ModelError, systemNames, whatIfsOf } from '../../bin/systems.ts';
import { validateCommand } from '../../bin/validate.ts';
import { UsageError } from '../../simulator/model/usage-error.ts';
import { MODEL_TEXT } from '../helpers/model-text.ts';

const SYSTEM = 'unacademy-feed';
const FOLDER = new URL(`../../fixtures/systems/${SYSTEM}/`, import.meta.url);
const temporary = mkdtempSync(join(tmpdir(), 'plimsoll-model-'));
let printed = '';

beforeEach(() => {
  printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = 0;
});
afterAll(() => rmSync(temporary, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(temporary, name);
  writeFileSync(path, content);
  return path;
}

async function run(...words: readonly string[]): Promise<string> {
  const program = new Command('plimsoll').exitOverride();
  validateCommand(program);
  schemaCommand(program);
  await program.parseAsync(words, { from: 'user' });
  return printed;
}

test('the schema for editors is the one that the code makes', () => {
  const kept = readFileSync(new URL('../../fixtures/model.schema.json', import.meta.url), 'utf8');
  expect(kept).toBe(schemaText());
});

test('every system is a model, alone and with each of its what-ifs', () => {
  expect(systemNames()).toContain(SYSTEM);
  for (const system of systemNames()) {
    expect(loadModel({ system }).model.name).toBe(system);
    for (const { name, question } of whatIfsOf(system)) {
      expect(loadModel({ system, whatIf: name }).question).toBe(question);
      expect(question).toMatch(/^[A-Z].*\?$/);
    }
  }
});

test('the what-ifs of the feed are the three questions', () => {
  const names = whatIfsOf(SYSTEM).map(({ name }) => name);
  expect(names).toEqual(['exam-day-spike', 'morning-peak', 'scale-on-utilization']);
});

test('every overlay of the feed makes a model, and changes it', () => {
  const plain = loadModel({ system: SYSTEM });
  const overlays = readdirSync(FOLDER).filter((name) => name.startsWith('staging'));
  expect(overlays).toEqual([
    'staging-level.yaml',
    'staging-replay.yaml',
    'staging-step.yaml',
    'staging.yaml',
  ]);
  for (const name of overlays) {
    const over = loadModel({ system: SYSTEM, overlays: ['staging', basename(name, '.yaml')] });
    expect(over.digest).not.toBe(plain.digest);
    expect(over.model.durationMs).toBeLessThanOrEqual(70_000);
  }
});

test('the exam brings six times the calm rate within two minutes', () => {
  const { model } = loadModel({ system: SYSTEM, whatIf: 'exam-day-spike' });
  const [calm, spike, exam] = model.traffic[0]!.rate;
  expect(spike!.endMs - spike!.startMs).toBe(120_000);
  expect(exam!.fromPerSecond / calm!.fromPerSecond).toBe(6);
});

test('a model is found by name, by file and by folder, and is the same', () => {
  const folder = join('fixtures', 'systems', SYSTEM);
  const digests = [SYSTEM, folder, join(folder, 'model.yaml')].map(
    (system) => loadModel({ system }).digest,
  );
  expect(new Set(digests).size).toBe(1);
});

test('overlays come first, then the what-if, then settings', () => {
  const { model, files } = loadModel({
    system: SYSTEM,
    overlays: ['staging'],
    whatIf: 'scale-on-utilization',
    settings: ['duration=30m', 'hop=1ms'],
  });
  expect(files.map((path) => basename(path))).toEqual([
    'model.yaml',
    'staging.yaml',
    'scale-on-utilization.yaml',
  ]);
  expect(model.services[0]?.scaling.max).toBe(4);
  expect(model.services[0]?.scaling.policies[0]?.type).toBe('target-tracking');
  expect(model.hopMs).toBe(1);
});

test.each([
  [{ system: 'unacademy-fed' }, 'unknown system "unacademy-fed" (did you mean `unacademy-feed`?)'],
  [{ system: SYSTEM, whatIf: 'exam-day' }, '(did you mean `exam-day-spike`?); known: exam-day-s'],
  [{ system: SYSTEM, whatIf: '../model' }, 'unknown what-if "../model"; known: exam-day-spike'],
  [{ system: SYSTEM, overlays: ['stagin'] }, 'unknown overlay "stagin" (did you mean `staging`?)'],
  [{ system: 'nowhere/model.yaml' }, 'no model file at nowhere/model.yaml'],
  [{ system: SYSTEM, overlays: ['gone.yaml'] }, 'cannot read gone.yaml: there is no such file'],
])('%o is refused in words', (request, words) => {
  expect(() => loadModel(request)).toThrow(UsageError);
  expect(() => loadModel(request)).toThrow(words);
});

test('a file over 1 MiB and one that is no text are refused by name', () => {
  const large = file('large.yaml', `${MODEL_TEXT}${'# more\n'.repeat(160_000)}`);
  expect(() => loadModel({ system: large })).toThrow(
    /large.yaml: expected a model of at most 1 MiB/,
  );
  const binary = file('binary.yaml', new Uint8Array([0x6e, 0xff, 0xfe]));
  expect(() => loadModel({ system: binary })).toThrow(/binary.yaml: expected UTF-8 text/);
});

test('all problems of the files and of the settings come in one error', () => {
  const path = file('bad.yaml', MODEL_TEXT.replace('max: 4', 'max: 1'));
  const settings = ['hop=5', 'nonsense'];
  try {
    loadModel({ system: path, settings });
    expect.unreachable('a bad model was taken');
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    expect(error.problems.map((problem) => problem.path)).toEqual([
      'services.web.scaling.max',
      'hop',
      '',
    ]);
    expect(error.message).toMatch(/^3 problems in the model\n\n.*bad\.yaml:16:12: services\.web/);
    expect(error.message).toContain('      max: 1\n             ^');
  }
});

test('validate says what the model is', async () => {
  expect(await run('validate', SYSTEM)).toBe('ok: unacademy-feed: 2 services, 1 journey, 20 min\n');
});

test('validate takes what-ifs, overlays and settings', async () => {
  const words = ['--overlay', 'staging', '--overlay', 'staging-step', '--set', 'duration=90s'];
  expect(await run('validate', SYSTEM, ...words)).toMatch(/1 min 30 s\n$/);
});

test('validate --json prints the model', async () => {
  const said: unknown = JSON.parse(await run('validate', SYSTEM, '--json'));
  expect(said).toMatchObject({ ok: true, model: { name: SYSTEM }, digest: expect.any(String) });
});

test('validate --json prints problems as data and fails', async () => {
  const said: unknown = JSON.parse(await run('validate', SYSTEM, '--json', '--set', 'hop=5'));
  expect(said).toMatchObject({ ok: false, problems: [{ file: '--set', column: 5, path: 'hop' }] });
  expect(process.exitCode).toBe(2);
});

test('validate without --json leaves a bad model to the caller', async () => {
  await expect(run('validate', SYSTEM, '--set', 'hop=5')).rejects.toThrow(ModelError);
});

test('the examples in the help of validate run', async () => {
  const program = new Command('plimsoll').exitOverride();
  validateCommand(program);
  await expect(program.parseAsync(['validate', '--help'], { from: 'user' })).rejects.toThrow();
  const examples = [...printed.matchAll(/^ {2}plimsoll (validate .*)$/gm)].map(([, line]) => line!);
  expect(examples.length).toBeGreaterThan(2);
  for (const example of examples) await run(...example.split(' '));
});

test('schema prints the schema', async () => {
  expect(await run('schema')).toBe(schemaText());
});
