/**
 * Where a load may go. k6 can only block hosts, not allow them, so the target is checked before the
 * first request: a scenario sends nowhere but to its target, and follows no redirect.
 */

const BASE_URL = /^https?:\/\/(\[[0-9a-f:]+\]|[a-z0-9.-]+)(:\d{1,5})?(\/[\w.~/-]*)?$/i;
const OCTET = '(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const LOOPBACK = new RegExp(`^(localhost|\\[::1\\]|127\\.${OCTET}\\.${OCTET}\\.${OCTET})$`, 'i');

/**
 * Base URL without a slash at its end. Throws for what is no http(s) base URL, and for a host other
 * than loopback unless `allowedHost` is exactly that host.
 * `checkedTarget('http://127.0.0.1:4100/', undefined)` is `http://127.0.0.1:4100`.
 */
export function checkedTarget(target: string, allowedHost: string | undefined): string {
  const host = BASE_URL.exec(target)?.[1]?.toLowerCase();
  if (host === undefined) {
    throw new Error(`target: expected a base URL such as http://127.0.0.1:4100, found ${target}`);
  }
  if (!LOOPBACK.test(host) && allowedHost?.toLowerCase() !== host) {
    throw new Error(
      `the target ${host} is not this machine; to send load there, name it: ` +
        `PLIMSOLL_ALLOW_HOST=${host}`,
    );
  }
  return target.replace(/\/+$/, '');
}
