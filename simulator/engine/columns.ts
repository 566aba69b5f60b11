/**
 * Where the columns of an engine lie: one memory that WebAssembly can work on as well, where there
 * is such a thing and room for it, and arrays of their own otherwise. Memory is reserved, not
 * touched: what is never used costs nothing.
 */

/** Of 64 KiB: all columns of an engine need 1.1 GiB. */
const PAGES = 20_480;
/** A line of the processor's cache. */
const ALIGNED = 64;

export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

/** What the engine uses of it. Browsers and Node have it; the core knows neither. */
export interface WasmApi {
  readonly Memory: new (size: { initial: number; maximum: number }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (
    module: object,
    imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ) => { readonly exports: Readonly<Record<string, unknown>> };
}

export const wasmApi: WasmApi | undefined = (globalThis as { WebAssembly?: WasmApi }).WebAssembly;

export interface Columns {
  /** Undefined where each column is an array of its own. */
  readonly memory: WasmMemory | undefined;
  readonly int32: (length: number) => Int32Array<ArrayBuffer>;
  readonly uint32: (length: number) => Uint32Array<ArrayBuffer>;
  readonly int16: (length: number) => Int16Array<ArrayBuffer>;
  readonly uint16: (length: number) => Uint16Array<ArrayBuffer>;
  readonly uint8: (length: number) => Uint8Array<ArrayBuffer>;
  readonly float64: (length: number) => Float64Array<ArrayBuffer>;
}

/** Columns that have nothing to do with one another. */
export const PLAIN_COLUMNS: Columns = {
  memory: undefined,
  int32: (length) => new Int32Array(length),
  uint32: (length) => new Uint32Array(length),
  int16: (length) => new Int16Array(length),
  uint16: (length) => new Uint16Array(length),
  uint8: (length) => new Uint8Array(length),
  float64: (length) => new Float64Array(length),
};

/** Columns side by side in one memory, all zeros; for one engine. */
export function createColumns(): Columns {
  const memory = reserve();
  if (memory === undefined) return PLAIN_COLUMNS;
  const { buffer } = memory;
  let used = ALIGNED;
  const take = (bytes: number): number => {
    const from = used;
    used = Math.ceil((from + bytes) / ALIGNED) * ALIGNED;
    if (used > buffer.byteLength) throw new Error(`columns of ${used} bytes: raise PAGES`);
    return from;
  };
  return {
    memory,
    int32: (length) => new Int32Array(buffer, take(4 * length), length),
    uint32: (length) => new Uint32Array(buffer, take(4 * length), length),
    int16: (length) => new Int16Array(buffer, take(2 * length), length),
    uint16: (length) => new Uint16Array(buffer, take(2 * length), length),
    uint8: (length) => new Uint8Array(buffer, take(length), length),
    float64: (length) => new Float64Array(buffer, take(8 * length), length),
  };
}

function reserve(): WasmMemory | undefined {
  if (wasmApi === undefined) return undefined;
  try {
    return new wasmApi.Memory({ initial: PAGES, maximum: PAGES });
  } catch (error) {
    // A device without so much address space.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
