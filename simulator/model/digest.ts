import type { Model } from './model.ts';

const MASK = 0xffffffffffffffffn;

/**
 * Which model a result came from: 16 hexadecimal digits, the same for the same model whatever the
 * order of its keys or the file's layout. FNV-1a, 64 bits, over JSON with sorted keys.
 */
export function modelDigest(model: Model): string {
  let hash = 0xcbf29ce484222325n;
  const text = JSON.stringify(model, sortedKeys);
  for (let i = 0; i < text.length; i++) {
    hash = ((hash ^ BigInt(text.charCodeAt(i))) * 0x100000001b3n) & MASK;
  }
  return hash.toString(16).padStart(16, '0');
}

/** Maps by key; lists keep their order, in which the parser has put named things by name. */
function sortedKeys(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries);
}
