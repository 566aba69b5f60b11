import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { simulateInParallel } from '../../bin/replicate.ts';
import { loadModel } from '../../bin/systems.ts';

const PROGRAM = `
  import { createHash } from 'node:crypto';
  import { loadModel } from './bin/systems.ts';
  import { simulate } from './simulator/simulate.ts';
  const { model, digest } = loadModel({ system: 'unacademy-feed', overlays: ['staging'] });
  const options = { seed: 5, replications: 3, arrivals: 'independent', modelDigest: digest };
  const text = JSON.stringify(simulate(model, options));
  process.stdout.write(createHash('sha256').update(text).digest('hex'));
`;

/** Hash of the results that a process of its own computes, in an environment of its own. */
function hashIn(env: Readonly<Record<string, string>>): string {
  const flags = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', PROGRAM];
  return execFileSync(process.execPath, flags, {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
}

test('one seed gives the same bytes for all workers, time zones and languages', async () => {
  const { model, digest } = loadModel({ system: 'unacademy-feed', overlays: ['staging'] });
  const options = {
    seed: 5,
    replications: 3,
    arrivals: 'independent',
    modelDigest: digest,
  } as const;
  const hashes = new Set<string>();
  for (const workers of [1, 2, 4]) {
    const results = await simulateInParallel(model, options, workers);
    hashes.add(createHash('sha256').update(JSON.stringify(results)).digest('hex'));
  }
  hashes.add(hashIn({ TZ: 'Pacific/Kiritimati', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' }));
  hashes.add(hashIn({ TZ: 'UTC', LANG: 'C' }));
  expect(hashes.size).toBe(1);
});

test('another seed gives other bytes', async () => {
  const { model } = loadModel({ system: 'unacademy-feed', overlays: ['staging'] });
  const run = (seed: number) =>
    simulateInParallel(
      model,
      { seed, replications: 1, arrivals: 'independent', modelDigest: '' },
      1,
    );
  expect(JSON.stringify((await run(1)).runs)).not.toBe(JSON.stringify((await run(2)).runs));
});
