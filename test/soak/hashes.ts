/** One SHA-256 per model and seed: what must be the same wherever and however it is computed. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { modelDigest } from '../../simulator/model/digest.ts';
import type { Model } from '../../simulator/model/model.ts';
import { parseModel } from '../../simulator/model/parse.ts';
import { formatProblem } from '../../simulator/model/problem.ts';
import type { ModelSource } from '../../simulator/model/source.ts';
import type { Results } from '../../simulator/results/results.ts';
import { type SimulationOptions, simulate } from '../../simulator/simulate.ts';

/** A model as text: its file, then the overlays on it. */
export type Subject = readonly ModelSource[];

/** Every subject is simulated with the seeds from 1 to `seeds`. */
export interface Amount {
  readonly seeds: number;
  readonly replications: number;
}

export interface Hashes {
  /** Of the Results as JSON without the model's digest: by subject, then by seed. */
  readonly results: readonly string[];
  /** The digest of each subject's model. */
  readonly digests: readonly string[];
}

/** Gives Results, or their JSON where they come from elsewhere. */
export type Simulate = (
  model: Model,
  options: SimulationOptions,
) => Results | string | Promise<Results | string>;

const FEED = 'fixtures/systems/unacademy-feed';
const FILES = [[`${FEED}/model.yaml`, `${FEED}/staging.yaml`], ['test/soak/storm.yaml']];

/** The staging fixture, and a small system that has what the fixture lacks. */
export function subjects(): Subject[] {
  const root = new URL('../../', import.meta.url);
  const source = (file: string) => ({ file, text: readFileSync(new URL(file, root), 'utf8') });
  return FILES.map((files) => files.map(source));
}

/** Hashes of all subjects; by default in this thread. */
export async function hashesOf(
  all: readonly Subject[],
  { seeds, replications }: Amount,
  simulateIt: Simulate = simulate,
): Promise<Hashes> {
  const models = all.map(parsed);
  const results: string[] = [];
  for (const model of models) {
    for (let seed = 1; seed <= seeds; seed++) {
      const options = { seed, replications, arrivals: 'independent', modelDigest: '' } as const;
      const found = await simulateIt(model, options);
      results.push(sha256(typeof found === 'string' ? found : JSON.stringify(found)));
    }
  }
  return { results, digests: models.map(modelDigest) };
}

function parsed(subject: Subject): Model {
  const { model, problems = [] } = parseModel(subject);
  if (model === undefined) throw new Error(problems.map(formatProblem).join('\n\n'));
  return model;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
