/** Which requests may be sent a second time: safe ones, and routes that are opened. */
import { UsageError } from '../../simulator/model/usage-error.ts';

/** RFC 9110, section 9.2.1; TRACE sends back what it gets, credentials as well. */
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
const ROUTE = /^([A-Z]{1,32}) (\/[^\s?#*]*)(\*?)$/;

/**
 * A test of method and target. A route is a method and a path, without its query; with a `*` at its
 * end whatever begins like it. Throws a UsageError for what is none.
 * `openRoutes(['POST /search', 'PUT /drafts/*'])('PUT', '/drafts/7?x=1')` is true.
 */
export function openRoutes(routes: readonly string[]): (method: string, target: string) => boolean {
  const opened = routes.map((route) => {
    const found = ROUTE.exec(route);
    if (found === null) {
      throw new UsageError(
        `expected a route such as "POST /search*", found ${JSON.stringify(route)}`,
      );
    }
    return { method: found[1]!, path: found[2]!, isPrefix: found[3] === '*' };
  });
  return (method, target) => {
    if (SAFE.has(method)) return true;
    const [path = ''] = target.split(/[?#]/, 1);
    // A path that a server could read as another one opens nothing.
    if (/\/\.{1,2}(\/|$)|%2e|%2f|\\|\/\//i.test(path)) return false;
    return opened.some(
      (route) =>
        route.method === method &&
        (route.isPrefix ? path.startsWith(route.path) : path === route.path),
    );
  };
}
