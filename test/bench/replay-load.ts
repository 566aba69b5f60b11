/** What the benches of the replay send. */
import { log } from '../../simulator/engine/maths.ts';
import { stream } from '../../simulator/engine/random.ts';

/** As a browser sends them. */
export const BROWSER_HEADERS: readonly string[] = [
  ...['Host', 'shop.example', 'User-Agent', 'Mozilla/5.0 (X11; Linux x86_64)'],
  ...['Accept', 'text/html', 'Accept-Encoding', 'gzip, deflate'],
  ...['Cookie', 'session=0123456789abcdef; theme=dark'],
];

/** Moments of a Poisson process, in ms. */
export function poisson(count: number, perSecond: number): number[] {
  const random = stream(1, 0, 'bench', 'replay');
  let atMs = 0;
  return Array.from({ length: count }, () => {
    atMs -= (1000 / perSecond) * log(1 - random.uniform());
    return atMs;
  });
}
