/** Content codings of bodies: RFC 9110, section 8.4.1. */
import {
  brotliCompressSync,
  brotliDecompressSync,
  constants,
  deflateSync,
  gunzipSync,
  gzipSync,
  inflateSync,
} from 'node:zlib';

export interface Coding {
  /** Throws for what is not in the coding, and for what comes to more than so many bytes. */
  readonly decode: (bytes: Uint8Array, mostBytes: number) => Buffer;
  readonly encode: (bytes: Uint8Array) => Buffer;
}

const QUICK_BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };
const GZIP: Coding = {
  decode: (bytes, maxOutputLength) => gunzipSync(bytes, { maxOutputLength }),
  encode: (bytes) => gzipSync(bytes, { level: 1 }),
};
const CODINGS: Readonly<Record<string, Coding>> = {
  gzip: GZIP,
  'x-gzip': GZIP,
  deflate: {
    decode: (bytes, maxOutputLength) => inflateSync(bytes, { maxOutputLength }),
    encode: (bytes) => deflateSync(bytes, { level: 1 }),
  },
  br: {
    decode: (bytes, maxOutputLength) => brotliDecompressSync(bytes, { maxOutputLength }),
    encode: (bytes) => brotliCompressSync(bytes, QUICK_BROTLI),
  },
};

/** By the value of a Content-Encoding; `none` where it names none, undefined for an unknown one. */
export function codingOf(header: string): Coding | 'none' | undefined {
  const name = header.trim().toLowerCase();
  if (name === '' || name === 'identity') return 'none';
  return Object.hasOwn(CODINGS, name) ? CODINGS[name] : undefined;
}
