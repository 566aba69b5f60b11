/** The command as a new user meets it, in processes of its own. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const FLAGS = ['--disable-warning=ExperimentalWarning', 'bin/plimsoll.ts'];

function plimsoll(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...FLAGS, ...args], {
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1', ...env },
  });
  return { status, stdout, stderr };
}

const STAGED = ['unacademy-feed', '--overlay', 'staging'];

test('a prediction is answered in words, in JSON and as a page', () => {
  const report = join(folder, 'prediction.html');
  const flags = ['--replications', '3', '--report', report];
  const text = plimsoll(['simulate', ...STAGED, ...flags]);
  expect(text).toMatchObject({ status: 0 });
  expect(text.stdout).toMatch(/^✓ PASS {2}unacademy-feed/);
  expect(readFileSync(report, 'utf8')).toMatch(/^<!doctype html>/i);
  const json = plimsoll(['simulate', ...STAGED, '--replications', '3', '--json']);
  expect(JSON.parse(json.stdout)).toMatchObject({ format: 'plimsoll-results/1' });
});

test('the system with every step and server is predicted, and its caches are shown', () => {
  const system = ['photo-timeline', '--set', 'duration=40s', '--set', 'warm-up=5s'];
  const results = join(folder, 'timeline.json');
  const report = join(folder, 'timeline.html');
  const flags = ['--replications', '3', '-o', results, '--report', report];
  const text = plimsoll(['simulate', ...system, ...flags]);
  expect(text).toMatchObject({ status: 0 });
  expect(text.stdout).toMatch(/\nCaches {2}.*\n.*\n {2}timelines {2}\d\S* % \(.*%\) {2}1\d\d\/s/);
  expect(readFileSync(report, 'utf8')).toContain('<th scope="row">timelines</th>');
  expect(plimsoll(['report', results, '-o', report]).status).toBe(0);
  expect(readFileSync(report, 'utf8')).toContain('<th scope="row">timelines</th>');
  const planned = plimsoll([
    'plan',
    ...system,
    '--replications',
    '3',
    '-o',
    join(folder, 'no.json'),
  ]);
  expect(planned).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('expected one call'),
  });
  const staged = plimsoll(['staging', 'up', ...system]);
  expect(staged).toMatchObject({ status: 2, stderr: expect.stringContaining('not staged yet') });
});

test('a broken objective is an answer, and with --gate a failure', () => {
  const broken = ['simulate', ...STAGED, '--replications', '3', '--set', 'slo.open-feed.p99=5ms'];
  expect(plimsoll(broken).status).toBe(0);
  expect(plimsoll([...broken, '--gate']).status).toBe(1);
});

test('a moment of a prediction is explained, in words and as JSON', () => {
  const results = join(folder, 'explained.json');
  plimsoll(['simulate', ...STAGED, '--replications', '2', '-o', results]);
  const all = plimsoll(['explain', results]);
  expect(all).toMatchObject({ status: 0, stderr: '' });
  expect(all.stdout).toMatch(/^unacademy-feed, \d+ decisions in 1:10\n/);
  const one = plimsoll(['explain', results, '--at', '0:42', '--service', 'feed']);
  expect(one.stdout).toMatch(
    /^unacademy-feed, at 0:42 of 1:10\nsimulator .*, seed 1, run 1 of 2\n/,
  );
  expect(one.stdout).toContain('step-scaling when requests-per-instance is above 120/s');
  expect(one.stdout).toContain('the next evaluation is at 0:50');
  const json = plimsoll(['explain', results, '--at', '42s', '--run', '2', '--json']);
  expect(JSON.parse(json.stdout)).toMatchObject({
    format: 'plimsoll-explanation/1',
    run: 2,
    atMs: 42_000,
    explanations: [{ service: 'api' }, { service: 'feed', nextEvaluationMs: 50_000 }],
  });
});

const LEVEL = ['simulate', ...STAGED, '--overlay', 'staging-level'];

test('a steady state is answered in words and in JSON, the same both times', () => {
  const text = plimsoll([...LEVEL, '--steady-state']);
  expect(text).toMatchObject({ status: 0, stderr: '' });
  expect(text.stdout).toMatch(
    /^✓ TRUSTWORTHY {2}unacademy-feed in steady state, mean and p99 to ±/,
  );
  expect(text.stdout).toMatch(/\n {2}feed {2}60\.1 % {2}247\/s × 19\.5 ms {2}on 8 threads\n/);
  const { status, stdout } = plimsoll([...LEVEL, '--steady-state', '--json']);
  expect(status).toBe(0);
  const answer = JSON.parse(stdout);
  expect(answer).toMatchObject({ format: 'plimsoll-steady-state/1', verdict: 'trustworthy' });
  const { value, low, high } = answer.journeys[0].latencyMs.mean;
  expect(text.stdout).toContain(`${value.toFixed(1)} ms`);
  expect((high - low) / value).toBeLessThan(0.04);
});

test('a steady state that is not known well enough is inconclusive, exit code 1', () => {
  const { status, stdout } = plimsoll([...LEVEL, '--most-requests', '20000', '--seed', '2']);
  expect(status).toBe(1);
  expect(stdout).toMatch(/^\? INCONCLUSIVE/);
  expect(stdout).toMatch(/inconclusive: mean ± [\d.]+ %, p99 ± [\d.]+ %, not the ± 2 % asked for/);
});

const SCALES = 'service api scales between 2 and 4 instances: a steady state needs a fixed group';

test.each([
  [['simulate', ...STAGED], `3 reasons why there is no steady state\n  traffic learners changes`],
  [['simulate', ...STAGED], SCALES],
  [
    [...LEVEL, '--set', 'services.feed.serves.threads=2'],
    'service feed is offered 1.2 times what it can serve (4 threads, 247/s × 19.5 ms)',
  ],
  [[...LEVEL, '--gate'], "'--steady-state' cannot be used with option '--gate'"],
  [[...LEVEL, '--precision', '0%'], 'expected a --precision above 0%'],
])('%j has no steady state to ask for: exit code 2, and why', (args, message) => {
  const { status, stdout, stderr } = plimsoll([...args, '--steady-state']);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain(message);
});

test('plan, then the files that compare and report take', () => {
  const plan = join(folder, 'plan.json');
  const planned = plimsoll(['plan', ...STAGED, '--replications', '4', '-o', plan]);
  expect(planned.status).toBe(0);
  expect(planned.stdout).toMatch(
    /open-feed: 14,039 × GET \/feed in 1 min 10 s, exact, 392 virtual users/,
  );
  const predicted = join(folder, 'predicted.json');
  expect(existsSync(predicted)).toBe(true);
  const wrong = plimsoll(['compare', predicted, plan]);
  expect(wrong.status).toBe(2);
  expect(wrong.stderr).toContain('plan.json: expected results');
  const report = join(folder, 'r.html');
  expect(plimsoll(['report', predicted, '-o', report]).status).toBe(0);
  expect(existsSync(report)).toBe(true);
});

const MODEL = `name: shop
duration: 60s
traffic: { guests: { does: buy, rate: 50/s } }
journeys: { buy: [{ call: web.buy }] }
services: { web: { serves: event-loop, instances: 1, endpoints: { buy: [{ cpu: 2ms }] } } }
`;

function modelFile(name: string, from: string, to: string): string {
  const path = join(folder, `${name}.yaml`);
  if (!MODEL.includes(from)) throw new Error(`${from} is not in the model`);
  writeFileSync(path, MODEL.replace(from, to));
  return path;
}

test('an overload without bound is one clear line, also where workers simulate', () => {
  const path = modelFile('overload', '50/s } }', '800/s } }');
  const longer = ['--set', 'duration=2h', '--replications', '2', '--workers', '2'];
  const { status, stderr } = plimsoll(['simulate', path, ...longer]);
  expect(status).toBe(2);
  expect(stderr).toMatch(/^plimsoll: more than \d+ requests are inside the system at once/);
});

test.each([
  [
    'a typo in a key',
    'duration',
    'duratoin',
    /typo\.yaml:2:1: .*unknown key "duratoin" \(did you mean `duration`/,
  ],
  ['a missing unit', '50/s', '50', /:3:\d+: .*expected a rate.*found 50 without a unit/],
  [
    'an unknown service',
    'web.buy',
    'wbe.buy',
    /:4:\d+: .*unknown service "wbe" \(did you mean `web`\?\)/,
  ],
])('%s is named with its place, and exit code 2', (what, from, to, message) => {
  const path = modelFile(what === 'a typo in a key' ? 'typo' : 'other', from, to);
  const { status, stderr } = plimsoll(['simulate', path]);
  expect(status).toBe(2);
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/ at .*\.ts:/);
});

test.each([
  [['simulate', 'unacademy-fed'], 'unknown system "unacademy-fed"'],
  [['simulate', 'unacademy-feed', '--replications', '0'], 'Expected a whole number from 1'],
  [['load', join(folder, 'nothing.json')], 'there is no such file'],
  [['load', 'package.json'], 'package.json: expected a load plan'],
  [['plan', ...STAGED, '-o', join(folder, 'predicted.json')], 'expected two files for plan and'],
  [['loop', '-o', join('package.json', 'x')], 'a part of its path is no folder'],
  [['staging', 'down', 'nobody'], 'no system called "nobody" runs'],
  [['explain', 'package.json'], 'package.json: expected results'],
  [['explain', 'package.json', '--at', '10:99'], 'Expected a moment such as 10:42, 1:10:42, 642s'],
  [['bogus'], "unknown command 'bogus'"],
])('%j: one clear line, exit code 2', (args, message) => {
  const { status, stderr } = plimsoll(args);
  expect(status).toBe(2);
  expect(stderr).toContain(message);
});

test('a reader that has seen enough does not turn a failed gate into a passed one', () => {
  const flags = [...STAGED, '--replications', '3', '--set', 'slo.open-feed.p99=5ms', '--gate'];
  const command = [process.execPath, ...FLAGS, 'simulate', ...flags].join(' ');
  // Without anybody to read, every write to the pipe fails.
  const script = `${command} > >(exec true); echo $? >&2`;
  const { stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  expect(stderr.trim()).toBe('1');
});

test('without k6 and without Go, asking for k6 says what to install', () => {
  const plan = join(folder, 'k6.json');
  plimsoll(['plan', ...STAGED, '--replications', '3', '-o', plan]);
  // This clone may have built a k6 already: it is looked for elsewhere.
  const env = { PATH: dirname(process.execPath), PLIMSOLL_CACHE: join(folder, 'none') };
  const { status, stderr } = plimsoll(['load', plan, '--engine', 'k6'], env);
  expect(status).toBe(2);
  expect(stderr).toMatch(/expected k6 2\.0 or newer on PATH, or Go 1\.25 or newer/);
});

test('a port in use is one clear line', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  const { status, stderr } = plimsoll(['staging', 'up', ...STAGED, '--port', String(port)]);
  server.close();
  expect(status).toBe(2);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stderr).toContain(String(port));
});

test.each([
  ['a simulation', ['simulate', 'unacademy-feed', '--replications', '500']],
  ['a steady state', [...LEVEL, '--steady-state', '--precision', '0.01%']],
])('Ctrl-C stops %s at once, with exit code 130', async (_, command) => {
  const args = [...FLAGS, ...command];
  const child = spawn(process.execPath, args, { stdio: 'ignore' });
  await new Promise((resolve) => setTimeout(resolve, 1500));
  child.kill('SIGINT');
  const code = await new Promise((resolve) => child.once('exit', resolve));
  expect(code).toBe(130);
});

test.each([
  'simulate',
  'validate',
  'plan',
  'load',
  'compare',
  'explain',
  'report',
  'read',
  'loop',
  'build',
])('the help of %s ends in examples', (command) => {
  const { status, stdout } = plimsoll([command, '--help']);
  expect(status).toBe(0);
  expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^ {2}(plimsoll|k6) /);
});
