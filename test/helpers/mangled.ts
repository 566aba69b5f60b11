/** Texts as damage, editors and attackers leave them: cut, doubled, spliced, bits turned. */
import fc from 'fast-check';

const NASTY = [
  '\r\n',
  '\0',
  '\u00ff\u00fe',
  '"',
  '\\',
  '\\"',
  '[',
  ']',
  '{',
  '}',
  ' ',
  '-',
  '\n\n',
  '99999999999999999999',
  '1e999',
  '-1',
  'NaN',
  '__proto__',
  'constructor',
  '%00',
  '\\x0d\\x0a',
  '[31/Feb/2023:25:61:61 +9999]',
  '9999-99-99T99:99:99Z',
  '[[[[[[[[[[[[[[[[',
  '{"a":{"a":{"a":{"a":',
] as const;

type Change = (bytes: Buffer) => Buffer;

const place = fc.double({ min: 0, max: 1, noNaN: true });
const changes: readonly fc.Arbitrary<Change>[] = [
  place.map((at) => (bytes) => bytes.subarray(0, Math.floor(at * bytes.length))),
  fc.tuple(place, fc.constantFrom(...NASTY)).map(
    ([at, text]) =>
      (bytes) =>
        insert(bytes, at, text),
  ),
  fc.tuple(place, place).map(([a, b]) => (bytes) => {
    const [from, to] = [Math.min(a, b), Math.max(a, b)].map((x) => Math.floor(x * bytes.length));
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  }),
  fc.tuple(place, fc.nat(255)).map(([at, byte]) => (bytes) => {
    const copy = Buffer.from(bytes);
    if (copy.length > 0) copy[Math.floor(at * (copy.length - 1))] = byte;
    return copy;
  }),
  place.map((at) => (bytes) => {
    const middle = Math.floor(at * bytes.length);
    return Buffer.concat([bytes.subarray(0, middle), bytes]);
  }),
  fc.uint8Array({ maxLength: 200 }).map((noise) => (bytes) => Buffer.concat([bytes, noise])),
];

function insert(bytes: Buffer, at: number, text: string): Buffer {
  const middle = Math.floor(at * bytes.length);
  const between = Buffer.from(text, 'latin1');
  return Buffer.concat([bytes.subarray(0, middle), between, bytes.subarray(middle)]);
}

/** A sound text after a few changes. */
export function mangled(texts: readonly string[]): fc.Arbitrary<Buffer> {
  return fc
    .tuple(fc.constantFrom(...texts), fc.array(fc.oneof(...changes), { maxLength: 6 }))
    .map(([text, list]) =>
      list.reduce<Buffer>((bytes, change) => change(bytes), Buffer.from(text)),
    );
}
