/** A short capture of every text format, some of its records odd: where mangling begins. */
import { readFileSync } from 'node:fs';
import type { ReadOptions } from '../../replay/formats/text/text-format.ts';

function sample(name: string): string {
  return readFileSync(new URL(`./captures/${name}.txt`, import.meta.url), 'utf8');
}

export const SAMPLES: Readonly<Record<string, string>> = {
  combined: sample('combined'),
  alb: sample('alb'),
  envoy: sample('envoy'),
  haproxy: sample('haproxy'),
  'json-lines': sample('json-lines'),
  har: sample('har'),
  'vegeta-json': sample('vegeta-json'),
  'vegeta-http': sample('vegeta-http'),
  ripley: sample('ripley'),
  'log-format': sample('combined'),
};

/** What the format needs to read its sample. */
export const SAMPLE_OPTIONS: Readonly<Record<string, ReadOptions>> = {
  'log-format': { logFormat: '$remote_addr - $remote_user [$time_local] "$request" $status $rest' },
};
