/**
 * The real GoReplay and vegeta, built from `test/peers` once per content of that module. What is
 * built lies in the project's cache, so that the second run needs neither Go nor a network.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE, PROJECT } from '../../bin/files.ts';

const MODULE = join(PROJECT, 'test', 'peers');
const PACKAGES = {
  gor: 'github.com/buger/goreplay',
  vegeta: 'github.com/tsenart/vegeta/v12',
} as const;

/** `path` of the program, or words why there is none. */
export type Peer = { readonly path: string } | { readonly missing: string };

/** Takes about a minute the first time. GoReplay needs libpcap's headers (Debian: libpcap-dev). */
export function buildPeer(name: keyof typeof PACKAGES): Peer {
  const path = join(CACHE, 'peers', versions(), name);
  if (existsSync(path)) return { path };
  if (spawnSync('go', ['version']).status !== 0) return { missing: 'there is no Go' };
  mkdirSync(join(CACHE, 'peers', versions()), { recursive: true });
  const beside = `${path}.${process.pid}`;
  const { status, stderr } = spawnSync('go', ['build', '-o', beside, PACKAGES[name]], {
    cwd: MODULE,
    encoding: 'utf8',
    env: { ...process.env, GOWORK: 'off', CGO_ENABLED: name === 'gor' ? '1' : '0' },
  });
  if (status !== 0) return { missing: `it cannot be built: ${reasonIn(stderr)}` };
  renameSync(beside, path);
  return { path };
}

/** A middleware of GoReplay's own, from its examples. */
export function buildGoReplayExample(name: string): Peer {
  const path = join(CACHE, 'peers', versions(), name);
  if (existsSync(path)) return { path };
  // Its sources may not be there yet: asking where they are would then have an empty answer.
  const download = ['mod', 'download', '-json', PACKAGES.gor];
  const env = { ...process.env, GOWORK: 'off', CGO_ENABLED: '0' };
  const options = { cwd: MODULE, encoding: 'utf8', env } as const;
  const found = spawnSync('go', download, options);
  if (found.status !== 0) return { missing: 'there is no Go, or its sources are not there' };
  mkdirSync(join(CACHE, 'peers', versions()), { recursive: true });
  const { Dir: folder } = JSON.parse(found.stdout) as { Dir: string };
  const source = join(folder, 'examples', 'middleware', `${name}.go`);
  const beside = `${path}.${process.pid}`;
  const { status, stderr } = spawnSync('go', ['build', '-o', beside, source], options);
  if (status !== 0) return { missing: `it cannot be built: ${reasonIn(stderr)}` };
  renameSync(beside, path);
  return { path };
}

function versions(): string {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`);
  for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(join(MODULE, file)));
  return hash.digest('hex').slice(0, 16);
}

function reasonIn(stderr: string): string {
  if (/pcap\.h: No such file/.test(stderr)) return 'there are no headers of libpcap';
  return stderr.trim().split('\n').at(-1) ?? 'no reason given';
}
