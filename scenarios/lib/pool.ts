/** People and things to send, made by Node when the bundle is built: see `bin/build.ts`. */
import { SharedArray } from 'k6/data';

/** Init context only: a JSON array beside the bundle, shared by all virtual users. */
export function readPool<T>(besideBundle: string): readonly T[] {
  // Written by the build, from the same type.
  return new SharedArray(besideBundle, () => JSON.parse(open(besideBundle)) as T[]);
}
