/**
 * Names of endpoints in what a replay writes: plain characters, and a bound on how many there are,
 * because anybody on the internet writes them.
 */
import { foldTarget } from '../endpoint.ts';

const UNUSUAL = /[^\w.~:/*@!$'()+,;=%{}…-]/g;
const MOST_CHARACTERS = 100;
/** Targets that are remembered as they are: most of a capture's come again and again. */
const MOST_REMEMBERED = 10_000;
const LONGEST_REMEMBERED = 200;
export const OTHER = 'other';

/**
 * `endpointOf('GET', '/users/42/posts?page=2')` is `GET /users/{id}/posts`. What would be unusual in
 * a report becomes `?`; a name has at most a hundred characters.
 */
export function endpointOf(method: string, target: string): string {
  const path = foldTarget(target).path.replace(UNUSUAL, '?');
  return `${method} ${path}`.slice(0, MOST_CHARACTERS);
}

/** Numbers for endpoints in order of their appearance; beyond `most` they are all `other`. */
export class Endpoints {
  readonly names: string[] = [OTHER];
  private readonly numbers = new Map<string, number>();
  private readonly remembered = new Map<string, number>();
  private readonly most: number;

  constructor(most: number) {
    this.most = most;
  }

  numberOf(method: string, target: string): number {
    const request = `${method} ${target}`;
    const before = this.remembered.get(request);
    if (before !== undefined) return before;
    const number = this.numberFor(endpointOf(method, target));
    if (this.remembered.size === MOST_REMEMBERED) this.remembered.clear();
    if (request.length <= LONGEST_REMEMBERED) this.remembered.set(request, number);
    return number;
  }

  private numberFor(name: string): number {
    const known = this.numbers.get(name);
    if (known !== undefined) return known;
    if (this.names.length > this.most) return 0;
    this.numbers.set(name, this.names.length);
    return this.names.push(name) - 1;
  }
}
