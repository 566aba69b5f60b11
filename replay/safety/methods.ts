/**
 * What a request may do: GET, HEAD and OPTIONS change nothing (RFC 9110 §9.2.1) and are sent;
 * anything else only to routes that the user opened, each by its name. There is no switch that
 * opens all of them.
 */
import { UsageError } from '../../simulator/model/usage-error.ts';
import type { RecordedRequest } from '../formats/capture.ts';
import type { HeldBack, Step } from '../run/step.ts';

const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
/** Frameworks obey them instead of the method. */
const OVERRIDES: ReadonlySet<string> = new Set([
  'x-http-method-override',
  'x-method-override',
  'x-http-method',
]);
/** Cheap for the many headers that are none of these. */
const LENGTHS: ReadonlySet<number> = new Set(Array.from(OVERRIDES, ({ length }) => length));
const ROUTE = /^([A-Z]+) (\/\S*)$/;

/** `POST /cart/*`: a star stands for any characters, slashes too. */
export interface Route {
  readonly method: string;
  readonly path: string;
}

/** Throws a UsageError for what is no route. `parseRoute('POST /cart/*').method` is `POST`. */
export function parseRoute(text: string): Route {
  const [, method, path] = ROUTE.exec(text) ?? [];
  if (method === undefined || path === undefined) {
    throw new UsageError(`expected a route such as "POST /cart/*", found ${text}`);
  }
  return { method, path };
}

/** Holds back what may change something and is on no open route. */
export function safeMethods(open: readonly Route[]): Step {
  return (request) => closedReason(request, open) ?? request;
}

/** Why a request must not be sent a second time; undefined where it may. */
export function closedReason(
  { method, target, headers }: Pick<RecordedRequest, 'method' | 'target' | 'headers'>,
  open: readonly Route[],
): HeldBack | undefined {
  for (const effective of effectiveMethods(method, headers)) {
    const reason = SAFE.has(effective) ? undefined : closedRoute(effective, target, open);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** Whether a request changes nothing, as far as its head tells. */
export function isSafe(method: string, headers: readonly string[]): boolean {
  return effectiveMethods(method, headers).every((effective) => SAFE.has(effective));
}

/** Of several such headers, nobody knows which one a framework takes; to some `_` is a `-`. */
function effectiveMethods(method: string, headers: readonly string[]): string[] {
  const methods = [method];
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index]!;
    if (!LENGTHS.has(name.length)) continue;
    if (!OVERRIDES.has(name.toLowerCase().replaceAll('_', '-'))) continue;
    methods.push(headers[index + 1]!.trim().toUpperCase());
  }
  return methods;
}

function closedRoute(method: string, target: string, open: readonly Route[]): HeldBack | undefined {
  const routes = open.filter((route) => route.method === method);
  if (routes.length === 0) return `${known(method)} is not allowed`;
  const path = target.replace(/[?#].*$/s, '');
  // The server may take `/cart/../admin` for `/admin`, which nobody opened.
  if (hasOddSegments(path)) return 'its path is not as it looks';
  return routes.some((route) => matches(route.path, path)) ? undefined : `${method} is not allowed`;
}

const KNOWN: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE', 'QUERY']);

/** Reasons are few: no words from the capture in them. */
function known(method: string): string {
  return KNOWN.has(method) ? method : 'its method';
}

function hasOddSegments(path: string): boolean {
  const plain = path.replace(/%2e/gi, '.').replace(/%2f/gi, '/').replace(/%5c/gi, '\\');
  return /\\|\/\/|%25|(^|\/)\.\.?(\/|;|$)/.test(plain) || path.includes(';');
}

/**
 * Whether a path is of a pattern with stars; the time is at most their lengths multiplied.
 * `matches('/cart/*', '/cart/7/items')` is true.
 */
export function matches(pattern: string, path: string): boolean {
  let [p, i, star, mark] = [0, 0, -1, 0];
  while (i < path.length) {
    if (pattern[p] === '*') {
      star = p++;
      mark = i;
    } else if (pattern[p] === path[i]) {
      p++;
      i++;
    } else if (star >= 0) {
      p = star + 1;
      i = ++mark;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}
