/** All formats of text; the first that a file's beginning looks like is right. */
import { har } from './har/har.ts';
import { alb } from './logs/alb.ts';
import { combined } from './logs/combined.ts';
import { envoy } from './logs/envoy.ts';
import { haproxy } from './logs/haproxy.ts';
import { jsonLines } from './logs/json-lines.ts';
import { logFormat } from './logs/log-format.ts';
import { ripley } from './targets/ripley.ts';
import { vegetaHttp } from './targets/vegeta-http.ts';
import { vegetaJson } from './targets/vegeta-json.ts';
import type { TextFormat } from './text/text-format.ts';

export const TEXT_FORMATS: readonly TextFormat[] = [
  har,
  vegetaJson,
  ripley,
  vegetaHttp,
  alb,
  envoy,
  combined,
  haproxy,
  jsonLines,
  logFormat,
];
