/**
 * Access logs of one JSON object a line. What is where is said by a field map, or found by the
 * usual names (nginx, Envoy, Caddy, Traefik, pino, ECS). A time is the arrival; fields of nginx (`msec`,
 * `time_iso8601`) and what a map calls `end` are the end, from which the latency is taken off.
 */

import { ANYWHERE } from '../text/in-order.ts';
import { exactDigits, isMap, type Json, memberAt, parseJson, textOf } from '../text/json.ts';
import {
  latin1Of,
  parseRequestLine,
  type RequestParts,
  requestParts,
} from '../text/request-line.ts';
import {
  type Moment,
  parseClf,
  parseEpoch,
  parseEpochOfAnyUnit,
  parseIso,
  parseNanoseconds,
} from '../text/stamps.ts';
import type { TextFormat } from '../text/text-format.ts';
import { headersOf, NO_REQUEST, NO_REQUEST_WORDS, statusOf } from './access.ts';
import { type FieldPlace, type Meaning, placesOf } from './field-map.ts';
import { type LineMeaning, lineLog } from './line-log.ts';
import { jsonLinesEncoder } from './write-json-lines.ts';

type Places = Readonly<Record<Meaning, readonly FieldPlace[]>>;
const USUAL = placesOf({});

export const jsonLines: TextFormat = lineLog({
  name: 'json-lines',
  suffixes: ['.jsonl', '.ndjson', '.json', '.log'],
  isLine: (line) => {
    const json = line.startsWith('{') ? parseJson(Buffer.from(line, 'latin1')) : undefined;
    if (json === undefined) return false;
    const has = (meaning: Meaning) => find(json.value, USUAL[meaning]) !== undefined;
    return (has('target') || has('request')) && (has('time') || has('end'));
  },
  meaningFor: ({ fields }) => {
    const places = fields === undefined ? USUAL : placesOf(fields);
    return (line) => meaningOf(line, places);
  },
  encoder: jsonLinesEncoder,
});

function meaningOf(bytes: Uint8Array, places: Places): LineMeaning {
  const json = parseJson(bytes);
  if (json === undefined) return 'line is no JSON';
  const { value, text } = json;
  if (!isMap(value)) return 'line is no JSON object';
  const parts = partsOf(value, places);
  if (typeof parts === 'string') return parts === NO_REQUEST ? { skip: parts } : parts;
  const took = find(value, places.latency);
  const latencyNs = took === undefined ? undefined : latencyOf(took);
  const start = find(value, places.time);
  const stamp = start ?? find(value, places.end);
  if (stamp === undefined) return 'no time in the line: name its field';
  const moment = momentOf(stamp, text);
  if (moment === undefined) return 'time is no moment';
  const say = (meaning: Meaning) => {
    const found = textOf(find(value, places[meaning])?.value);
    return found === undefined ? undefined : latin1Of(found);
  };
  const client = say('client');
  return {
    parts,
    second: moment.second,
    // Whole seconds that are no accident: spread, as in every log that has no more.
    nanos: isCoarse(stamp, text) ? ANYWHERE : moment.nanos,
    isEnd: start === undefined,
    status: statusOf(say('status') ?? ''),
    latencyNs,
    connection: client === undefined || client === '-' ? undefined : client.replaceAll(' ', '_'),
    headers: headersOf(
      ['Host', parts.host === undefined ? say('host') : undefined],
      ['Referer', say('referer')],
      ['User-Agent', say('agent')],
    ),
  };
}

interface Found {
  readonly value: Json;
  readonly place: FieldPlace;
}

function find(object: Json, places: readonly FieldPlace[]): Found | undefined {
  for (const place of places) {
    const value = memberAt(object, place.path);
    if (typeof value === 'string' || typeof value === 'number') return { value, place };
  }
  return undefined;
}

function partsOf(object: Json, places: Places): RequestParts | string {
  const line = find(object, places.request)?.value;
  if (typeof line === 'string') {
    return NO_REQUEST_WORDS.has(line) ? NO_REQUEST : parseRequestLine(latin1Of(line));
  }
  const target = find(object, places.target)?.value;
  if (typeof target !== 'string') return 'no target in the line: name its field';
  const method = textOf(find(object, places.method)?.value) ?? 'GET';
  return requestParts(method.toUpperCase(), latin1Of(target));
}

function momentOf({ value, place }: Found, text: string): Moment | undefined {
  if (typeof value === 'string' && !/^[\d.]+$/.test(value))
    return parseIso(value) ?? parseClf(value);
  const digits = digitsOf(value, place, text);
  return place.places === undefined
    ? parseEpochOfAnyUnit(digits)
    : parseEpoch(digits, place.places);
}

function digitsOf(value: Json, place: FieldPlace, text: string): string {
  return typeof value === 'number' ? exactDigits(text, place.path.at(-1)!, value) : String(value);
}

/** A stamp that has no place for a part of a second. */
function isCoarse({ value, place }: Found, text: string): boolean {
  if (typeof value === 'string' && !/^[\d.]+$/.test(value)) return !/:\d\d[.,]\d/.test(value);
  const digits = digitsOf(value, place, text);
  return !digits.includes('.') && (place.places ?? (digits.length <= 11 ? 0 : 3)) === 0;
}

/** Numbers in the place's unit (s if none is known); text may carry its own, as `12ms` or `0.5s`. */
function latencyOf({ value, place }: Found): number | undefined {
  const [, digits = '', unit] = /^([\d.]+)\s*(s|ms|us|µs|ns)?$/.exec(textOf(value) ?? '') ?? [];
  const places = unit === undefined ? (place.places ?? 0) : unitPlaces(unit);
  return parseNanoseconds(digits, places);
}

function unitPlaces(unit: string): number {
  return unit === 's' ? 0 : unit === 'ms' ? 3 : unit === 'ns' ? 9 : 6;
}
