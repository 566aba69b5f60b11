#!/usr/bin/env node
// The front door of every npm script: finds a Node.js that Plimsoll can run on, installs what the
// lock files name (once), and runs `<program> [arguments]`, where the program is a TypeScript file
// or a command of an installed package. Plain JavaScript, because the system's Node may be too old
// to read TypeScript. The second run finds the stamps and starts at once.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(realpathSync(fileURLToPath(import.meta.url))));
const nodeFolder = join(root, 'bin', 'node');
const oldestNode = [22, 19];

function isRecent(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
}

/** 2: the user's mistake; 3: the world's. */
function fail(message, code = 3) {
  process.stderr.write(`plimsoll: ${message}\n`);
  process.exit(code);
}

/** `npm ci` in a folder, once per content of its lock file. */
function install(folder, node, what) {
  const lock = readFileSync(join(folder, 'package-lock.json'));
  const wanted = createHash('sha256').update(lock).digest('hex');
  const stamp = join(folder, 'node_modules', '.plimsoll-installed');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  process.stderr.write(`plimsoll: installing ${what} (once) …\n`);
  const npm = process.env.npm_execpath;
  const [program, first] = npm?.endsWith('.js') ? [node, [npm]] : ['npm', []];
  const env = { ...process.env, PATH: dirname(node) + delimiter + process.env.PATH };
  const flags = [
    'ci',
    '--no-fund',
    '--no-audit',
    '--loglevel=error',
    '--include=dev',
    '--include=optional',
  ];
  const done = spawnSync(program, [...first, ...flags], {
    cwd: folder,
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (done.error) fail(`cannot run npm: ${done.error.message}`);
  if (done.signal === 'SIGINT' || done.status === 130) process.exit(130);
  if (done.status !== 0) fail(`npm ci failed in ${folder}; is the package registry reachable?`);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}

/** The system's Node where it is recent enough, else the locked registry package's. */
function findNode() {
  if (isRecent(process.versions.node)) return process.execPath;
  install(nodeFolder, process.execPath, `a newer Node.js than ${process.versions.node}`);
  const modules = join(nodeFolder, 'node_modules');
  const found = readdirSync(modules)
    .map((name) => join(modules, name, 'bin', 'node'))
    .find((path) => existsSync(path));
  return (
    found ??
    fail(`Node.js ${oldestNode.join('.')} or newer is needed; found ${process.versions.node}`)
  );
}

/** A TypeScript file runs as it is; any other word is a command of an installed package. */
function entryOf(program) {
  if (program.endsWith('.ts')) return join(root, program);
  const link = join(root, 'node_modules', '.bin', program);
  return existsSync(link) ? realpathSync(link) : fail(`no program called ${program}`, 2);
}

const [program, ...rest] = process.argv.slice(2);
if (program === undefined) fail('usage: node bin/run.mjs <file.ts or command> [arguments]', 2);
const node = findNode();
install(root, node, 'the packages of package-lock.json');
const env = {
  // TypeScript is stripped by WebAssembly, whose growing memory makes V8 give up, for the life of a
  // thread, what makes typed arrays quick: kept results spare it, and half of the start as well.
  NODE_COMPILE_CACHE: join(process.env.PLIMSOLL_CACHE ?? join(root, '.cache'), 'node'),
  ...process.env,
  PATH: dirname(node) + delimiter + process.env.PATH,
};
const child = spawn(node, ['--disable-warning=ExperimentalWarning', entryOf(program), ...rest], {
  stdio: 'inherit',
  env,
});
// A terminal sends Ctrl-C to parent and child alike; the child takes signals that come together as
// one.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => fail(`cannot run ${node}: ${error.message}`));
child.on('exit', (code, signal) => {
  if (signal === null) process.exit(code ?? 3);
  if (['SIGINT', 'SIGTERM', 'SIGHUP'].includes(signal)) process.exit(130);
  // Out of memory, as a rule: nothing that the user asked for.
  fail(`${program} was ended by ${signal}`);
});
