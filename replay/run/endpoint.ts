/**
 * Names for what was asked for: path segments that are ids of something are folded, the query is
 * left out, and there is a bound on how many names there are, because anybody on the internet
 * writes them.
 */
const NUMBER = /^\d+$/;
const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;
/** Longer than any word, or letters and digits mixed as no word has them. */
const LONG_ID = /^(?=.*\d)[\w~.=-]{16,}$|^.{40,}$/;
const UNUSUAL = /[^\w.~:/*@!$'()+,;=%-]/g;
const MOST_CHARACTERS = 100;
export const OTHER = 'other';

/**
 * `endpointOf('GET', '/users/42/posts?page=2')` is `GET /users/:id/posts`. What would be unusual in
 * a report becomes `?`; a name has at most a hundred characters.
 */
export function endpointOf(method: string, target: string): string {
  const end = target.search(/[?#]/);
  const path = end < 0 ? target : target.slice(0, end);
  const folded = path.split('/').map(fold).join('/').replace(UNUSUAL, '?');
  return `${method} ${folded}`.slice(0, MOST_CHARACTERS);
}

function fold(segment: string): string {
  const isId = NUMBER.test(segment) || UUID.test(segment) || LONG_ID.test(segment);
  return isId ? ':id' : segment;
}

/** Numbers for endpoints in order of their appearance; beyond `most` they are all `other`. */
export class Endpoints {
  readonly names: string[] = [OTHER];
  private readonly numbers = new Map<string, number>();
  private readonly most: number;

  constructor(most: number) {
    this.most = most;
  }

  numberOf(method: string, target: string): number {
    const name = endpointOf(method, target);
    const known = this.numbers.get(name);
    if (known !== undefined) return known;
    if (this.names.length > this.most) return 0;
    this.numbers.set(name, this.names.length);
    return this.names.push(name) - 1;
  }
}
