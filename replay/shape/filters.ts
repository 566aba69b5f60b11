/** Which records are wanted. What is not wanted is counted like everything that is held back. */
import type { RecordedRequest } from '../formats/capture.ts';
import { fnv1a } from '../hashes.ts';
import type { Step } from '../run/step.ts';
import { headerValue } from '../run/wire.ts';
import { sessionOf } from '../safety/notes.ts';
import { pattern } from './patterns.ts';

/** Of these methods only. */
export function onlyMethods(methods: readonly string[]): Step {
  const wanted = new Set(methods.map((method) => method.toUpperCase()));
  return (request) => (wanted.has(request.method) ? request : 'method not wanted');
}

/** Path and query match one of the patterns. */
export function onlyPaths(patterns: readonly string[]): Step {
  const tests = patterns.map(pattern);
  return (request) => (tests.some((test) => test(request.target)) ? request : 'path not wanted');
}

/** Path and query match none of the patterns. */
export function notPaths(patterns: readonly string[]): Step {
  const tests = patterns.map(pattern);
  return (request) => (tests.some((test) => test(request.target)) ? 'path not wanted' : request);
}

/** A header is there and its value matches; a request without it does not pass. */
export function onlyHeader(name: string, valuePattern: string): Step {
  const test = pattern(valuePattern);
  const lower = name.toLowerCase();
  return (request) => {
    const value = headerValue(request.headers, lower);
    return value !== undefined && test(value) ? request : 'header not wanted';
  };
}

/** Bodies of at most so many bytes. */
export function mostBody(bytes: number): Step {
  return (request) => ((request.body?.length ?? 0) <= bytes ? request : 'body too large');
}

/** A share of the recorded sessions, by the same rule; requests of no known session pass. */
export function sampleBySession(percent: number): Step {
  return sample(sessionOf, percent);
}

/**
 * A share of the values of a header, always the same ones: all requests of a user, or none.
 * FNV-1a of the value modulo 100 below the percentage; requests without the header pass. The rule
 * is GoReplay's (`--http-header-limiter`), so that both tools choose the same users.
 */
export function sampleByHeader(name: string, percent: number): Step {
  const lower = name.toLowerCase();
  return sample(({ headers }) => headerValue(headers, lower), percent);
}

function sample(choose: (of: RecordedRequest) => string | undefined, percent: number): Step {
  return (request) => {
    const value = choose(request);
    if (value === undefined || fnv1a(value) % 100 < percent) return request;
    return 'not in the sample';
  };
}
